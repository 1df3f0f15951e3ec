import pytest

from common.markup.markdown_inline import Mark, MarkKind, marks_of


def marks(content: str, **env: object) -> list[tuple[str, str]]:
    return [(mark.kind.name, content[mark.start : mark.end]) for mark in marks_of(content, env)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("plain text 2 + 2", []),
        ("a *b* c", [("OPEN", "*"), ("CLOSE", "*")]),
        ("a **b** _c_", [("OPEN", "**"), ("CLOSE", "**"), ("OPEN", "_"), ("CLOSE", "_")]),
        ("***b***", [("OPEN", "*"), ("OPEN", "**"), ("CLOSE", "**"), ("CLOSE", "*")]),
        ("2 * 3 a_b_c", []),
        ("~~a~~", [("OPEN", "~~"), ("CLOSE", "~~")]),
        ("`a*b*`", [("KEPT", "`a*b*`")]),
        ("a `` b", []),
        ("[a *b*](c 'd')", [("OPEN", "["), ("OPEN", "*"), ("CLOSE", "*"), ("CLOSE", "](c 'd')")]),
        ("![a *b*](c)", [("OPEN", "!["), ("CLOSE", "](c)")]),
        ("[![a](b)](c)", [("OPEN", "["), ("OPEN", "!["), ("CLOSE", "](b)"), ("CLOSE", "](c)")]),
        ("[a] (b)", []),
        ("<b>x</b>", [("TAG", "<b>"), ("TAG", "</b>")]),
        ("<http://x.y>", [("KEPT", "<http://x.y>")]),
        ("a\nb", [("WRAP", "\n")]),
        ("a  \nb", [("BREAK", "  \n")]),
        ("a\\\nb", [("BREAK", "\\\n")]),
        ("a \\* b", []),
    ],
)
def test_markup_is_told_from_text(content: str, expected: list[tuple[str, str]]) -> None:
    assert marks(content) == expected


@pytest.mark.parametrize(
    ("content", "moved"), [("[ref]", "][ref]"), ("[ref][]", "][ref]"), ("[x][ref]", "")]
)
def test_a_link_keeps_its_reference_when_its_text_changes(content: str, moved: str) -> None:
    references = {"REF": {"href": "http://x", "title": ""}}
    opening, closing = marks_of(content, {"references": references})
    assert (opening.kind, closing.kind, closing.moved) == (MarkKind.OPEN, MarkKind.CLOSE, moved)


def test_a_note_is_a_point() -> None:
    env = {"footnotes": {"refs": {":1": -1}}}
    assert marks_of("a[^1]", env) == [Mark(MarkKind.POINT, 1, 5)]
