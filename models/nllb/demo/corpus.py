"""Cuts the parallel corpus into token batches; knows nothing of networks."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from models.base.demo.corpus import LANGUAGES, read_pairs, rename
from models.base.demo.phrases import phrases

# Shares: of pairs whose names are exchanged, and of the translations between two languages other
# than English that one pass sees.
_RENAMED = 0.5
_WITHOUT_ENGLISH = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """One source with its translations: token ids, language codes not included."""

    source_lang: str
    source: tuple[int, ...]
    targets: tuple[tuple[str, tuple[int, ...]], ...]


def load_examples(
    path: Path, tokenizer: Tokenizer, seed: int, limit: int | None = None
) -> list[Example]:
    """Every sentence once, with all its translations, so that it is encoded once for all."""
    rng = random.Random(seed)
    groups: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in read_pairs(path, limit):
        for source_lang, target_lang, *texts in (row, (row[1], row[0], row[3], row[2])):
            pair = (texts[0], texts[1])
            if rng.random() < _RENAMED:
                pair = rename(*pair, rng)
            groups[source_lang, pair[0]].append((target_lang, pair[1]))
    return _encoded(groups, tokenizer)


def load_phrases(tokenizer: Tokenizer, times: int, seed: int) -> list[Example]:
    """The phrases that the corpus hardly has, each so many times in a pass, apart from another."""
    examples: list[Example] = []
    for time in range(times):
        groups: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for source_lang, target_lang, source, target in phrases(1, seed + time):
            groups[source_lang, source].append((target_lang, target))
        examples += _encoded(groups, tokenizer)
    return examples


def _encoded(
    groups: dict[tuple[str, str], list[tuple[str, str]]], tokenizer: Tokenizer
) -> list[Example]:
    texts = sorted(
        {text for _, text in groups} | {text for targets in groups.values() for _, text in targets}
    )
    ids = {
        text: tuple(encoding.ids)
        for text, encoding in zip(
            texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True
        )
    }
    return [
        Example(
            lang, ids[text], tuple((target_lang, ids[target]) for target_lang, target in targets)
        )
        for (lang, text), targets in groups.items()
    ]


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Sources of one length and their translations.

    Shapes: `source` (n_sources, source_length); `source_of` (n_targets,) row in `source`; `inputs`,
    `labels`,
    `row`, `column` (n_tokens,), the decoder's tokens without padding and their place in the padded
    (n_targets,
    target_length) matrix. A label of -1 does not count.
    """

    source: npt.NDArray[np.int64]
    source_of: npt.NDArray[np.int64]
    inputs: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]


class Batcher:
    """Endless shuffled batches of about `tokens` target tokens, some of joined sentences."""

    def __init__(
        self, examples: list[Example], tokenizer: Tokenizer, tokens: int, seed: int
    ) -> None:
        self._examples = examples
        self._tokens = tokens
        self._seed = seed
        self._rng = random.Random(seed)
        vocabulary = tokenizer.get_vocab()
        self._code = {lang: vocabulary[lang] for lang in LANGUAGES}
        self._end = vocabulary["</s>"]

    def go_on(self, step: int) -> None:
        """Shuffles for a run that goes on at `step`: not the batches it began with once more."""
        self._rng = random.Random(self._seed + step)

    def __iter__(self) -> Iterator[TokenBatch]:
        while True:
            pool = [*self._sampled(), *self._joined(len(self._examples) // 10)]
            self._rng.shuffle(pool)
            pool.sort(key=lambda example: len(example.source))
            batches = list(self._cut(pool))
            self._rng.shuffle(batches)
            for batch in batches:
                yield self._tensors(batch)

    def _sampled(self) -> Iterator[Example]:
        """One pass: all translations from and into English, half of the others."""
        for example in self._examples:
            targets = tuple(
                target
                for target in example.targets
                if "eng_Latn" in (example.source_lang, target[0])
                or self._rng.random() < _WITHOUT_ENGLISH
            )
            if targets:
                yield Example(example.source_lang, example.source, targets)

    def _joined(self, count: int) -> Iterator[Example]:
        """Two to five sentences of a pair in a row: the corpus has few of more than ten words."""
        by_pair: dict[tuple[str, str], list[tuple[tuple[int, ...], tuple[int, ...]]]] = defaultdict(
            list
        )
        for example in self._rng.sample(self._examples, min(len(self._examples), count * 4)):
            lang, ids = self._rng.choice(example.targets)
            by_pair[example.source_lang, lang].append((example.source, ids))
        for (source_lang, target_lang), pairs in by_pair.items():
            start = 0
            while start < len(pairs):
                size = self._rng.choice((2, 2, 3, 3, 4, 5))
                some = pairs[start : start + size]
                start += size
                yield Example(
                    source_lang,
                    tuple(token for source, _ in some for token in source),
                    ((target_lang, tuple(token for _, target in some for token in target)),),
                )

    def _cut(self, pool: list[Example]) -> Iterator[list[Example]]:
        batch: list[Example] = []
        tokens = 0
        for example in pool:
            size = sum(len(ids) + 2 for _, ids in example.targets)
            if batch and (
                len(example.source) != len(batch[0].source) or tokens + size > self._tokens
            ):
                yield batch
                batch, tokens = [], 0
            batch.append(example)
            tokens += size
        if batch:
            yield batch

    def _tensors(self, batch: list[Example]) -> TokenBatch:
        source: list[list[int]] = []
        source_of: list[int] = []
        inputs: list[int] = []
        labels: list[int] = []
        row: list[int] = []
        column: list[int] = []
        for index, example in enumerate(batch):
            source.append([self._code[example.source_lang], *example.source, self._end])
            for lang, ids in example.targets:
                code = self._code[lang]
                inputs += [self._end, code, *ids]
                labels += [-1, *ids, self._end]
                row += [len(source_of)] * (len(ids) + 2)
                column += range(len(ids) + 2)
                source_of.append(index)
        return TokenBatch(
            *(
                np.array(each, dtype=np.int64)
                for each in (source, source_of, inputs, labels, row, column)
            )
        )
