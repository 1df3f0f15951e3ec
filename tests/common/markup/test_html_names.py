import pytest

from common.markup import html_names


def test_no_element_is_of_two_minds() -> None:
    assert html_names.UNREAD.isdisjoint(html_names.UNTOUCHED)
    assert html_names.UNREAD.isdisjoint(html_names.BLOCKS)
    assert html_names.ENDS_WITH_NEXT <= html_names.BLOCKS
    assert {"br", "img"} <= html_names.VOID - html_names.BLOCKS


@pytest.mark.parametrize(
    ("tag", "name", "said", "expected"),
    [
        ("img", "alt", {}, True),
        ("img", "src", {}, False),
        ("meta", "content", {"name": "keywords"}, True),
        ("meta", "content", {"name": "robots"}, False),
        ("input", "value", {"type": "reset"}, True),
        ("input", "value", {}, False),
        ("track", "label", {}, True),
        ("div", "label", {}, False),
        ("table", "summary", {}, True),
        ("div", "summary", {}, False),
    ],
)
def test_people_read_some_attributes(
    tag: str, name: str, said: dict[str, str], expected: bool
) -> None:
    assert html_names.is_for_people(tag, name, said) is expected
