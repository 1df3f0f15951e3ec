from collections.abc import Iterator

import pytest
from lxml import etree

from common.files.office.inline import (
    MAX_DEPTH,
    Fixed,
    Group,
    Kind,
    Run,
    letters,
    main_style,
    stretches,
)

KINDS = {"r": Kind.RUN, "g": Kind.GROUP, "x": Kind.FIXED, "b": Kind.BREAK, "l": Kind.LINE}


class Plain:
    """A vocabulary of elements named by their kind; a run's style is an attribute."""

    def kind(self, element: etree._Element) -> Kind:
        return KINDS[str(element.tag)]

    def text(self, run: etree._Element) -> str:
        return run.text or ""

    def style(self, run: etree._Element) -> str:
        return run.get("s", "")

    def content(self, group: etree._Element) -> etree._Element:
        return group

    def run(self, model: etree._Element, text: str) -> etree._Element:
        run = etree.Element(model.tag, dict(model.attrib))
        run.text = text
        return run


def shape(items: list[Run | Fixed | Group]) -> Iterator[str]:
    for item in items:
        match item:
            case Run(text=text, style=style):
                yield f"{style}:{text}"
            case Fixed(elements=elements):
                yield "x" * len(elements)
            case Group(items=inner):
                yield f"({' '.join(shape(inner))})"


def found(content: str) -> list[str]:
    root = etree.fromstring(f"<p>{content}</p>")
    return [" ".join(shape(stretch.items)) for stretch in stretches(root, Plain())]


def test_runs_of_one_style_are_one_and_others_are_not() -> None:
    assert found("<r>a</r><r>b</r><r s='1'>c</r><r>d</r>") == [":ab 1:c :d"]


def test_space_alone_belongs_to_what_is_before_it() -> None:
    assert found("<r>a</r><r s='1'> </r><r>b</r>") == [":a b"]
    assert found("<r>a</r><r s='1'>  </r><r>b</r>") == [":a 1:   :b"]


def test_what_is_fixed_is_one_item_with_its_neighbours_and_none_at_the_ends() -> None:
    assert found("<x/><r>a</r><x/><x/><r>b</r><x/>") == [":a xx :b"]
    assert found("<x/><r> </r><r s='1'>a</r><r> </r>") == ["1:a "]


def test_break_ends_a_text() -> None:
    assert found("<r>a</r><b/><r>b</r><b/><b/><r>1</r>") == [":a", ":b"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<r>Hard lines of</r><l/><r>one sentence</r>", [":Hard lines of x :one sentence"]),
        ("<r>A line of it.</r><l/><r>and another</r>", [":A line of it.", ":and another"]),
        ("<r>Hard lines of</r><l/><r>Two sentences</r>", [":Hard lines of", ":Two sentences"]),
        ("<r>red apples</r><l/><r>green pears</r>", [":red apples", ":green pears"]),
        ("<r>Hard lines of</r><l/><l/><r>two texts</r>", [":Hard lines of", ":two texts"]),
        ("<l/><r>one and all</r><x/><l/><x/><r>two</r><l/>", [":one and all x x x :two"]),
        (
            "<r>a b c</r><l/><g><r>d e f</r></g><l/><r>g h i</r><b/><r>j</r>",
            [":a b c x (:d e f) x :g h i", ":j"],
        ),
        ("<g><r>a b c</r><l/><r>d</r></g>", [":a b c x :d"]),
    ],
)
def test_line_break_ends_a_text_where_no_sentence_goes_on(
    content: str, expected: list[str]
) -> None:
    assert found(content) == expected


def test_group_is_an_item_and_alone_it_is_its_items() -> None:
    assert found("<r>a</r><g><x/><r>b</r></g>") == [":a (:b)"]
    assert found("<g><g><r>b</r></g></g>") == [":b"]
    assert found("<r>a</r><g/><g><x/></g><r>b</r>") == [":a xx :b"]


def test_group_with_a_break_is_several_texts() -> None:
    assert found("<r>a</r><g><r>b</r><g><b/></g><r>c</r></g><r>d</r>") == [":a", ":b", ":c", ":d"]


def test_text_needs_a_letter() -> None:
    assert found("<r>1</r><b/><r>-</r><g><r>2</r></g>") == []
    assert found("<r>1</r><g><r>b</r></g>") == [":1 (:b)"]


def test_what_is_too_deep_is_fixed() -> None:
    deep = "<g>" * (MAX_DEPTH + 1) + "<r>a</r>" + "</g>" * (MAX_DEPTH + 1)
    assert found(f"<r>b</r>{deep}<r>c</r>") == [":b x :c"]
    assert found(f"<r>b</r>{deep.replace('<r>', '<b/><r>')}<r>c</r>") == [":b x :c"]


def test_main_style_is_that_of_most_letters_beside_groups() -> None:
    [stretch] = stretches(
        etree.fromstring(
            "<p><r>ab</r><r s='1'>123456</r><r s='2'>abc</r><g><r s='3'>abcd</r></g></p>"
        ),
        Plain(),
    )
    main = main_style(stretch.items)
    assert main is not None
    assert main.style == "2"
    assert letters(stretch.items) == 9
    assert main_style([item for item in stretch.items if isinstance(item, Group)]) is None
