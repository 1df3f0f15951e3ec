from datetime import UTC, datetime

import click
import pytest

from bentos.cli import formats


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8GB", 8_000_000_000),
        ("7.5 gb", 7_500_000_000),
        ("512M", 512_000_000),
        ("1GiB", 2**30),
        ("2ki", 2048),
        ("1tb", 10**12),
    ],
)
def test_size_is_read_with_its_unit(written: str, expected: int) -> None:
    assert formats.SIZE.convert(written, None, None) == expected
    assert formats.SIZE.convert(expected, None, None) == expected


@pytest.mark.parametrize("written", ["8", "8000000000", "GB", "-1GB", "0GB", "8XB", "8GBs", ""])
def test_size_without_a_unit_or_sense_is_refused(written: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a size like 8GB"):
        formats.SIZE.convert(written, None, None)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (2_000, "2 kB"),
        (618_400_000, "618 MB"),
        (999_600_000, "1.00 GB"),
        (4_920_000_000, "4.92 GB"),
        (9_996_000_000, "10.0 GB"),
        (36_700_000_000, "36.7 GB"),
        (141_000_000_000, "141 GB"),
        (None, "-"),
    ],
)
def test_size_has_three_digits_at_most(number: int | None, expected: str) -> None:
    assert formats.size(number) == expected


@pytest.mark.parametrize("number", [999_600_000, 4_920_000_000, 36_700_000_000, 12_000_000])
def test_size_that_was_shown_can_be_typed(number: int) -> None:
    assert formats.SIZE.convert(formats.size(number), None, None) == pytest.approx(number, rel=1e-2)


def test_counts_are_short() -> None:
    counted = [formats.count(n) for n in (7, 12_345, 615_000_000, 8_030_000_000, 70_600_000_000)]
    assert counted == ["7", "12.3k", "615M", "8.03B", "70.6B"]


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (None, "-"),
        (0.4, "0.4 ms"),
        (9.97, "10 ms"),
        (85.4, "85 ms"),
        (999.7, "1.00 s"),
        (1240, "1.24 s"),
        (75_300, "75 s"),
    ],
)
def test_durations_are_in_ms_or_s(milliseconds: float | None, expected: str) -> None:
    assert formats.duration(milliseconds) == expected


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (None, "-"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.5, "50 %"),
        (0.99996, "99.9 %"),
        (0.987, "98.7 %"),
    ],
)
def test_share_is_100_percent_only_where_nothing_failed(rate: float | None, expected: str) -> None:
    assert formats.share(rate) == expected


def test_moment_is_to_the_minute() -> None:
    when = datetime(2026, 11, 21, 11, 37, 59, tzinfo=UTC)
    assert formats.moment(when) == when.astimezone().strftime("%Y-%m-%d %H:%M")
    assert formats.moment(None) == "-"


def test_what_moves_a_cursor_is_not_printed() -> None:
    assert formats.printable("a\x1b[2Jb\rc") == "a\ufffd[2Jb\ufffdc"
    assert formats.printable("Où est-ce ?") == "Où est-ce ?"
