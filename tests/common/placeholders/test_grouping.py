import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.placeholders.grouping import regrouped
from common.placeholders.numbers import find, lost


@pytest.mark.parametrize(
    ("number", "source", "target", "expected"),
    [
        ("10,000", "eng_Latn", "deu_Latn", "10.000"),
        ("1,234,567.89", "eng_Latn", "deu_Latn", "1.234.567,89"),
        ("1,234.5", "eng_Latn", "fra_Latn", "1\u202f234,5"),
        ("10.000", "deu_Latn", "eng_Latn", "10,000"),
        ("10 000,5", "fra_Latn", "eng_Latn", "10,000.5"),
        ("3.12", "eng_Latn", "deu_Latn", "3.12"),
        ("3,12", "deu_Latn", "eng_Latn", "3,12"),
        ("192.168.0.1", "deu_Latn", "eng_Latn", "192.168.0.1"),
        ("2019", "eng_Latn", "deu_Latn", "2019"),
        ("1,2,3", "eng_Latn", "deu_Latn", "1,2,3"),
        ("10,000", "eng_Latn", "quy_Latn", "10,000"),
        ("10,000", "xxx_Latn", "deu_Latn", "10,000"),
    ],
)
def test_groups_are_written_as_the_target_writes_them(
    number: str, source: str, target: str, expected: str
) -> None:
    assert regrouped(number, source, target) == expected


@settings(deadline=None)
@given(st.integers(1000, 10**12), st.sampled_from(["eng_Latn", "deu_Latn", "fra_Latn", "jpn_Jpan"]))
def test_number_stays_the_same_number(value: int, target: str) -> None:
    written = f"{value:,}"
    assert lost(find(written), regrouped(written, "eng_Latn", target)) == []
