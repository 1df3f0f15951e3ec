import re
from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from common.files import docx as docx_format
from common.files.document import FileOptions, Limits
from common.files.office.trees import local_name
from tests.common.files.office.made import W, docx, paragraph, root, run, texts

MAIN = "word/document.xml"
STYLES = ["", "<w:b/>", "<w:i/>", "<w:u/>"]
TAG = re.compile(r"<(/?)([gx]\d+)(/?)>")
words = st.sampled_from(["one", "two ", " three", "&amp;", "4", " ", "fünf", "六"])
pieces = st.one_of(
    st.builds(run, words, st.sampled_from(STYLES)),
    st.integers(1, 99).map(lambda at: f'<w:r><w:footnoteReference w:id="{at}"/></w:r>'),
    st.integers(1, 99).map(lambda at: f'<w:bookmarkStart w:id="{at}"/>'),
)
groups = st.builds(
    lambda at, inner: f'<w:hyperlink w:anchor="h{at}">{"".join(inner)}</w:hyperlink>',
    st.integers(1, 99),
    st.lists(pieces, max_size=3),
)
lines = st.lists(st.one_of(pieces, groups), min_size=1, max_size=8)


def read(content: Sequence[str]) -> bytes:
    return docx(paragraph(run("First words of all "), *content))


def text_of(data: bytes) -> str:
    return "".join(one.text or "" for one in root(data, MAIN).iter(f"{{{W}}}t"))


def not_text(data: bytes) -> Counter[str]:
    """What is neither a run of text nor a group, and must never get lost."""
    names = {f"{{{W}}}{name}" for name in ("footnoteReference", "bookmarkStart")}
    found = (one for one in root(data, MAIN).iter() if one.tag in names)
    return Counter(f"{local_name(one)}{one.get(f'{{{W}}}id')}" for one in found)


def is_sound(data: bytes) -> bool:
    """Whether runs are where runs may be, and no hyperlink is in another."""
    tree = root(data, MAIN)
    parents = {one.getparent().tag for one in tree.iter(f"{{{W}}}r")}  # type: ignore[union-attr]
    nested = [*tree.iterfind(f".//{{{W}}}hyperlink//{{{W}}}hyperlink")]
    return parents <= {f"{{{W}}}p", f"{{{W}}}hyperlink"} and not nested


@given(lines, st.randoms())
@settings(deadline=None)
def test_nothing_is_lost_whatever_becomes_of_the_tags(content: list[str], chance: Random) -> None:
    data = read(content)
    document = docx_format.read(data, Limits(), FileOptions())
    [text] = texts(document)
    parts = TAG.split(text)
    tags = [match[0] for match in TAG.finditer(text)]
    assert len(tags) * 4 + 1 == len(parts)
    kept = [tag for tag in tags if chance.random() < 0.7]
    chance.shuffle(kept)
    new = document.render([f"neu {' wort '.join(kept)} ende &amp; schluss"])
    assert not_text(new) == not_text(data)
    assert is_sound(new)
    assert text_of(new).strip().startswith("neu")
    assert ("&amp;" in text_of(new)) is (document.texts[0].format == "text")


@given(lines)
@settings(deadline=None)
def test_text_with_all_its_tags_is_what_it_was(content: list[str]) -> None:
    """But for one word, so that the paragraph is written anew."""
    data = read(content)
    document = docx_format.read(data, Limits(), FileOptions())
    [text] = texts(document)
    new = document.render([text.replace("First", "Last")])
    assert text_of(new) == text_of(data).replace("First", "Last")
    assert not_text(new) == not_text(data)
    assert is_sound(new)
    anchors = [one.get(f"{{{W}}}anchor") for one in root(new, MAIN).iter(f"{{{W}}}hyperlink")]
    assert anchors == [
        one.get(f"{{{W}}}anchor") for one in root(data, MAIN).iter(f"{{{W}}}hyperlink")
    ]


