import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.placeholders.spans import Kind, find

SPANS = [
    (Kind.VARIABLE, "{name}"),
    (Kind.VARIABLE, "{0}"),
    (Kind.VARIABLE, "{}"),
    (Kind.VARIABLE, "{user.name!r:>10}"),
    (Kind.VARIABLE, "{{x}}"),
    (Kind.VARIABLE, "{{{raw}}}"),
    (Kind.VARIABLE, "{{#if ready}}"),
    (Kind.VARIABLE, "${v}"),
    (Kind.VARIABLE, "%{count}"),
    (Kind.VARIABLE, "$t(key, {})"),
    (Kind.VARIABLE, "{d, date, short}"),
    (Kind.VARIABLE, ":name"),
    (Kind.VARIABLE, "%name%"),
    (Kind.VARIABLE, "__name__"),
    (Kind.VARIABLE, "[[first name]]"),
    (Kind.VARIABLE, "*|FNAME|*"),
    (Kind.VARIABLE, "<<First Name>>"),
    (Kind.VARIABLE, "$user_id"),
    (Kind.PRINTF, "%s"),
    (Kind.PRINTF, "%d"),
    (Kind.PRINTF, "%(n)d"),
    (Kind.PRINTF, "%1$s"),
    (Kind.PRINTF, "%-10.2f"),
    (Kind.PRINTF, "%%"),
    (Kind.ICU, "{n, plural, one {# file} other {# files}}"),
    (Kind.ICU, "{who, select, a {{x}} other {y {z}}}"),
    (Kind.TAG, '<x id="1"/>'),
    (Kind.TAG, "<b>"),
    (Kind.TAG, "</b>"),
    (Kind.TAG, "<0>"),
    (Kind.TAG, "<!-- no -->"),
    (Kind.TAG, "<%= name %>"),
    (Kind.ENTITY, "&amp;"),
    (Kind.ENTITY, "&#8364;"),
    (Kind.ENTITY, "&#x20AC;"),
    (Kind.CODE, "`a b`"),
    (Kind.CODE, "``a b``"),
    (Kind.CODE, ":py:func:`~os.path`"),
    (Kind.URL, "https://example.org/a?b={id}&c=(d)#e"),
    (Kind.URL, "www.example.org"),
    (Kind.URL, "mailto:a@example.org"),
    (Kind.URL, "example.com/path"),
    (Kind.EMAIL, "first.last+tag@example.co.uk"),
    (Kind.HANDLE, "@anna"),
    (Kind.HANDLE, "@anna@example.social"),
    (Kind.HANDLE, "@scope/package"),
    (Kind.HANDLE, "#release"),
    (Kind.HANDLE, ":smile:"),
    (Kind.PATH, "/etc/hosts.d/x.conf"),
    (Kind.PATH, "~/notes/today"),
    (Kind.PATH, r"C:\Users\a.txt"),
    (Kind.PATH, "report.pdf"),
    (Kind.EMOJI, "👍🏽"),
    (Kind.EMOJI, "👩‍👩‍👧‍👦"),
    (Kind.EMOJI, "🇩🇪"),
    (Kind.EMOJI, "🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
    (Kind.EMOJI, "❤️"),
    (Kind.EMOJI, "1️⃣"),
    (Kind.EMOJI, "⚠"),
]


@pytest.mark.parametrize(("kind", "span"), SPANS)
@pytest.mark.parametrize("around", ["{}", "Look at {} now.", "a (_)", "看看 _\uff0c谢谢"])
def test_each_kind_is_found_whole(kind: Kind, span: str, around: str) -> None:
    text = around.replace("{}", "_").replace("_", span, 1)
    [found] = find(text)
    assert (found.kind, found.text) == (kind, span)
    assert text[found.start : found.end] == span


@pytest.mark.parametrize(
    "text",
    [
        "Nothing at all.",
        "50% of it, 100%ige, 5%s and 20 % de, %-formatting",
        "a < b and 3 < 4 > 2, AT&T, R&D; <0 or >",
        "10:30, std::vector, Note: this, Remarque : ceci",
        "and/or, 1/2/3, km/h, N/A",
        "{see the note below}",
        "#1 and @ home, C# and F#",
        "© 2020, ™ and ®",
        "It costs $5 or US$10.",
        "unclosed { and `tick and {n, plural, one",
        "a [note], a [link](of sorts), 2 * 3 | 4 * 5, x << 2 >> 1",
        "snake_case, e.g. this, i.e. that, and so on...",
    ],
)
def test_prose_is_not_protected(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("See https://example.org/a.", "https://example.org/a"),
        ("(see https://example.org/a_(b))", "https://example.org/a_(b)"),
        ("“https://example.org”, he said", "https://example.org"),
        ("请访问https://example.org。谢谢", "https://example.org"),
        ("[x](https://example.org/a)!", "https://example.org/a"),
    ],
)
def test_marks_of_the_sentence_are_not_part_of_an_address(text: str, url: str) -> None:
    assert [span.text for span in find(text)] == [url]


def test_neighbours_are_spans_of_their_own() -> None:
    found = find("%s%s%d%% <b>{name}</b>🇩🇪🇫🇷")
    assert [span.text for span in found] == [
        *("%s", "%s", "%d", "%%", "<b>", "{name}", "</b>", "🇩🇪", "🇫🇷"),
    ]


def test_code_ends_with_as_many_back_quotes_as_it_began() -> None:
    found = find("``a`` or ``b`` or :py:`d` or ``e` or ```f```")
    assert [span.text for span in found] == ["``a``", "``b``", ":py:`d`", "```f```"]


def test_spacing_and_variation_selectors_make_no_other_span() -> None:
    assert find("<b  class='x'>")[0].key == find("<b class='x'>")[0].key
    assert find("❤️")[0].key == find("❤ ❤️")[0].key


@settings(deadline=None)
@given(st.text(st.sampled_from("{}%$<>&;`@#:/\\._-()n, plural1a👍\u200d\ufe0fé ")))
def test_spans_are_in_order_and_do_not_overlap(text: str) -> None:
    end = 0
    for span in find(text):
        assert end <= span.start < span.end
        assert text[span.start : span.end] == span.text
        end = span.end


UNITS = [
    *("{", "{{", "{a,plural,", "{a, date ", "<a ", "<!--", "<%", "`", "a.", "a@", "%", "%a", "&a"),
    *("http://", "www.", "/a", "~/", "@", "#", "&", "$t(", ":a", "__a", "👩\u200d", "\\", "-", "("),
    *("[[", "*|", "<<a", "[[a]"),
]


@pytest.mark.parametrize("unit", UNITS)
def test_no_text_takes_more_than_linear_time(unit: str) -> None:
    text = unit * (40_000 // len(unit))
    began = time.process_time()
    find(text)
    # Linear ones take 0.1 s, quadratic ones minutes.
    assert time.process_time() - began < 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([span for _, span in SPANS]), min_size=1, max_size=6))
def test_all_are_found_among_words(chosen: list[str]) -> None:
    found = [span.text for span in find(" and then ".join(("So", *chosen, "ends.")))]
    assert found == chosen
