from itertools import pairwise

import pytest

from common.files import docx as docx_format
from common.files.document import Document, FileOptions, Limits
from common.files.office.trees import local_name
from tests.common.files.office.made import (
    W,
    canonical,
    docx,
    paragraph,
    render,
    root,
    run,
    said,
    texts,
    unzipped,
)

BOLD, SLANTED = "<w:b/>", "<w:i/>"
MAIN = "word/document.xml"


def read(*body: str, language: str | None = None) -> Document:
    return docx_format.read(docx("".join(body)), Limits(), FileOptions(target_lang=language))


def shown(data: bytes) -> list[list[tuple[str, str]]]:
    """By paragraph: each run's text and style."""
    return [
        [
            (
                "".join(text.text or "" for text in one.iter(f"{{{W}}}t")),
                "".join(local_name(style) for style in one.iterfind(f"{{{W}}}rPr/*")),
            )
            for one in line.iter(f"{{{W}}}r")
        ]
        for line in root(data, MAIN).iter(f"{{{W}}}p")
    ]


def test_paragraph_of_one_style_is_plain_text() -> None:
    document = read(paragraph(run("Good "), run("morning & more".replace("&", "&amp;"))))
    assert [(text.text, text.format) for text in document.texts] == [
        ("Good morning & more", "text")
    ]
    assert shown(document.render(["Guten <b> & Morgen"])) == [[("Guten <b> & Morgen", "")]]


def test_bold_words_stay_bold_where_the_tags_are() -> None:
    document = read(paragraph(run("A "), run("red", BOLD), run(" house")))
    assert texts(document) == ["A <g1>red</g1> house"]
    assert document.texts[0].format == "xml"
    new = document.render(["une maison <g1>rouge &amp; vive</g1>"])
    assert shown(new) == [[("une maison ", ""), ("rouge & vive", "b")]]


def test_style_of_most_of_the_letters_needs_no_tag() -> None:
    document = read(paragraph(run("Note", SLANTED), run(": all of this is bold", BOLD)))
    assert texts(document) == ["<g1>Note</g1>: all of this is bold"]
    assert shown(document.render(["<g1>Nota</g1>: tout"])) == [[("Nota", "i"), (": tout", "b")]]


def test_runs_that_look_alike_are_one() -> None:
    document = read(
        paragraph(
            run("Some", '<w:lang w:val="en-GB"/>'),
            '<w:proofErr w:type="spellStart"/>',
            run("thing"),
            '<w:proofErr w:type="spellEnd"/>',
            "<w:r><w:lastRenderedPageBreak/></w:r>",
            run(" else", "<w:noProof/>"),
            "<w:r><w:rPr><w:b/></w:rPr></w:r>",
            run(" here"),
        )
    )
    assert texts(document) == ["Something else here"]


def test_space_alone_takes_the_style_beside_it() -> None:
    document = read(paragraph(run("One"), run(" ", BOLD), run("two")))
    assert texts(document) == ["One two"]


def test_white_space_around_a_text_stays() -> None:
    document = read(paragraph(run("  One ")))
    assert texts(document) == ["One"]
    assert shown(document.render(["Un"])) == [[("  Un ", "")]]


@pytest.mark.parametrize("mark", ["<w:tab/>", "<w:br/>", "<w:cr/>", '<w:br w:type="page"/>'])
def test_what_is_before_and_after_a_break_are_two_texts(mark: str) -> None:
    document = read(
        paragraph(f"<w:r><w:rPr>{BOLD}</w:rPr><w:t>One</w:t>{mark}<w:t>two</w:t></w:r>")
    )
    assert texts(document) == ["One", "two"]
    new = render(document)
    assert shown(new) == [[("ONE", "b"), ("", "b"), ("TWO", "b")]]
    assert mark in unzipped(new)[MAIN].decode()


def test_sentence_over_hard_lines_is_one_text() -> None:
    line = "<w:r><w:t>Lines of one long</w:t><w:br/><w:t>sentence in</w:t></w:r>"
    assert texts(read(paragraph(line))) == ["Lines of one long<x1/>sentence in"]
    for mark in ('<w:br w:type="page"/>', "<w:br/><w:br/>", "<w:tab/>", "<w:br/><w:tab/>"):
        assert len(texts(read(paragraph(line.replace("<w:br/>", mark))))) == 2


