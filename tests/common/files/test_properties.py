"""Java's properties: values for people change, however they are written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.common.files.rendering import texts_of, translated

FILE = """\
# A comment = stays
! so does this: one
title = Hello world
empty =
path=/usr/bin
key\\ with\\:signs : Two words
long = first \\
    second
no.value
greet=It''s {0} o''clock
"""


def test_values_change_and_nothing_else() -> None:
    assert texts_of(FILE, "a.properties") == [
        "Hello world",
        "Two words",
        "first second",
        "It's {0} o'clock",
    ]
    assert translated(FILE, "a.properties") == FILE.replace("Hello world", "HELLO WORLD").replace(
        "Two words", "TWO WORDS"
    ).replace("first \\\n    second", "FIRST SECOND").replace(
        "It''s {0} o''", "IT''S {0} O''"
    ).replace("clock", "CLOCK")


@pytest.mark.parametrize(
    ("data", "translation", "result"),
    [
        ("a=b c", "d\n\\e\t", "a=d\\n\\\\e\\t"),
        ("a=b c", " d", "a=\\ d"),
        ("a=b c", "d'é", "a=d'é"),
        ("a=b {0}", "l'eau {0}", "a=l''eau {0}"),
        ("a=b \\u00e9\\ud83d\\ude00", "ü😀", "a=\\u00fc\\ud83d\\ude00"),
        ("a b c\r\nd=e", "x", "a x\r\nd=x"),
    ],
)
def test_translations_are_written_as_java_reads_them(
    data: str, translation: str, result: str
) -> None:
    assert translated(data, "a.properties", lambda _: translation) == result


def test_half_a_character_stays() -> None:
    assert texts_of("a=b c \\ud83d", "a.properties") == []


@settings(deadline=None)
@given(st.text(alphabet="a b=:#!\\\n\r\t\"u0é{}'", max_size=200))
def test_what_is_not_translated_comes_back_byte_for_byte(text: str) -> None:
    translated(text, "a.properties")
