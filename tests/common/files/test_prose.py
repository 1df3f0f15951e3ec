"""Which strings are for people, where nobody said so."""

import pytest

from common.files.prose import is_prose, markup_of


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Save",
            "OK",
            "Hello, world!",
            "Don't",
            "well-known",
            "naïve",
            "日本語",
            "Straße 5",
            "(optional)",
        ),
        *("<b>Hi</b>", "Error: not found", "Name:", "100 %  of it", "e.g. this"),
    ],
)
def test_what_people_read_is_prose(text: str) -> None:
    assert is_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "42",
            "1.5",
            "#ffcc00",
            "user_name",
            "camelCase",
            "https://example.org/a",
            "a@b.org",
        ),
        *(
            "src/app/main.py",
            "en-US",
            "zh-Hans",
            "application/json",
            "v1.2",
            "3f0c7d0e9d5e",
            "a.b.c",
        ),
        *("mailto:x@example.org", "2024-01-01T00:00:00Z", "{name}", "<br/>", "%d"),
    ],
)
def test_what_programs_read_is_not(text: str) -> None:
    assert not is_prose(text)


def test_a_tag_makes_it_html() -> None:
    assert [markup_of(one) for one in ("a <b>b</b>", "1 < 2 > 0", "a")] == ["html", "text", "text"]
