"""HTML files as files: their encoding, and the language that they say they are in."""

import pytest

from common.files.document import FileOptions
from tests.common.files.rendering import read, texts_of, translated


@pytest.mark.parametrize(
    ("page", "target", "result"),
    [
        ('<html class=x lang="en-GB">a', "fr", '<html class=x lang="fr">A'),
        ("<HTML LANG=en>a", "zh-Hans", "<HTML LANG=zh-Hans>A"),
        ("<html xml:lang='en' lang='en'>a", "fr", "<html xml:lang='en' lang='fr'>A"),
        ("<html>a", "fr", "<html>A"),
        ('<html lang="en">a', None, '<html lang="en">A'),
        ('<p lang="en">a', "fr", '<p lang="en">A'),
    ],
)
def test_a_page_says_what_it_is_written_in_now(page: str, target: str | None, result: str) -> None:
    assert translated(page, "a.html", options=FileOptions(target_lang=target)) == result


def test_what_a_pages_encoding_lacks_is_a_reference() -> None:
    data = '<meta charset="iso-8859-1"><p>caf\xe9 \x93ok\x94</p>'.encode("latin-1")
    assert texts_of(data, "a.html") == ["café “ok”"]
    rendered = read(data, "a.html").render(["жук é"])
    assert rendered == '<meta charset="iso-8859-1"><p>&#1078;&#1091;&#1082; \xe9</p>'.encode(
        "latin-1"
    )


@pytest.mark.parametrize("charset", ["none-such", "utf-8", "\xff"])
def test_a_page_that_says_nothing_useful_is_utf8(charset: str) -> None:
    data = f"<meta charset={charset}><p>é</p>".encode()
    assert texts_of(data, "a.htm") == ["é"]
