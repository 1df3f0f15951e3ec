"""What the corpus hardly has and everybody tries first: greetings, requests, numbers.

Our own sentences, one a line in the order of `LANGUAGES`; `{}` stands for a number.
"""

import random
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

from models.base.demo.corpus import LANGUAGES

_LINES = Path(__file__).with_name("phrases.tsv").read_text(encoding="utf-8").splitlines()
_MOST_DIGITS = 4


def phrases(times: int, seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Every sentence `times` over in all directions, each time with another number.

    Rows `(source code, target code, source, target)`.
    """
    rng = random.Random(seed)
    for _ in range(times):
        for line in _LINES:
            number = str(rng.randrange(2, 10 ** rng.randint(1, _MOST_DIGITS)))
            texts = [text.replace("{}", number) for text in line.split("\t")]
            for (source_lang, source), (target_lang, target) in permutations(
                zip(LANGUAGES, texts, strict=True), 2
            ):
                yield source_lang, target_lang, source, target
