import re

from models.base.demo.corpus import LANGUAGES
from models.base.demo.phrases import phrases

ROWS = list(phrases(times=3, seed=1))


def test_every_direction_has_every_sentence() -> None:
    directions = [row[:2] for row in ROWS]
    assert len(set(directions)) == len(LANGUAGES) * (len(LANGUAGES) - 1)
    assert len({directions.count(one) for one in set(directions)}) == 1
    assert all(row[2].strip() and row[3].strip() for row in ROWS)


def test_a_sentence_and_its_translation_have_the_same_number() -> None:
    numbers = [
        (re.findall(r"\d+", source), re.findall(r"\d+", target)) for *_, source, target in ROWS
    ]
    assert all(source == target for source, target in numbers)
    assert len({source[0] for source, _ in numbers if source}) > len(ROWS) // 100
    assert not any("{}" in text for row in ROWS for text in row)
