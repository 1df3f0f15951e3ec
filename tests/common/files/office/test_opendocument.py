import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files import odt as odt_format
from common.files.document import Document, FileOptions, Limits
from common.files.office.opendocument import TEXT
from common.files.office.trees import local_name
from tests.common.files.office.made import canonical, odt, render, root, texts, unzipped

CONTENT = "content.xml"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"


def read(*body: str) -> Document:
    return odt_format.read(odt("".join(body)), Limits(), FileOptions())


def line(*content: str) -> str:
    return f"<text:p>{''.join(content)}</text:p>"


def span(text: str, style: str = "T1") -> str:
    return f'<text:span text:style-name="{style}">{text}</text:span>'


def written(data: bytes) -> list[str]:
    """By paragraph, as it stands in the file, without its names' prefix."""
    return [
        canonical(one).decode().partition(">")[2].rpartition("<")[0].replace("text:", "")
        for one in root(data, CONTENT).iter(f"{TEXT}p", f"{TEXT}h")
    ]


def test_heading_and_paragraph_are_texts() -> None:
    document = read("<text:h>Title &amp; more</text:h>", line("One"), line(), line("12"))
    assert texts(document) == ["Title & more", "One"]
    assert written(document.render(["Titel", "<Eins>"])) == ["Titel", "&lt;Eins&gt;", "", "12"]


def test_span_goes_where_its_words_go() -> None:
    document = read(line("The ", span("red"), " house"))
    assert texts(document) == ["The <g1>red</g1> house"]
    assert written(document.render(["la maison <g1>rouge</g1>"])) == [
        'la maison <span style-name="T1">rouge</span>'
    ]


def test_span_around_all_or_most_needs_no_tag() -> None:
    document = read(line(span("All")), line(span("Nearly all of "), "it"))
    assert texts(document) == ["All", "Nearly all of <g1>it</g1>"]
    assert written(document.render(["Alles", "Fast <g1>alles</g1>"])) == [
        '<span style-name="T1">Alles</span>',
        '<span style-name="T1">Fast </span>alles',
    ]


def test_span_in_a_span_is_a_group() -> None:
    document = read(line("One ", span(f"two or {span('three', 'T2')}"), " four"))
    assert texts(document) == ["One <g1>two or <g2>three</g2></g1> four"]
    assert written(render(document)) == [
        'ONE <span style-name="T1">TWO OR <span style-name="T2">THREE</span></span> FOUR'
    ]


def test_link_and_note_stay_with_their_words() -> None:
    note = "<text:note><text:note-body><text:p>Closed.</text:p></text:note-body></text:note>"
    link = '<text:a xlink:href="https://example.org/">the map</text:a>'
    document = read(line("Open", note, " daily, see ", link))
    assert texts(document) == ["Open<x1/> daily, see <g2>the map</g2>", "Closed."]
    new = document.render(["<g2>la carte</g2> dit ouvert<x1/>", "Fermé."])
    [first, _] = root(new, CONTENT).iter(f"{TEXT}p")
    assert [local_name(child) for child in first] == ["a", "note"]
    assert "".join(first.itertext()) == "la carte dit ouvertFermé."


def test_spaces_are_seen_as_many_as_they_are() -> None:
    document = read(line('One.<text:s text:c="2"/>Two', "<text:s/>", "three  \n  four"))
    assert texts(document) == ["One.  Two three four"]
    assert written(document.render(["Eins.   Zwei drei"])) == ['Eins. <s c="2"></s>Zwei drei']


@pytest.mark.parametrize("count", ["x", "-1", "", "9" * 5000])
def test_number_of_spaces_that_is_none_is_one(count: str) -> None:
    assert texts(read(line(f'One<text:s text:c="{count}"/>two'))) == ["One two"]


def test_number_of_spaces_is_bounded() -> None:
    assert len(texts(read(line('One<text:s text:c="99999"/>two')))[0]) == 1006


