import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.placeholders import numbers
from common.placeholders.numbers import added, digits_of, find, lost, roman


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("no", []),
        ("In 2019, 1,000.5 of 12'345.", ["2019", "10005", "12345"]),
        ("1 000 000 in 2019 300", ["1000000", "2019", "300"]),
        ("1\u202f234,50 €", ["123450"]),
        ("v1.2.3 on 192.168.0.1", ["123", "19216801"]),
        ("٢٠٢٤ and १२", ["2024", "12"]),
        ("2024-01-05 at 15:30", ["2024", "01", "05", "1530"]),
        ("1:2:3 and 12:30:15", ["1", "2", "3", "123015"]),
    ],
)
def test_numbers_are_told_by_their_digits(text: str, digits: list[str]) -> None:
    assert [number.digits for number in find(text)] == digits


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("It costs 1,000.5.", "Es kostet 1.000,5."),
        ("It costs 12,345.", "Das kostet 12 345."),
        ("Three or 3.", "Drei oder drei."),
        ("In ٢٠٢٤", "Im Jahr 2024"),
        ("on 01/02/2024", "le 1er février 2024"),
        ("on 5/12", "am 05.12."),
        ("1,000,000 people", "eine Million Menschen"),
        ("25,000 people", "2.5万人"),
        ("the 1990s", "die 90er Jahre"),
        ("the 20th century", "le XXe siècle"),
        ("at 3:30 PM", "um 15:30 Uhr"),
        ("at 10:30 p.m.", "um 22:30 Uhr"),
        ("um 15:45", "at 3:45 PM"),
        ("at 9:30", "à neuf heures 30"),
        ("at 9:30", "à 9h30"),
        ("at 10:00", "um 10 Uhr"),
        ("at 10 p.m.", "um 22 Uhr"),
        ("Um 14 Uhr", "At 2"),
        ("1,2,3,4", "1, 2, 3, 4"),
        ("007", "7"),
    ],
)
def test_number_may_be_written_another_way(source: str, output: str) -> None:
    assert lost(find(source), output) == []


@pytest.mark.parametrize(
    ("source", "output", "gone"),
    [
        ("In 2019.", "Im Jahr 2018.", ["2019"]),
        ("Take 15 drops.", "Nehmen Sie fünfzehn Tropfen.", ["15"]),
        ("12 and 12", "12 und zwölf", ["12"]),
        ("1,250 tickets", "1,25 Karten", ["1250"]),
        ("1,000", "10", ["1000"]),
        ("was 30", "25 300 2500", ["30"]),
        ("at 9:30", "a las nueve y media", ["930"]),
        ("at 11:30", "um 10.30 Uhr", ["1130"]),
        ("1" * 50, "1 " * 50, ["1" * 50]),
        ("40 pages", "XXX pages", ["40"]),
    ],
)
def test_number_that_is_gone_is_missed(source: str, output: str, gone: list[str]) -> None:
    assert [number.digits for number in lost(find(source), output)] == gone


@settings(deadline=None)
@given(st.lists(st.integers(10, 10**9), max_size=5))
def test_nothing_is_lost_where_all_is_there(values: list[int]) -> None:
    text = " and ".join(map(str, values))
    assert lost(find(text), text) == []
    assert added(find(text), text) == []


@settings(deadline=None)
@given(st.integers(10, 10**9))
def test_number_grouped_another_way_is_the_same(value: int) -> None:
    assert lost(find(f"{value:,}"), f"{value:_}".replace("_", ".")) == []


def test_numbers_that_only_the_output_has_are_named() -> None:
    assert added(find("In 2019 or 20.5"), "2019, 20,5, 19, 8473 und 3") == ["8473"]


def test_digits_are_ascii_ones() -> None:
    assert digits_of("\uff11\uff12-٣x") == "123"


@pytest.mark.parametrize(("value", "written"), [(19, "XIX"), (4, "IV"), (399, "CCCXCIX"), (0, "")])
def test_roman_numerals(value: int, written: str) -> None:
    assert roman(value) == written


def test_number_of_a_clock_is_known() -> None:
    assert [number.of_clock for number in numbers.find("3 pm, 4 P.M., 5 a.m and 6 pmx")] == [
        *(True, True, True, False),
    ]