def test_hyperlink_goes_where_its_words_go() -> None:
    link = f'<w:hyperlink w:anchor="a">{run("the ", BOLD)}{run("map", BOLD)}</w:hyperlink>'
    document = read(paragraph(run("See "), link, run(" now")))
    assert texts(document) == ["See <g1>the map</g1> now"]
    new = document.render(["Maintenant <g1>la carte</g1> voir"])
    assert shown(new) == [[("Maintenant ", ""), ("la carte", "b"), (" voir", "")]]
    links = [*root(new, MAIN).iter(f"{{{W}}}hyperlink")]
    assert [link.get(f"{{{W}}}anchor") for link in links] == ["a"]
    assert ["".join(link.itertext()) for link in links] == ["la carte"]


def test_hyperlink_alone_is_its_text() -> None:
    document = read(paragraph(f'<w:hyperlink w:anchor="a">{run("All of it")}</w:hyperlink>'))
    assert texts(document) == ["All of it"]
    [link] = root(document.render(["Tout"]), MAIN).iter(f"{{{W}}}hyperlink")
    assert "".join(link.itertext()) == "Tout"


def test_hyperlink_with_a_tab_is_several_texts() -> None:
    tab = "<w:r><w:tab/></w:r>"
    link = f'<w:hyperlink w:anchor="a">{run("One")}{tab}{run("two")}</w:hyperlink>'
    document = read(paragraph(run("Zero "), link, run(" three")))
    assert texts(document) == ["Zero", "One", "two", "three"]
    assert said(render(document)) == ["ZERO ", "ONE", "TWO", " THREE"]


def test_footnote_mark_and_picture_stay_with_their_words() -> None:
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    picture = "<w:r><w:drawing><a:graphic/></w:drawing></w:r>"
    document = read(paragraph(run("One"), note, run(" two"), picture, run(" three")))
    assert texts(document) == ["One<x1/> two<x2/> three"]
    new = document.render(["un deux<x2/> et<x1/> trois"])
    order = [local_name(one[0]) for one in root(new, MAIN).iter(f"{{{W}}}r")]
    assert order == ["t", "drawing", "t", "footnoteReference", "t"]


def test_what_is_no_text_at_the_ends_stays_out_of_the_text() -> None:
    start = '<w:bookmarkStart w:id="1" w:name="b"/>'
    end = '<w:bookmarkEnd w:id="1"/><w:r><w:footnoteReference w:id="2"/></w:r>'
    document = read(paragraph("<w:pPr><w:jc/></w:pPr>", start, run("One"), end))
    assert texts(document) == ["One"]
    [line] = root(document.render(["Un"]), MAIN).iter(f"{{{W}}}p")
    names = [local_name(child) for child in line]
    assert names == ["pPr", "bookmarkStart", "r", "bookmarkEnd", "r"]


def test_insertions_are_text_and_deletions_stay() -> None:
    deleted = "<w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
    inserted = f"<w:ins>{run('new')}</w:ins>"
    document = read(paragraph(run("The "), deleted, inserted, run(" way")))
    assert texts(document) == ["The <x1/><g2>new</g2> way"]
    new = document.render(["Le<x1/> chemin <g2>nouveau</g2>"])
    assert said(new, local="delText") == ["old"]
    assert ["".join(one.itertext()) for one in root(new, MAIN).iter(f"{{{W}}}ins")] == ["nouveau"]


def control(properties: str, *content: str) -> str:
    inner = f"<w:sdtContent>{''.join(content)}</w:sdtContent>"
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr>{inner}</w:sdt>"


def test_text_in_a_content_control_is_text() -> None:
    document = read(paragraph(run("Dear "), control("<w:text/>", run("friend")), run(" of ours")))
    assert texts(document) == ["Dear <g1>friend</g1> of ours"]
    assert said(document.render(["Cher <g1>ami</g1>"])) == ["Cher ", "ami"]


@pytest.mark.parametrize("kind", ["dropDownList", "comboBox", "date"])
def test_choice_in_a_content_control_stays(kind: str) -> None:
    document = read(
        paragraph(run("One "), control(f"<w:{kind}/>", run("choice")), run(" two")),
        control(f"<w:{kind}/>", paragraph(run("choice"))),
    )
    assert texts(document) == ["One <x1/> two"]


