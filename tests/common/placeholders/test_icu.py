import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.placeholders.icu import LONGEST, MOST_SENTENCES, message


@pytest.mark.parametrize(
    ("text", "sentences", "joined"),
    [
        (
            "You have {n, plural, one {# file} other {# files}}.",
            ("You have {n} file.", "You have {n} files."),
            "{n, plural, one {You have # file.} other {You have # files.}}",
        ),
        (
            " {g, select, m {He} other {They}} saw {k, select, a {it} other {them}} ",
            ("He saw it", "He saw them", "They saw it", "They saw them"),
            (
                " {g, select, m {{k, select, a {He saw it} other {He saw them}}}"
                " other {{k, select, a {They saw it} other {They saw them}}}} "
            ),
        ),
        (
            "{n, plural, offset:1 =0 {No one} other {{n} and # don''t}}",
            ("No one", "{n} and {nn} don't"),
            "{n, plural, offset:1 =0 {No one} other {{n} and # don't}}",
        ),
        (
            "{n,selectordinal,\n one{#st}\n other{#th}\n}",
            ("{n}st", "{n}th"),
            "{n,selectordinal,\n one{#st}\n other{#th}\n}",
        ),
        (
            "{n, plural, one {} other {a {k, select, x {1} other {2}} b}}",
            ("", "a 1 b", "a 2 b"),
            "{n, plural, one {} other {{k, select, x {a 1 b} other {a 2 b}}}}",
        ),
    ],
)
def test_message_is_taken_apart_into_whole_sentences(
    text: str, sentences: tuple[str, ...], joined: str
) -> None:
    found = message(text)
    assert found is not None
    assert found.sentences == sentences
    assert found.join(sentences) == joined
    again = message(joined)
    assert again is not None
    assert again.sentences == sentences


@pytest.mark.parametrize(
    "text",
    [
        "No {branches} in it.",
        "{n, plural, one {1} other {}}",
        "#1: {n, plural, one {#} other {#}}",
        "{g, select, other {#}}",
        "{n, plural, one {#} other {{m, plural, other {x}}}}",
        "{n, plural, one {x other {y}}",
        "{n, plural, one {x}, other {y}}",
        "x {n, plural,} y",
        "'{' {n, plural, other {a}}",
        "{a, plural, other {b}} and {c, plural, d",
        " ".join(f"{{v{n}, select, a {{1}} other {{2}}}}" for n in range(6)),
        "{n, plural, other {" + "a" * LONGEST + "}}",
    ],
)
def test_what_is_not_certain_is_left_whole(text: str) -> None:
    assert message(text) is None


def test_apostrophe_of_a_translation_quotes_nothing() -> None:
    found = message("{n, plural, other {of # and {x}}}")
    assert found is not None
    assert found.join(["d'{n} et l'{x} d'or"]) == "{n, plural, other {d''# et l''{x} d'or}}"


def test_bracket_of_a_translation_without_a_partner_breaks_nothing() -> None:
    found = message("{n, plural, one {a} other {# b}}")
    assert found is not None
    assert found.join(["}x{", "{{n} y"]) == "{n, plural, one {x} other {# y}}"


@settings(deadline=None)
@given(st.text(st.sampled_from("{}#, aplurselcotherone'="), max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    found = message("{n, plural, other {" + text)
    assert found is None or len(found.sentences) <= MOST_SENTENCES
