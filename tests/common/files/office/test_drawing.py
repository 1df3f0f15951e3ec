import pytest

from common.files import pptx as pptx_format
from common.files.document import Document, FileOptions, Limits
from common.files.office.drawing import NAMESPACES
from common.files.office.trees import local_name
from tests.common.files.office.made import (
    HEAD,
    PPTX,
    TYPES,
    A,
    package,
    render,
    root,
    said,
    texts,
    unzipped,
)

SLIDE = f"{TYPES}.presentationml.slide+xml"
NOTES = f"{TYPES}.presentationml.notesSlide+xml"
CHART = f"{TYPES}.drawingml.chart+xml"
FIRST = "ppt/slides/slide1.xml"


def slide(*lines: str, namespace: str = A) -> str:
    return f'{HEAD}<p:sld xmlns:p="urn:p" xmlns:a="{namespace}">{"".join(lines)}</p:sld>'


def line(*content: str) -> str:
    return f"<a:p><a:pPr/>{''.join(content)}<a:endParaRPr/></a:p>"


def run(text: str, attributes: str = "", inner: str = "") -> str:
    return f"<a:r><a:rPr{attributes}>{inner}</a:rPr><a:t>{text}</a:t></a:r>"


def presentation(parts: dict[str, str], types: dict[str, str]) -> bytes:
    main = "ppt/presentation.xml"
    return package({main: PPTX, **types}, {main: "<a/>", **parts})


def of_slide(*lines: str, namespace: str = A) -> bytes:
    return presentation({FIRST: slide(*lines, namespace=namespace)}, {FIRST: SLIDE})


def read(data: bytes, language: str | None = None) -> Document:
    return pptx_format.read(data, Limits(), FileOptions(target_lang=language))


def test_runs_that_differ_in_notes_only_are_one() -> None:
    document = read(of_slide(line(run("We ", ' lang="en-US"'), run("plant", ' dirty="0" err="1"'))))
    assert texts(document) == ["We plant"]


def test_styles_and_links_stay_with_their_words() -> None:
    link = run("the whole map", inner='<a:hlinkClick id="1"/>')
    document = read(of_slide(line(run("See all "), run("of", ' b="1"'), run(" "), link)))
    assert texts(document) == ["See all <g1>of </g1><g2>the whole map</g2>"]


def test_link_is_what_has_no_tag_only_where_all_is_one() -> None:
    link = run("the map", inner='<a:hlinkClick id="1"/>')
    assert texts(read(of_slide(line(link)))) == ["the map"]
    assert texts(read(of_slide(line(link, run(", "), link)))) == [
        "<g1>the map</g1>, <g2>the map</g2>"
    ]


def test_most_letters_have_the_style_without_a_tag() -> None:
    document = read(of_slide(line(run("See "), run("a", ' b="1"'), run(" map of it"))))
    assert texts(document) == ["See <g1>a</g1> map of it"]
    new = document.render(["<g1>une</g1> carte"])
    runs = [*root(new, FIRST).iter(f"{{{A}}}r")]
    assert [(one[0].get("b"), one[1].text) for one in runs] == [("1", "une"), (None, " carte")]


def test_line_break_parts_and_field_stays() -> None:
    field = '<a:fld type="slidenum"><a:rPr/><a:t>seven</a:t></a:fld>'
    document = read(of_slide(line(run("One"), "<a:br/>", run("page "), field, run(" of ten"))))
    assert texts(document) == ["One", "page <x1/> of ten"]
    new = render(document)
    assert said(new, FIRST) == ["ONE", "PAGE ", "seven", " OF TEN"]
    names = [local_name(one) for one in root(new, FIRST)[0]]
    assert names == ["pPr", "r", "br", "r", "fld", "r", "endParaRPr"]


def test_new_text_says_its_language() -> None:
    data = of_slide(line(run("One", ' lang="en-US" dirty="0"')), line("<a:r><a:t>two</a:t></a:r>"))
    new = read(data, "de").render(["Eins", "zwei"])
    properties = [*root(new, FIRST).iter(f"{{{A}}}rPr")]
    assert [dict(one.attrib) for one in properties] == [{"lang": "de"}, {"lang": "de"}]
    assert [one.getparent()[0].tag for one in properties] == [f"{{{A}}}rPr"] * 2  # type: ignore[index]
    plain = read(data).render(["Eins", "zwei"])
    assert len([*root(plain, FIRST).iter(f"{{{A}}}rPr")]) == 1


def test_run_without_text_is_none() -> None:
    assert texts(read(of_slide(line("<a:r><a:rPr/></a:r>", run("One"), "<a:r><a:t/></a:r>")))) == [
        "One"
    ]


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_both_spellings_of_the_standard_are_read(namespace: str) -> None:
    document = read(of_slide(line(run("One")), namespace=namespace))
    assert texts(document) == ["One"]
    assert said(render(document), FIRST) == ["ONE"]


def test_slides_come_in_order_and_before_notes_and_charts() -> None:
    parts = {
        "ppt/charts/chart1.xml": (slide(line(run("chart"))), CHART),
        "ppt/notesSlides/notesSlide1.xml": (slide(line(run("notes"))), NOTES),
        "ppt/slides/slide10.xml": (slide(line(run("ten"))), SLIDE),
        "ppt/slides/slide2.xml": (slide(line(run("two"))), SLIDE),
        "ppt/slideLayouts/slideLayout1.xml": (
            slide(line(run("Click to edit"))),
            f"{TYPES}.presentationml.slideLayout+xml",
        ),
    }
    data = presentation(
        {name: part for name, (part, _) in parts.items()},
        {name: kind for name, (_, kind) in parts.items()},
    )
    document = read(data)
    assert texts(document) == ["two", "ten", "notes", "chart"]
    old, new = unzipped(data), unzipped(render(document))
    changed = [name for name in old if old[name] != new[name]]
    assert sorted(changed) == sorted(name for name in parts if "Layout" not in name)