def test_text_box_is_text_of_its_own() -> None:
    box = f"<w:r><w:pict><w:txbxContent>{paragraph(run('inside'))}</w:txbxContent></w:pict></w:r>"
    document = read(paragraph(run("Before"), box, run(" after")))
    assert texts(document) == ["Before<x1/> after", "inside"]
    assert said(render(document)) == ["BEFORE", "INSIDE", " AFTER"]


def test_new_text_says_its_language() -> None:
    document = read(
        paragraph(run("One", '<w:b/><w:lang w:val="en-US"/>')),
        paragraph(run("two", "<w:oMath/>")),
        language="pt-BR",
    )
    new = document.render(["Um", "dois"])
    langs = [*root(new, MAIN).iter(f"{{{W}}}lang")]
    assert [one.get(f"{{{W}}}val") for one in langs] == ["pt-BR", "pt-BR"]
    assert shown(new) == [[("Um", "blang")], [("dois", "langoMath")]]
    assert (
        root(read(paragraph(run("One")), language="fr").render(["Un"]), MAIN).find(
            f".//{{{W}}}lang"
        )
        is not None
    )


def test_line_ends_and_what_xml_has_no_place_for_become_spaces_or_nothing() -> None:
    document = read(paragraph(run("One")))
    assert said(document.render(["Un\ndeux\x00\x0b"])) == ["Un deux"]


def test_only_the_paragraph_that_changes_is_written_anew() -> None:
    lines = [
        paragraph(f'<w:pPr><w:jc w:val="{at}"/></w:pPr>', run(f"Line {at}", BOLD)) for at in "abc"
    ]
    document = read(*lines)
    new = root(document.render([texts(document)[0], "Neu", texts(document)[2]]), MAIN)
    old = root(docx("".join(lines)), MAIN)
    same = [canonical(one) == canonical(two) for one, two in zip(old[0], new[0], strict=True)]
    assert same == [True, False, True]


def test_words_are_whole() -> None:
    base = f"<w:rubyBase>{run('東')}</w:rubyBase>"
    ruby = f"<w:r><w:ruby><w:rt>{run('とう')}</w:rt>{base}</w:ruby></w:r>"
    hyphen = "<w:r><w:t>inter</w:t><w:softHyphen/><w:t>na\N{SOFT HYPHEN}tional</w:t></w:r>"
    document = read(paragraph(ruby, run("京")), paragraph(hyphen))
    assert texts(document) == ["東京", "international"]
    assert said(document.render(["Tokyo", "weltweit"])) == ["Tokyo", "weltweit"]
    assert "rubyBase" in unzipped(document.render(["東京", "weltweit"]))[MAIN].decode()


@pytest.mark.parametrize("name", ["smartTag", "customXml", "dir", "bdo", "moveTo"])
def test_what_is_only_around_words_is_a_group(name: str) -> None:
    document = read(paragraph(run("In "), f"<w:{name}>{run('Paris')}</w:{name}>", run(" now")))
    assert texts(document) == ["In <g1>Paris</g1> now"]


def test_non_breaking_hyphen_is_a_character() -> None:
    document = read(paragraph("<w:r><w:t>Twenty</w:t><w:noBreakHyphen/><w:t>one</w:t></w:r>"))
    assert texts(document) == ["Twenty\N{NON-BREAKING HYPHEN}one"]


def test_what_has_no_letter_is_no_text() -> None:
    assert texts(read(paragraph(run("12.5 %")), paragraph(), paragraph(run(" ")))) == []


def test_rainbow_of_styles_is_given_up() -> None:
    colours = [run(letter, f'<w:color w:val="{at}"/>') for at, letter in enumerate("abcde" * 20)]
    document = read(paragraph(*colours))
    assert texts(document) == ["abcde" * 20]
    assert all(one != two for one, two in pairwise(colours))


def test_deeply_nested_groups_are_read() -> None:
    depth = 150
    document = read(paragraph(run("One "), "<w:ins>" * depth, run("two"), "</w:ins>" * depth))
    assert texts(document) == ["One"]
