"""Signs between the tags are entities; tags, scripts and what is one already stay."""

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentos.dialects.google.escaping import escaped


@pytest.mark.parametrize(
    ("html", "answer"),
    [
        ("", ""),
        ('it\'s "so"', "it&#39;s &quot;so&quot;"),
        ("a < b > c & d", "a &lt; b &gt; c &amp; d"),
        ("&amp; &lt; &#39; &#x27; &eacute;", "&amp; &lt; &#39; &#x27; &eacute;"),
        ("<a href='x' title=\"y\">it's</a>", "<a href='x' title=\"y\">it&#39;s</a>"),
        ("<!-- it's --><script>a && 'b'</script>", "<!-- it's --><script>a && 'b'</script>"),
    ],
)
def test_signs_between_tags_are_entities(html: str, answer: str) -> None:
    assert escaped(html) == answer


@given(st.text(st.characters(exclude_characters="<&")))
def test_plain_text_comes_back_when_it_is_read(text: str) -> None:
    assert unescape(escaped(text)) == unescape(text)


@given(st.text("ab<>&;'\"!-/ #1"))
def test_twice_is_once(html: str) -> None:
    assert escaped(escaped(html)) == escaped(html)