@given(lines, st.text())
@settings(deadline=None)
def test_any_translation_is_written(content: list[str], translation: str) -> None:
    document = docx_format.read(read(content), Limits(), FileOptions())
    new = document.render([translation])
    assert etree.tostring(root(new, MAIN))
    assert not_text(new) == not_text(read(content))


def rendered(translation: str) -> bytes:
    link = f'<w:hyperlink w:anchor="a">{run("the map", "<w:u/>")}</w:hyperlink>'
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    data = docx(paragraph(run("See all of "), run("it", "<w:b/>"), note, run(" on "), link))
    document = docx_format.read(data, Limits(), FileOptions())
    assert texts(document) == ["See all of <g1>it</g1><x2/> on <g3>the map</g3>"]
    return document.render([translation])


@pytest.mark.parametrize(
    ("translation", "expected"),
    [
        ("alles <g1>das", "alles das"),
        ("alles <g1>das</g1> & mehr", "alles das & mehr"),
        ("a &amp; b <g9>c</g9>", "a & b c"),
        ("<x2/><x2/>a<x2>b</x2>", "ab"),
        ("<g1>a</g1><g1>b</g1>", "ab"),
        ("<g3>a<g3>b</g3></g3>", "ab"),
        ("<!-- a -->b<?c d?>e", "be"),
        ("<!DOCTYPE a>b", "<!DOCTYPE a>b"),
        ("<g1>" * 200 + "a", "a"),
        ("<g1>" * 150 + "a" + "</g1>" * 150, "a"),
    ],
)
def test_tags_that_are_not_as_they_should_be_cost_no_text(translation: str, expected: str) -> None:
    new = rendered(translation)
    assert text_of(new) == expected
    assert not_text(new) == {"footnoteReference2": 1}


def test_group_without_its_tag_is_gone_and_its_words_are_not() -> None:
    new = rendered("tout <g1>cela</g1> sur la carte<x2/>")
    assert text_of(new) == "tout cela sur la carte"
    assert root(new, MAIN).find(f".//{{{W}}}hyperlink") is None


def test_what_stood_in_a_lost_group_stays() -> None:
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    link = f'<w:hyperlink w:anchor="a">{run("the")}{note}{run("map")}</w:hyperlink>'
    document = docx_format.read(docx(paragraph(run("See "), link)), Limits(), FileOptions())
    assert texts(document) == ["See <g1>the<x2/>map</g1>"]
    new = document.render(["Voir la carte"])
    assert not_text(new) == {"footnoteReference2": 1}


def test_text_beside_groups_only_looks_like_the_first_of_them() -> None:
    links = [f'<w:hyperlink w:anchor="{at}">{run(at, "<w:u/>")}</w:hyperlink>' for at in "ab"]
    document = docx_format.read(docx(paragraph(*links)), Limits(), FileOptions())
    assert texts(document) == ["<g1>a</g1><g2>b</g2>"]
    new = document.render(["<g1>b</g1> und <g2>a</g2>"])
    assert text_of(new) == "b und a"
    assert len([*root(new, MAIN).iter(f"{{{W}}}u")]) == 3


def test_group_in_a_group_stays_in_it() -> None:
    inner = f"<w:ins>{run('new')}</w:ins>"
    link = f'<w:hyperlink w:anchor="a">{run("the ")}{inner}{run(" map")}</w:hyperlink>'
    document = docx_format.read(docx(paragraph(run("See "), link)), Limits(), FileOptions())
    assert texts(document) == ["See <g1>the <g2>new</g2> map</g1>"]
    for turned in ("<g2>neue <g1>Karte</g1></g2>", "<g1>Karte</g1> <g2>neue</g2>"):
        new = document.render([turned])
        assert sorted(text_of(new).split()) == ["Karte", "neue"]
        assert root(new, MAIN).find(f".//{{{W}}}ins") is None
    new = document.render(["<g1>die <g2>neue</g2></g1>"])
    [link_element] = root(new, MAIN).iter(f"{{{W}}}hyperlink")
    assert [local_name(child) for child in link_element] == ["r", "ins"]
