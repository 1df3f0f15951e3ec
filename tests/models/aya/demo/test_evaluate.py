from pathlib import Path

import pytest

from models.aya import demo
from models.aya.demo import evaluate
from tests.models.aya.demo.runs import CORPUS

FILE = Path(str(demo.__file__)).parent / "weights" / "aya-demo.gguf"
# chrF; the card names what 1,000 sentences score, these are 50 of them.
FLOOR = 35
FLOOR_OTHERS = 25


def test_the_shipped_demo_translates_sentences_it_was_not_trained_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    evaluate.main([str(FILE), "--corpus", str(CORPUS)])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 12
    for source, target, first, every in rows:
        assert float(every) >= float(first)
        assert float(every) > (FLOOR if "eng_Latn" in (source, target) else FLOOR_OTHERS)
