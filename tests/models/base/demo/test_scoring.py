from pathlib import Path

import pytest

from models.base.demo import scoring
from models.base.demo.corpus import read_valid

VALID = Path("tests/data/parallel/valid.multiref.jsonl")


def test_a_perfect_translation_has_the_full_score_in_every_direction() -> None:
    rows = read_valid(VALID)[:5]
    of_source = {text: row for row in rows for texts in row["refs"].values() for text in texts}

    def perfect(requests: list[scoring.Request]) -> list[str]:
        return [of_source[text]["refs"][target][0] for _, target, text in requests]

    found = list(scoring.scores(VALID, perfect, limit=5))
    assert len({row[:2] for row in found}) == len(found) == 12
    assert all(first == every == 100 for *_, first, every in found)


def test_rows_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    scoring.show([("eng_Latn", "fra_Latn", 50.04, 51.26)])
    assert capsys.readouterr().out == "eng_Latn fra_Latn 50.0 51.3\n"
