from pathlib import Path

import pytest

from models.nllb import demo
from models.nllb.demo import evaluate
from tests.models.nllb.demo.runs import CORPUS

WEIGHTS = Path(str(demo.__file__)).parent / "weights"
# chrF; the card names what 1,000 sentences score, these are 50 of them.
FLOOR = 45
FLOOR_OTHERS = 35


def test_the_shipped_demo_translates_sentences_it_was_not_trained_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    evaluate.main([str(WEIGHTS), "--corpus", str(CORPUS), "--beam", "2"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 12
    for source, target, first, every in rows:
        assert float(every) >= float(first)
        assert float(every) > (FLOOR if "eng_Latn" in (source, target) else FLOOR_OTHERS)
