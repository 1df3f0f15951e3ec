"""HTML and Markdown files: blocks are translated, tags stay where they belong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.common.files.rendering import read, translated

PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>My page</title>
<script>var secret = "do not touch";</script></head>
<body><h1 title="A title">Hello &amp; welcome</h1>
<p>A <b>bold</b> word</p><p translate="no">Not me</p><pre>nor me</pre>
<ul><li>One<li>Two</ul><!-- nor me --></body></html>
"""
NOTES = """\
---
title: stays
---
# A *heading*

A paragraph with [a link][1] and `code`.

1. first
2. second **bold**

| left | right |
| ---- | ----- |
| cell | 42    |

```python
print("stays")
```

[1]: https://example.org
"""
MARKED = st.lists(
    st.sampled_from(
        [
            *(
                "<p>",
                "</p>",
                "<b>",
                "</b>",
                "word ",
                "<br>",
                "&amp;",
                "\n",
                "\n\n",
                "* ",
                "**",
                "# ",
            ),
            *("`code`", "[a](b)", "<!-- x -->", "<pre>", "</pre>", "> ", "1. ", "|", "---\n", "é"),
        ]
    ),
    max_size=30,
).map("".join)


def test_blocks_of_a_page_are_its_texts() -> None:
    assert [(one.text, one.format) for one in read(PAGE, "a.html").texts] == [
        ("My page", "text"),
        ("A title", "text"),
        ("Hello & welcome", "text"),
        ("A <b>bold</b> word", "html"),
        ("One", "text"),
        ("Two", "text"),
    ]


def test_a_page_keeps_all_that_is_not_text() -> None:
    shouted = translated(PAGE, "a.html", lambda text: text.replace("e", "<"))
    assert '<h1 title="A titl<">H<llo &amp; w<lcom<</h1>' not in shouted
    assert '<h1 title="A titl&lt;">H&lt;llo &amp; w&lt;lcom&lt;</h1>' in shouted
    assert '<p translate="no">Not me</p><pre>nor me</pre>' in shouted
    assert 'var secret = "do not touch";' in shouted


def test_blocks_of_markdown_are_its_texts() -> None:
    assert [(one.text, one.format) for one in read(NOTES, "a.md").texts] == [
        ("A *heading*", "markdown"),
        ("A paragraph with a link and {0}.", "text"),
        ("first", "text"),
        ("second **bold**", "markdown"),
        ("left", "text"),
        ("right", "text"),
        ("cell", "text"),
    ]


def test_what_would_be_read_otherwise_alone_keeps_its_tags_all_the_same() -> None:
    turned = translated(NOTES, "a.md", lambda text: text.replace("A paragraph", "Ein Absatz"))
    assert "Ein Absatz with [a link][1] and `code`." in turned


def test_tables_and_lists_stay_what_they_are() -> None:
    turned = translated(NOTES, "a.md", lambda text: text.replace("first", "# 1|"))
    assert "1. \\# 1|" in turned


@pytest.mark.parametrize("name", ["a.html", "a.md"])
@settings(deadline=None)
@given(text=MARKED)
def test_what_is_not_translated_comes_back_byte_for_byte(name: str, text: str) -> None:
    document = read(text, name)
    assert document.render([one.text for one in document.texts]) == text.encode()


@pytest.mark.parametrize("name", ["a.html", "a.md"])
@settings(deadline=None)
@given(text=MARKED)
def test_a_translation_with_marks_in_it_adds_no_blocks(name: str, text: str) -> None:
    document = read(text, name)
    plain = [one.text if one.format != "text" else "<p># x" for one in document.texts]
    again = read(document.render(plain), name)
    assert len(again.texts) >= len(document.texts) - text.count("word") - text.count("é")
    assert "<p>" not in "".join(one.text for one in again.texts if one.format == "html")
