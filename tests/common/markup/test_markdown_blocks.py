from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from common.markup.blocks import Block, Value
from common.markup.document import parse
from common.markup.markdown_blocks import parts_of


def texts(source: str) -> list[str]:
    return [part.text for part in parts_of(source) if isinstance(part, Block | Value)]


def louder(source: str) -> str:
    marked = parse(source, "markdown")
    return marked.render({text: text.upper() for text in marked.texts()})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("---\ntitle: x\n---\ntext", ["text"]),
        ("# Head #\n\nSet\next\n===", ["Head", "Set ext"]),
        ("- a\n  - b\n    more\n1. c", ["a", "b more", "c"]),
        ("> a\n> b\nlazy\n\n> > c", ["a b lazy", "c"]),
        ("- [ ] todo\n- [x] done", ["todo", "done"]),
        ("> [!NOTE]\n> text", ["text"]),
        ("| a | b |\n|--|--|\n| c |  |\n| d\\|e | `x` f |", ["a", "b", "c", "d|e", "{0} f"]),
        ("```\ncode\n```\n\n    code\n\n---", []),
        ("[r]: http://x 'title'\n\n[^n]: note", ["note"]),
        ("a[^n] b\n\n[^n]: note\n    more", ["a b", "note more"]),
        ("<div>\na <b title=t>c</b>\n</div>", ["a c"]),
        ("> <div>\n> a\n> </div>", []),
        ("press <kbd>x</kbd> or <kbd>y", ["press {0} or y"]),
        ("a<br>b <img src=x> <!-- c -->", ["a b"]),
        ("a\r\nb\r\n\r\nc", ["a b", "c"]),
        ("\ta\n", []),
        ("a\0b", []),
        ("[" * 300 + "a", []),
        ("42", []),
        ("# Title {#id}\n\ntext {.c}", ["Title", "text"]),
        (":::note Info\nSome *text*.\n:::\n\n::: tip\n\nMore\n\n:::", ["Some text.", "More"]),
        ("{: .note }\ntext\n{% include x %}", ["text"]),
    ],
)
def test_texts_are_headings_paragraphs_and_cells(source: str, expected: list[str]) -> None:
    assert texts(source) == expected
    assert parse(source, "markdown").render({}) == source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("- one *two*\n  three", "- ONE *TWO* THREE"),
        ("> one  \n> two", "> ONE  \n> TWO"),
        ("| a *b* | c |\n|--|--|", "| A *B* | C |\n|--|--|"),
        ("see [x](y 'z') and ![a](b)", "SEE [X](y 'z') AND ![A](b)"),
        ("[r]: u\n\nsee [r]", "[r]: u\n\nSEE [R][r]"),
        ("a \\* b &amp; \\*c\\*", "A * B & \\*C\\*"),
    ],
)
def test_a_translation_is_marked_up_as_its_source(source: str, expected: str) -> None:
    assert louder(source) == expected


DOCUMENTS = Path(__file__).parents[3] / "docs"


def structure(source: str) -> Counter[str]:
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    found: Counter[str] = Counter()
    for token in markdown.parse(source):
        inner = [one for one in token.children or () if one.type not in {"text", "softbreak"}]
        found.update([token.type, *(f"{one.type} {one.attrs.get('href')}" for one in inner)])
    return found


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.md")), ids=lambda path: path.stem)
def test_real_documents_keep_their_structure(path: Path) -> None:
    source = path.read_text()
    marked = parse(source, "markdown")
    backwards = {text: " ".join(reversed(text.split(" "))) for text in marked.texts("eng_Latn")}
    assert structure(marked.render(backwards)) == structure(source)
    assert structure(louder(source)) == structure(source)
