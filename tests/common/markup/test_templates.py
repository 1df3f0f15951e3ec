import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.markup.blocks import LINE_BREAK, STATEMENT, Kind
from common.markup.templates import items_of


@given(st.text(st.sampled_from([*"{%#} a\n"])))
def test_items_joined_are_the_text(raw: str) -> None:
    assert "".join(str(item.markup[0]) for item in items_of(raw, str.upper)) == raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain & text", [(Kind.TEXT, "PLAIN & TEXT")]),
        ("a {% if b %} c", [(Kind.TEXT, "A "), (Kind.POINT, ""), (Kind.TEXT, " C")]),
        ("{# note #}", [(Kind.POINT, "")]),
        ("{{ name }}", [(Kind.TEXT, "{{ NAME }}")]),
        ("{#id}", [(Kind.TEXT, "{#ID}")]),
        ("{%}", [(Kind.TEXT, "{%}")]),
        ("{% a\nb %}", [(Kind.TEXT, "{% A\nB %}")]),
    ],
)
def test_statements_are_told_from_text(raw: str, expected: list[tuple[Kind, str]]) -> None:
    assert [(item.kind, item.text) for item in items_of(raw, str.upper)] == expected


def test_only_statements_part_texts() -> None:
    [statement, note] = items_of("{% else %}{# note #}", str)
    assert (statement.name, note.name) == (STATEMENT, "")
    assert STATEMENT != LINE_BREAK
