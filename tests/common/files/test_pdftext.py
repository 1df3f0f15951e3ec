import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files import pdftext
from common.files.pdftext import Line, Page, body_size, is_item, joined, level, paragraphs, width

AT = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def at(y: float) -> tuple[float, ...]:
    return (1.0, 0.0, 0.0, 1.0, 50.0, y)


def lines(*texts: str, size: float = 10.0, gap: float = 12.0) -> list[Line]:
    return [Line(text, 700 - gap * number, size) for number, text in enumerate(texts)]


def found(*given: Line) -> list[str]:
    return [text for text, _ in paragraphs(given, 10.0)]


def test_pieces_at_one_height_are_a_line() -> None:
    page = Page()
    for text, y, size in (("One ", 700, 10), ("two", 700, 10), ("1", 703, 6), ("Three", 688, 10)):
        page.draw(text, AT, at(y), None, size)
    assert [line.text for line in page.lines] == ["One two1", "Three"]


def test_what_pypdf_puts_between_has_no_place() -> None:
    page = Page()
    page.draw(" ", AT, AT, None, 12)
    page.draw("One", AT, at(700), None, 10)
    page.draw("\n", AT, AT, None, 12)
    page.draw("", AT, AT, None, 12)
    page.draw("two\nthree", AT, at(700), None, 10)
    assert [line.text for line in page.lines] == ["One two", "three"]


def test_place_and_size_are_those_on_the_page() -> None:
    page = Page()
    page.draw("One", (2.0, 0.0, 0.0, 2.0, 10.0, 20.0), at(100), None, 5)
    page.draw("two", (0.0, 2.0, -2.0, 0.0, 0.0, 0.0), (0.0, 1.0, -1.0, 0.0, 50.0, 9.0), None, 5)
    page.draw("three", AT, (0.0,) * 6, None, 5)
    assert [(line.y, line.size) for line in page.lines] == [
        (220.0, 10.0),
        (100.0, 10.0),
        (0.0, 1.0),
    ]


LONG = "The first line of it goes as far as it can and"


def test_lines_of_a_paragraph_are_joined() -> None:
    assert found(*lines(LONG, "the second one ends.")) == [f"{LONG} the second one ends."]


def test_gap_ends_a_paragraph() -> None:
    assert found(*lines(LONG, LONG, gap=20.0)) == [LONG, LONG]


def test_line_that_is_further_up_begins_another_paragraph() -> None:
    first, second = lines(LONG, LONG)
    assert found(second, first) == [LONG, LONG]


def test_other_size_begins_another_paragraph() -> None:
    heading = Line("A heading of this page for all", 700, 16)
    assert [*paragraphs([heading, Line(LONG, 684, 10)], 10.0)] == [(heading.text, 1), (LONG, 0)]


def test_short_line_with_a_full_stop_ends_a_paragraph() -> None:
    assert found(*lines(LONG, "and ends here.", LONG)) == [f"{LONG} and ends here.", LONG]


def test_very_short_line_ends_one_where_another_begins_with_a_capital() -> None:
    assert found(*lines(LONG, "and ends here", LONG)) == [f"{LONG} and ends here", LONG]
    assert found(*lines(LONG, "and goes", "on here")) == [f"{LONG} and goes on here"]


def test_lines_that_are_all_narrow_are_no_prose() -> None:
    assert found(*lines("Day Price", "Monday 5", "Tuesday 6")) == [
        "Day Price",
        "Monday 5",
        "Tuesday 6",
    ]


@pytest.mark.parametrize(
    "item", ["• water", "- water", "1. water", "12) water", "a) water", "iv. x"]
)
def test_item_begins_a_paragraph(item: str) -> None:
    assert is_item(item)
    assert found(*lines(LONG, item)) == [LONG, item]


@pytest.mark.parametrize("text", ["water", "1 water", "1.", "2024. water", "", "-water"])
def test_what_looks_like_one_and_is_none(text: str) -> None:
    assert not is_item(text)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("inter-", "national", "international"),
        ("inter\N{SOFT HYPHEN}", "national", "international"),
        ("Anglo-", "Saxon", "Anglo- Saxon"),
        ("1-", "two", "1- two"),
        ("你好", "世界", "你好世界"),
        ("你好", "world", "你好 world"),
        ("", "one", "one"),
        ("one", "", "one"),
    ],
)
def test_line_is_joined_as_its_script_is_written(text: str, line: str, expected: str) -> None:
    assert joined(text, line) == expected


def test_wide_characters_take_two_columns() -> None:
    assert width("ab世界") == 6


@pytest.mark.parametrize(("share", "expected"), [(1.0, 0), (1.2, 2), (1.6, 1)])
def test_level_is_by_size(share: float, expected: int) -> None:
    assert level("Heading", share) == expected
    assert level("x" * 300, share) == 0


def test_body_has_the_size_of_most_of_the_text() -> None:
    page = Page()
    page.lines = [Line("Title", 0, 20.0), Line("A long line of text", 0, 9.96)]
    assert body_size([page]) == 10.0
    assert body_size([]) == 1.0


@given(st.lists(st.builds(Line, st.text(), st.floats(-1e6, 1e6), st.floats(0.1, 100)), max_size=20))
@settings(deadline=None)
def test_no_text_is_lost(given_lines: list[Line]) -> None:
    kept = [Line(line.text or "x", line.y, line.size) for line in given_lines]
    drawn = [line for line in kept if line.text.strip()]
    letters = "".join(char for text in found(*drawn) for char in text if char.isalnum())
    assert letters == "".join(char for line in drawn for char in line.text if char.isalnum())


@pytest.fixture
def bounds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What the program would bound, were it in a process of its own."""
    said: list[tuple[int, int]] = []
    monkeypatch.setattr(
        "resource.setrlimit", lambda kind, limits: said.append((kind, limits[0])), raising=True
    )
    return said


MUSEUM = Path(__file__).parents[2] / "data" / "files" / "museum.pdf"


def run(monkeypatch: pytest.MonkeyPatch, data: bytes, *arguments: int) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(data)))
    pdftext.main([str(argument) for argument in arguments])


def test_program_writes_what_it_found(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    bounds: list[tuple[int, int]],
) -> None:
    run(monkeypatch, MUSEUM.read_bytes(), 10**9, 60, 10, 10_000)
    written = capsys.readouterr().out
    assert '["Visiting the museum", 1, 0]' in written
    assert bounds[0][1] == 10**9


@pytest.mark.parametrize(("pages", "chars"), [(0, 10_000), (10, 20)])
def test_program_says_when_there_is_too_much(
    monkeypatch: pytest.MonkeyPatch, bounds: list[tuple[int, int]], pages: int, chars: int
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, MUSEUM.read_bytes(), 10**9, 60, pages, chars)
    assert ended.value.code == pdftext.OVER_LIMIT
    assert bounds


def test_limit_that_is_lower_already_stays(
    monkeypatch: pytest.MonkeyPatch, bounds: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (50, 50))
    pdftext.bound(10**9, 30)
    assert [limit for _, limit in bounds] == [50, 30, 0, 0]
