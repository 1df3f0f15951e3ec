"""Where subtitles stand in a file, in either format."""

import pytest

from common.files.cues import cues, is_webvtt
from common.files.document import FileDamagedError
from tests.common.files.rendering import texts_of


def test_what_begins_as_webvtt_is() -> None:
    assert (is_webvtt("WEBVTT\n"), is_webvtt("1\n00:00:01,000")) == (True, False)


def test_a_cue_ends_before_the_number_of_the_next() -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\n 7 \n\n2\n00:00:03,000 --> 00:00:04,000\n8\n"
    assert [data[cue.start : cue.end] for cue in cues(data)] == ["7", "8"]


def test_in_webvtt_a_blank_line_ends_a_cue() -> None:
    data = "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\nNOTE two\n"
    assert [data[cue.start : cue.end] for cue in cues(data)] == ["one"]


def test_cues_without_text_are_left_alone() -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:03,000 --> 00:00:04,000\n-\n- \n"
    assert texts_of(data, "a.srt") == []
    assert cues("WEBVTT") == cues("") == []


def test_times_are_read_with_and_without_hours() -> None:
    [cue] = cues("WEBVTT\n\n00:01.500 --> 1:00:02,25\nx\n")
    assert (cue.begins_s, cue.ends_s) == (1.5, 3602.25)


def test_what_has_no_times_is_damaged() -> None:
    with pytest.raises(FileDamagedError, match="no subtitles"):
        texts_of("hello", "a.srt")