def test_white_space_that_is_not_seen_is_none() -> None:
    document = read(line("\n   One\n   two\n  "), line("Zwei"))
    assert texts(document) == ["One two", "Zwei"]
    assert written(document.render(["Eins zwei", "Drei"])) == ["Eins zwei ", "Drei"]
    assert written(document.render(["One two", "Drei"])) == ["\n   One\n   two\n  ", "Drei"]


def test_space_at_the_beginning_that_is_seen_stays() -> None:
    document = read(line("<text:s/>", "One"), line(span("  One"), " two"))
    assert texts(document)[0] == "One"
    assert written(render(document))[0] == '<s c="1"></s>ONE'


@pytest.mark.parametrize("mark", ["<text:tab/>", "<text:line-break/>"])
def test_what_is_before_and_after_a_break_are_two_texts(mark: str) -> None:
    document = read(line(f"One{mark}two", span(f"three{mark}four")))
    assert texts(document) == ["One", "two", "three", "four"]
    assert written(render(document))[0].count("TWO") == 1


@pytest.mark.parametrize("name", ["page-number", "date", "title"])
def test_field_stays(name: str) -> None:
    document = read(line(f"Page <text:{name}>seven</text:{name}> of ten"))
    assert texts(document) == ["Page <x1/> of ten"]


def test_page_that_happens_to_end_is_not_in_the_text() -> None:
    document = read(line("One <text:soft-page-break/>two"), line("Last"))
    assert texts(document) == ["One two", "Last"]
    assert written(document.render(["One two", "Ende"]))[0].count("soft-page-break") == 2
    assert written(document.render(["Eins zwei", "Ende"]))[0] == "Eins zwei"


def test_words_are_whole() -> None:
    read_as = "<text:ruby-text>とう</text:ruby-text>"
    ruby = f"<text:ruby><text:ruby-base>東</text:ruby-base>{read_as}</text:ruby>"
    document = read(line(f"{ruby}京"), line("inter\N{SOFT HYPHEN}national"))
    assert texts(document) == ["東京", "international"]
    assert written(document.render(["Tokyo", "weltweit"])) == ["Tokyo", "weltweit"]


def test_comments_and_deleted_text_are_no_texts() -> None:
    gone = (
        f"<text:tracked-changes><text:deletion>{line('old')}</text:deletion></text:tracked-changes>"
    )
    comment = "<office:annotation><text:p>Why?</text:p></office:annotation>"
    assert texts(read(gone, line("One", comment, " two"))) == ["One<x1/> two"]


def test_text_box_is_text_of_its_own() -> None:
    box = f"<draw:frame><draw:text-box>{line('inside')}</draw:text-box></draw:frame>"
    document = read(line("Before ", box, " after"))
    assert texts(document) == ["Before <x1/> after", "inside"]
    new = root(render(document), CONTENT)
    assert new.find(f".//{TEXT}p/{DRAW}frame/{DRAW}text-box/{TEXT}p") is not None


def test_headers_of_styles_are_texts() -> None:
    data = odt(line("One"), {"styles.xml": unzipped(odt(line("Header")))[CONTENT]})
    document = odt_format.read(data, Limits(), FileOptions())
    assert texts(document) == ["One", "Header"]


def test_nothing_of_ours_is_left() -> None:
    data = unzipped(render(read(line("One ", span("two"), " three"), line("12"))))
    assert b"urn:translation" not in data[CONTENT]


pieces = st.sampled_from(
    [
        *("one", " ", "  ", "\n", "<text:s/>", "<text:tab/>", "<text:bookmark/>"),
        *(span("two"), span(" "), span(""), span(span("in"))),
        '<text:a xlink:href="#a">here</text:a>',
    ]
)


@given(st.lists(pieces, max_size=10))
@settings(deadline=None)
def test_paragraph_that_does_not_change_is_as_it_was(content: list[str]) -> None:
    """Beside one that does, so that the part is written anew."""
    document = read(line("x", *content), line("Last"))
    *others, _ = texts(document)
    new = written(document.render([*others, "Neu"]))
    assert new[0] == written(odt(line("x", *content)))[0]
