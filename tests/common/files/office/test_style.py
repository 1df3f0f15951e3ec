import pytest
from lxml import etree

from common.files.office.style import canonical


def said(style: str) -> str:
    return canonical(etree.fromstring(style), without=("lang",), attributes=("dirty",))


def test_no_style_and_an_empty_one_are_alike() -> None:
    assert canonical(None) == said("<a/>") == said("<a dirty='1'/>") == said("<a><lang v='1'/></a>")
    assert said("<a/>") == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<a><b/><i/></a>", "<a><i/><b/></a>"),
        ("<a x='1' y='2'/>", "<a y='2' x='1'/>"),
        ("<a><b/></a>", "<a dirty='0'><lang/><b/></a>"),
    ],
)
def test_order_and_notes_do_not_count(one: str, other: str) -> None:
    assert said(one) == said(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<a><b/></a>", "<a><i/></a>"),
        ("<a x='1'/>", "<a x='2'/>"),
        ("<a><b/></a>", "<a/>"),
        ("<a><b><c/></b></a>", "<a><b/><c/></a>"),
    ],
)
def test_other_styles_are_others(one: str, other: str) -> None:
    assert said(one) != said(other)
