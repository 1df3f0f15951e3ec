import pytest

from common.markup.blocks import LINE_BREAK, Item, Kind
from common.markup.grouping import groups_of


def text(raw: str) -> Item:
    return Item(Kind.TEXT, (raw,), raw)


BREAK = Item(Kind.POINT, ("<br>",), name=LINE_BREAK)
KEPT = Item(Kind.KEPT, ("<code>x</code>",))


def link(words: str) -> list[Item]:
    return [
        Item(Kind.OPEN, ("<a>",), name="a"),
        text(words),
        Item(Kind.CLOSE, ("</a>",), name="a"),
    ]


def groups(items: list[Item]) -> list[str]:
    found = ["".join(item.text for item in group) for group in groups_of(items)]
    return [one for one in found if one.strip(" |")]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([text("One line"), BREAK, text("goes on")], ["One linegoes on"]),
        ([text("A sentence."), BREAK, text("another")], ["A sentence.", "another"]),
        ([text("(Really?)"), BREAK, text("yes")], ["(Really?)", "yes"]),
        ([text("12 Baker Street"), BREAK, text("London")], ["12 Baker Street", "London"]),
        ([text("a"), BREAK, text("- b")], ["a", "- b"]),
        ([text("a"), BREAK, text(" "), BREAK, text("b")], ["a", "b"]),
        ([text("a"), BREAK, KEPT], ["a"]),
        ([BREAK, text("a"), BREAK], ["a"]),
    ],
)
def test_lines_are_told_from_wrapped_text(items: list[Item], expected: list[str]) -> None:
    assert groups(items) == expected


def test_links_in_a_row_are_a_menu() -> None:
    assert groups([*link("Home"), text(" | "), *link("About us")]) == ["Home", "About us"]


def test_links_in_a_sentence_are_not() -> None:
    assert len(groups([*link("Home"), text(" and "), *link("About us")])) == 1
    assert len(groups([*link("Home"), KEPT, *link("About us")])) == 1
    assert len(groups(link("Home"))) == 1


def test_groups_together_are_all_items() -> None:
    items = [text("One."), BREAK, *link("a"), *link("b"), BREAK, BREAK, text("c")]
    assert [item for group in groups_of(items) for item in group] == items
