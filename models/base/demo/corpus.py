"""Reads the parallel corpus that the demos are trained on; knows nothing of tokens.

The corpus is a folder with `train.tsv.gz` and `valid.multiref.jsonl`. A row of `train.tsv.gz` is
`source-code<TAB>target-code<TAB>source<TAB>target` with FLORES-200 codes and is used in both
directions. A line of `valid.multiref.jsonl` is `{"refs": {code: [sentence, ...]}}`.
"""

import csv
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

LANGUAGES = ("eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn")

# These may become other names: they stand in a quarter of the corpus's sentences, and the model
# would learn that every unknown name is one of them.
FREQUENT_NAME = re.compile(r"\b(Tom|Mary|John|Maria|Marie|Jim|Ken|Bill)\b")
# All begin with a pronounced consonant, so that no article before them elides.
NAMES = Path(__file__).with_name("names.txt").read_text(encoding="utf-8").split()
# The share of renamed pairs that get two names for one.
_SURNAMES = 0.2


def read_pairs(path: Path, limit: int | None = None) -> Iterator[tuple[str, str, str, str]]:
    """Rows `(source code, target code, source, target)`, at most the first `limit`."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        for count, row in enumerate(rows):
            if count == limit:
                return
            if row[0] in LANGUAGES and row[1] in LANGUAGES:
                yield row[0], row[1], row[2], row[3]


def read_valid(path: Path) -> list[dict[str, dict[str, list[str]]]]:
    """Validation sentences: `{"refs": {code: sentences}}`, the first of each is the source."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def rename(source: str, target: str, rng: random.Random) -> tuple[str, str]:
    """Gives a pair's frequent names others, the same on both sides; keeps a pair that differs."""
    found = Counter(FREQUENT_NAME.findall(source))
    if not found or found != Counter(FREQUENT_NAME.findall(target)):
        return source, target
    new = dict(zip(found, rng.sample(NAMES, len(found)), strict=True))
    if rng.random() < _SURNAMES:
        new = {old: f"{name} {rng.choice(NAMES)}" for old, name in new.items()}

    def substitute(text: str) -> str:
        return FREQUENT_NAME.sub(lambda match: new[match[0]], text)

    return substitute(source), substitute(target)
