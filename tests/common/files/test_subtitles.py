"""Subtitles: a sentence is translated whole, times and styles stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files.cues import cues
from tests.common.files.rendering import read, texts_of, translated

FILM = """\
1
00:00:01,000 --> 00:00:02,000
<i>I never thought that we,</i>

2
00:00:02,100 --> 00:00:03,000 X1:100 X2:200
the people of this small town,
would see the day

3
00:00:03,100 --> 00:00:04,000
when it rains.

4
00:00:05,000 --> 00:00:06,000
- Hello!
- Who is <b>there</b>?

5
00:00:07,000 --> 00:00:08,000
{\\an8}UP THERE

6
00:00:08,000 --> 00:00:09,000
42

"""
TALK = """\
WEBVTT - a talk

NOTE this stays

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.000 align:start
<v Fred>Tom &amp; Jerry

01:00:02.000 --> 01:00:04.000
<c.yellow>Never <00:00:03.000>ever</c> 1 < 2

01:00:05.000 --> 01:00:06.000
plain words
"""
SENTENCE = (
    "I never thought that we, the people of this small town, would see the day when it rains."
)


def test_a_sentence_over_several_cues_is_one_text() -> None:
    assert [(one.text, one.format) for one in read(FILM, "a.srt").texts] == [
        (SENTENCE, "text"),
        ("Hello!", "text"),
        ("Who is <b>there</b>?", "html"),
        ("UP THERE", "text"),
    ]


def test_its_translation_is_shared_among_them() -> None:
    french = (
        "Je n'aurais jamais cru que nous, les habitants de cette petite ville, "
        "verrions le jour où il pleut."
    )
    done = translated(FILM, "a.srt", lambda text: french if text == SENTENCE else text.lower())
    assert done == FILM.replace(
        "<i>I never thought that we,", "<i>Je n'aurais jamais cru que nous,"
    ).replace(
        "the people of this small town,\nwould see the day",
        "les habitants de cette petite ville,\nverrions le jour",
    ).replace("when it rains.", "où il pleut.").replace("- Hello!", "- hello!").replace(
        "- Who is", "- who is"
    ).replace("UP THERE", "up there")


def test_webvtt_keeps_notes_styles_settings_and_voices() -> None:
    assert [(one.text, one.format) for one in read(TALK, "a.vtt").texts] == [
        ("Tom &amp; Jerry", "html"),
        ("<c.yellow>Never ever</c> 1 < 2", "html"),
        ("plain words", "text"),
    ]
    done = translated(TALK, "a.vtt", lambda text: text.replace("plain", "<&").replace("Tom", "Tim"))
    assert done == TALK.replace("plain", "&lt;&amp;").replace("Tom", "Tim")


def test_tags_that_do_not_hold_each_other_stay_within_the_text() -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\n<i>one</i> and <i>two</i><br/>\n"
    assert texts_of(data, "a.srt") == ["<i>one</i> and <i>two</i><br/>"]
    assert texts_of(data.replace("<i>one</i> and ", ""), "a.srt") == ["<i>two</i><br/>"]


@pytest.mark.parametrize(
    ("first", "second", "gap", "texts"),
    [
        ("one", "two", "02,000", ["one two"]),
        ("one.", "two", "02,000", ["one.", "two"]),
        ("one", "Two", "02,000", ["one", "Two"]),
        ("one,", "Two", "02,000", ["one, Two"]),
        ("one", "two", "05,000", ["one", "two"]),
        ("one", "two", "01,000", ["one", "two"]),
        ("one", "<b>two</b> x", "02,000", ["one", "<b>two</b> x"]),
        ("x" * 200, "y" * 200, "02,000", ["x" * 200, "y" * 200]),
        ("一", "二", "02,000", ["一", "二"]),
    ],
)
def test_cues_are_joined_only_where_a_sentence_runs_on(
    first: str, second: str, gap: str, texts: list[str]
) -> None:
    data = (
        f"1\n00:00:01,000 --> 00:00:02,000\n{first}\n\n2\n00:00:{gap} --> 00:00:09,000\n{second}\n"
    )
    assert texts_of(data, "a.srt") == texts


def test_no_more_than_five_cues_are_joined() -> None:
    cue = "{0}\n00:00:0{0},000 --> 00:00:0{1},000\nand on\n\n"
    data = "".join(cue.format(n, n + 1) for n in range(1, 8))
    assert [text.count("and on") for text in texts_of(data, "a.srt")] == [5, 2]


def test_what_would_end_a_cue_is_not_written_into_it() -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\none\n"
    done = translated(data, "a.srt", lambda _: "a\n\n2 --> b")
    assert done == "1\n00:00:01,000 --> 00:00:02,000\na 2 → b\n"


def test_line_ends_stay() -> None:
    data = "1\r\n00:00:01,000 --> 00:00:02,000\r\none two three\r\nfour\r\n"
    long = "eins zwei drei vier fünf sechs sieben acht neun zehn elf"
    lines = translated(data, "a.srt", lambda _: long).split("\r\n")
    assert lines[2:4] == ["eins zwei drei vier fünf sechs", "sieben acht neun zehn elf"]


def test_a_blank_line_within_a_subtitle_is_part_of_it() -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\none\n\ntwo.\n\n2\n00:00:03,000 --> 00:00:04,000\nx\n"
    assert texts_of(data, "a.srt") == ["one two.", "x"]


@settings(deadline=None)
@given(
    text=st.lists(
        st.sampled_from(
            [
                *(
                    "1\n",
                    "00:00:01,000 --> 00:00:02,000\n",
                    "\n",
                    "one ",
                    "two,",
                    "- ",
                    "<i>",
                    "</i>",
                ),
                *("{\\an8}", "\r\n", "&amp;", "Three.", "<v A>", "<00:01.000>", "日本"),
            ]
        ),
        max_size=25,
    ).map("".join),
    webvtt=st.booleans(),
)
def test_what_is_not_translated_comes_back_byte_for_byte(text: str, *, webvtt: bool) -> None:
    data = f"WEBVTT\n\n{text}" if webvtt else f"1\n00:00:01,000 --> 00:00:02,000\n{text}"
    before = [cue.begins_s for cue in cues(data)]
    done = translated(data, "a.srt")
    assert len([cue.begins_s for cue in cues(done)]) == len(before)
