"""Fits a table of confidence to weights by their validation sentences; knows no engine.

The first half of the sentences makes the table, the second half checks it.
"""

import asyncio
import itertools
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sacrebleu.metrics.chrf import CHRF

from models.base.confidence import BROKEN, Calibration, Knot
from models.base.demo.corpus import read_valid
from models.base.manifest import MANIFEST, Kind, read_manifest, write_manifest
from models.base.translation_model import TranslationModel

_LEAST: Final = 50
GOOD: Final = f"chrF of at least {_LEAST} against the references"
_BINS: Final = 16
_CHECKED_BINS: Final = 10
_IN_WORK: Final = 256
_DIGITS: Final = 3

MakeModel = Callable[[Path], TranslationModel]
"""A model that will serve the weights of a folder."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence's translation: its score, and whether it was good."""

    score: float
    is_good: bool


@dataclass(frozen=True, slots=True)
class Check:
    """How a table does on sentences that it was not made of."""

    samples: int
    good: float
    """Share of good translations."""
    error: float
    """Expected calibration error: how far, on average, confidence is from the share of good
    translations among those of like confidence, in ten ranges of equal width."""
    auc: float
    """How often a good translation has more confidence than another."""


def calibrate(folder: Path, kind: type[Kind], make_model: MakeModel, corpus: Path) -> Check:
    """Writes the table into the manifest of the weights in a folder."""
    rows = read_valid(corpus / "valid.multiref.jsonl")
    middle = len(rows) // 2
    with uncalibrated(folder, kind) as bare:
        found = asyncio.run(samples_of(make_model(bare), rows))
    table = fit([sample for index, sample in found if index < middle])
    manifest = read_manifest(folder, kind, "")
    write_manifest(folder, manifest.model_copy(update={"calibration": table}))
    return check(table, [sample for index, sample in found if index >= middle])


def fit(samples: Sequence[Sample]) -> Calibration:
    """As many samples to a knot; neighbours that do not rise are one (isotonic regression).

    Raises:
        ValueError: There are too few samples.
    """
    if len(samples) < _BINS:
        message = f"{len(samples)} sentences are too few to make a table of."
        raise ValueError(message)
    ranked = sorted(samples, key=lambda sample: sample.score)
    cuts = [place * len(ranked) // _BINS for place in range(_BINS + 1)]
    pools: list[list[Sample]] = []
    for first, end in itertools.pairwise(cuts):
        pools.append(ranked[first:end])
        while len(pools) > 1 and not _rises(*map(_knot, pools[-2:])):
            last = pools.pop()
            pools[-1] += last
    return Calibration(good=GOOD, knots=tuple(map(_knot, pools)))


def _knot(pool: Sequence[Sample]) -> Knot:
    mean = sum(sample.score for sample in pool) / len(pool)
    return round(mean, _DIGITS), round(_share(pool), _DIGITS)


def _rises(low: Knot, high: Knot) -> bool:
    return low[0] < high[0] and low[1] < high[1]


def check(table: Calibration, samples: Sequence[Sample]) -> Check:
    """Computes what `Check` says."""
    ranges: list[list[tuple[float, bool]]] = [[] for _ in range(_CHECKED_BINS)]
    for sample in samples:
        share = table.share(sample.score)
        ranges[min(int(share * _CHECKED_BINS), _CHECKED_BINS - 1)].append((share, sample.is_good))
    gaps = [abs(sum(share - is_good for share, is_good in pairs)) for pairs in ranges]
    return Check(
        samples=len(samples),
        good=_share(samples),
        error=sum(gaps) / len(samples),
        auc=_auc(table, samples),
    )


def _auc(table: Calibration, samples: Sequence[Sample]) -> float:
    """Counted over the sorted shares; of equal ones a half. Not a number where all are alike."""
    good = bad = 0
    won = 0.0
    ranked = sorted((table.share(sample.score), sample.is_good) for sample in samples)
    for _, group in itertools.groupby(ranked, key=lambda pair: pair[0]):
        kinds = [is_good for _, is_good in group]
        goods, bads = sum(kinds), len(kinds) - sum(kinds)
        won += goods * (bad + bads / 2)
        good, bad = good + goods, bad + bads
    return won / (good * bad) if good and bad else math.nan


def _share(samples: Sequence[Sample]) -> float:
    return sum(sample.is_good for sample in samples) / len(samples)


@contextmanager
def uncalibrated(folder: Path, kind: type[Kind]) -> Iterator[Path]:
    """The same weights without a table, whose confidence is the score's exponential."""
    manifest = read_manifest(folder, kind, "")
    with tempfile.TemporaryDirectory() as name:
        bare = Path(name)
        for file in folder.resolve().iterdir():
            if file.name != MANIFEST:
                (bare / file.name).symlink_to(file)
        write_manifest(bare, manifest.model_copy(update={"calibration": None}))
        yield bare


async def samples_of(
    model: TranslationModel, rows: Sequence[dict[str, dict[str, list[str]]]]
) -> list[tuple[int, Sample]]:
    """Of every sentence in every direction, with its index; no broken ones, nor two segments.

    The model's weights have no table.
    """
    metric, free = CHRF(), asyncio.Semaphore(_IN_WORK)

    async def one(index: int, source: str, target: str) -> tuple[int, Sample] | None:
        refs = rows[index]["refs"]
        async with free:
            whole = await model.translate_in_detail(refs[source][0], source, target)
        only = whole.segments[0]
        if len(whole.segments) > 1 or only.confidence is None or only.confidence <= BROKEN:
            return None
        chrf = metric.sentence_score(whole.text, refs[target]).score
        return index, Sample(math.log(only.confidence), chrf >= _LEAST)

    await model.initialize()
    try:
        asked = (
            one(index, *pair)
            for index, row in enumerate(rows)
            for pair in itertools.permutations(row["refs"], 2)
        )
        found = await asyncio.gather(*asked)
    finally:
        await model.cleanup()
    return [sample for sample in found if sample is not None]
