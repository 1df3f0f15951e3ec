"""Scores a demo's translations of the validation sentences; knows no engine."""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from sacrebleu.metrics.chrf import CHRF

from models.base.demo.corpus import LANGUAGES, read_valid

Request = tuple[str, str, str]
"""Source code, target code, text."""
Row = tuple[str, str, float, float]
"""Source code, target code, chrF on the first reference, chrF on all references."""


def scores(
    valid: Path, translate: Callable[[list[Request]], list[str]], limit: int | None = None
) -> Iterator[Row]:
    """A row a direction, of the first `limit` sentences; all are translated in one call."""
    rows = read_valid(valid)[:limit]
    pairs = list(itertools.permutations(LANGUAGES, 2))
    outputs = translate([(*pair, row["refs"][pair[0]][0]) for pair in pairs for row in rows])
    for index, (source, target) in enumerate(pairs):
        hypotheses = outputs[index * len(rows) : (index + 1) * len(rows)]
        references = [row["refs"][target] for row in rows]
        first = [[each[0] for each in references]]
        every = [list(each) for each in zip_longest(*references)]
        metric = CHRF()
        yield (
            source,
            target,
            metric.corpus_score(hypotheses, first).score,
            metric.corpus_score(hypotheses, every).score,
        )


def show(rows: Iterable[Row]) -> None:
    """Prints them: codes, chrF on the first reference, chrF on all references."""
    for row in rows:
        sys.stdout.write("{} {} {:.1f} {:.1f}\n".format(*row))
