import pytest

from common.scripts import han_evidence, script, shares


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        *[
            ("a", "Latn"),
            ("ß", "Latn"),
            ("ж", "Cyrl"),
            ("中", "Hani"),
            ("の", "Kana"),
            ("한", "Hang"),
        ],
        *[("ش", "Arab"), ("ש", "Hebr"), ("ह", "Deva"), ("ᱥ", "Olck"), ("ⵣ", "Tfng"), ("ꯃ", "Mtei")],
        *[("1", None), (" ", None), ("😀", None), ("ᛇ", None), ("\ud800", None), ("\u0301", None)],
    ],
)
def test_letters_have_a_script_and_the_rest_has_none(character: str, expected: str | None) -> None:
    assert script(character) == expected


def test_shares_sum_to_one_and_ideographs_weigh_more() -> None:
    mixed = shares("ab 12 中文!")
    assert sum(mixed.values()) == pytest.approx(1)
    assert mixed["Hani"] > mixed["Latn"] > 0
    assert shares("12 !?") == {}


def test_han_characters_tell_the_country() -> None:
    assert han_evidence("我们说话").simplified == 3
    assert han_evidence("我們說話").traditional == 3
    assert han_evidence("権").japanese == 1
    assert han_evidence("们 abc の").letters == 1
    assert han_evidence("们").foreign == 1
