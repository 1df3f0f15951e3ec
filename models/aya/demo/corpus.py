"""Cuts the parallel corpus into token batches of prompts and answers; knows nothing of networks."""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from models.aya import prompt
from models.aya.demo.vocabulary import PAD, encode, id_of
from models.base.demo.corpus import FREQUENT_NAME, NAMES, read_pairs, rename
from models.base.demo.phrases import phrases

# Shares: of pairs whose names are exchanged, and of the translations between two languages other
# than English that one pass sees.
_RENAMED = 0.5
_WITHOUT_ENGLISH = 0.6
# Shares of a pass that come on top of it: sentences joined, sentences in a passage, and sentences
# with a line on register or on terms, where the corpus has any.
_JOINED = 0.08
_IN_PASSAGE = 0.03
_WITH_REGISTER = 0.04
_WITH_TERMS = 0.02
# Pairs that are tokenized and sorted by length at a time.
_POOL = 120_000

# Only what cannot be mistaken: a sentence's first word is always upper case, and French `vous` and
# German `ihr` may just be several people.
_FORMAL = {
    "deu_Latn": re.compile(r"(?<!^)(?<![.?!] )\b(Sie|Ihnen|Ihre?[nmrs]?)\b"),
    "fra_Latn": re.compile(r"\b([Vv]ous|[Vv]otre|[Vv]os)\b"),
    "spa_Latn": re.compile(r"\b([Uu]sted|[Uu]stedes)\b"),
}
_INFORMAL = {
    "deu_Latn": re.compile(r"\b([Dd]u|[Dd]ich|[Dd]ir|[Dd]eine?[nmrs]?)\b"),
    "fra_Latn": re.compile(r"\b([Tt]u|[Tt]e|[Tt]oi|[Tt]on|[Tt]a|[Tt]es)\b|\b[Tt]'"),
    "spa_Latn": re.compile(r"\b([Tt]ú|[Tt]e|[Tt]i|[Tt]us?|[Cc]ontigo)\b"),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence and its translation, in one direction."""

    source_lang: str
    target_lang: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Example:
    """What is computed for one pair: its own tokens after the batch's prefix, and the answer's."""

    pair: tuple[str, str]
    guided: bool
    """Has a document part, so that only the pair's part of the prompt can be shared."""
    asked: tuple[int, ...]
    answer: tuple[int, ...]

    @property
    def length(self) -> int:
        return len(self.asked) + len(self.answer)


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Prompts of one language pair with their answers.

    Shapes: `prefix` (n,), what all rows begin with; `rows` (n_rows, length), padded at the end;
    `wanted` (n_labels,) places in the flattened rows, `labels` (n_labels,) the tokens after them.
    """

    prefix: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    wanted: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]


def load_pairs(path: Path, seed: int, limit: int | None = None) -> list[Pair]:
    """Every row in both directions, half of those with frequent names renamed."""
    rng = random.Random(seed)
    pairs: dict[Pair, None] = {}
    for source_lang, target_lang, source, target in read_pairs(path, limit):
        for pair in (
            Pair(source_lang, target_lang, source, target),
            Pair(target_lang, source_lang, target, source),
        ):
            renamed = pair.source, pair.target
            if rng.random() < _RENAMED:
                renamed = rename(*renamed, rng)
            pairs[Pair(pair.source_lang, pair.target_lang, *renamed)] = None
    return list(pairs)


def load_phrases(times: int, seed: int) -> list[Pair]:
    """The phrases that the corpus hardly has, each so many times in a pass."""
    return [Pair(*row) for row in phrases(times, seed)]


def register_of(text: str, lang: str) -> str | None:
    """`formal` or `informal`, where the text says so without doubt."""
    formal = lang in _FORMAL and bool(_FORMAL[lang].search(text))
    informal = lang in _INFORMAL and bool(_INFORMAL[lang].search(text))
    if formal == informal:
        return None
    return "formal" if formal else "informal"


def with_term(pair: Pair, rng: random.Random) -> tuple[Pair, prompt.Guidance] | None:
    """The pair with a name translated by another, which a glossary asks for; None without name."""
    found = FREQUENT_NAME.findall(pair.source)
    if len(found) != 1 or FREQUENT_NAME.findall(pair.target) != found:
        return None
    term, translation = rng.sample(NAMES, 2)
    changed = Pair(
        pair.source_lang,
        pair.target_lang,
        FREQUENT_NAME.sub(term, pair.source),
        FREQUENT_NAME.sub(translation, pair.target),
    )
    return changed, prompt.Guidance(glossary=((term, translation),))


class Batcher:
    """Endless shuffled batches of about `tokens` labels."""

    def __init__(self, pairs: list[Pair], tokenizer: Tokenizer, tokens: int, seed: int) -> None:
        self._pairs = pairs
        self._tokenizer = tokenizer
        self._tokens = tokens
        self._seed = seed
        self._rng = random.Random(seed)
        self._pad = id_of(tokenizer, PAD)
        before, _, after = prompt.segment("")
        self._before = encode(tokenizer, [before])
        self._turn = encode(tokenizer, [after])
        self._end = id_of(tokenizer, prompt.END_OF_TURN)

    def go_on(self, step: int) -> None:
        """Shuffles for a run that goes on at `step`: not the batches it began with once more."""
        self._rng = random.Random(self._seed + step)

    def __iter__(self) -> Iterator[TokenBatch]:
        while True:
            plain = [
                pair
                for pair in self._pairs
                if "eng_Latn" in (pair.source_lang, pair.target_lang)
                or self._rng.random() < _WITHOUT_ENGLISH
            ]
            self._rng.shuffle(plain)
            for start in range(0, len(plain), _POOL):
                yield from self._batches(plain[start : start + _POOL])

    def _batches(self, plain: list[Pair]) -> Iterator[TokenBatch]:
        pool = sorted(self._examples(plain), key=lambda each: (each.pair, each.guided, each.length))
        batches = [
            batch
            for _, group in groupby(pool, key=lambda each: (each.pair, each.guided))
            for batch in self._cut(group)
        ]
        self._rng.shuffle(batches)
        return map(self._tensors, batches)

    def _examples(self, plain: list[Pair]) -> Iterator[Example]:
        """The pairs, and what comes on top."""
        yield from self._plain([*plain, *self._joined(plain)])
        for pair, guidance in self._guided(plain):
            yield self._with(pair, guidance)

    def _plain(self, pairs: list[Pair]) -> Iterator[Example]:
        sources = self._ids([pair.source for pair in pairs])
        targets = self._ids([pair.target for pair in pairs])
        for pair, source, target in zip(pairs, sources, targets, strict=True):
            langs = pair.source_lang, pair.target_lang
            yield Example(
                langs, guided=False, asked=(*source, *self._turn), answer=(*target, self._end)
            )

    def _ids(self, texts: list[str]) -> Iterator[list[int]]:
        encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return (encoding.ids for encoding in encoded)

    def _with(self, pair: Pair, guidance: prompt.Guidance) -> Example:
        parts = prompt.build(pair.source, pair.source_lang, pair.target_lang, guidance)
        asked = encode(self._tokenizer, (*parts.document, *parts.segment))
        target = self._tokenizer.encode(pair.target, add_special_tokens=False).ids
        langs = pair.source_lang, pair.target_lang
        return Example(langs, guided=True, asked=tuple(asked), answer=(*target, self._end))

    def _joined(self, plain: list[Pair]) -> Iterator[Pair]:
        """Two to four sentences in a row: the corpus has few of more than ten words."""
        for some in self._rows_of(plain, _JOINED, (2, 2, 3, 3, 4)):
            source = " ".join(each.source for each in some)
            target = " ".join(each.target for each in some)
            yield Pair(some[0].source_lang, some[0].target_lang, source, target)

    def _guided(self, plain: list[Pair]) -> Iterator[tuple[Pair, prompt.Guidance]]:
        for some in self._rows_of(plain, _IN_PASSAGE, (2, 3, 3, 4)):
            passage = " ".join(each.source for each in some)
            yield self._rng.choice(some), prompt.Guidance(passage=passage)
        for pair in self._some(plain, _WITH_REGISTER):
            register = register_of(pair.target, pair.target_lang)
            if register:
                yield pair, prompt.Guidance(formality=register)
        for pair in self._some(plain, _WITH_TERMS * 5):
            changed = with_term(pair, self._rng)
            if changed:
                yield changed

    def _some(self, plain: list[Pair], share: float) -> list[Pair]:
        return self._rng.sample(plain, round(len(plain) * share))

    def _rows_of(
        self, plain: list[Pair], share: float, sizes: tuple[int, ...]
    ) -> Iterator[list[Pair]]:
        """Pairs of one direction in rows of some size; the rows are that share of all pairs."""
        by_langs: dict[tuple[str, str], list[Pair]] = defaultdict(list)
        mean = sum(sizes) / len(sizes)
        for pair in self._some(plain, min(1.0, share * mean)):
            by_langs[pair.source_lang, pair.target_lang].append(pair)
        for pairs in by_langs.values():
            start = 0
            while start < len(pairs):
                size = self._rng.choice(sizes)
                yield pairs[start : start + size]
                start += size

    def _cut(self, examples: Iterable[Example]) -> Iterator[list[Example]]:
        batch: list[Example] = []
        tokens = 0
        for example in examples:
            if batch and tokens + len(example.answer) > self._tokens:
                yield batch
                batch, tokens = [], 0
            batch.append(example)
            tokens += len(example.answer)
        if batch:
            yield batch

    def _prefix(self, example: Example) -> list[int]:
        pair = encode(self._tokenizer, prompt.pair(*example.pair))
        return pair if example.guided else pair + self._before

    def _tensors(self, batch: list[Example]) -> TokenBatch:
        # The last token of an answer is only a label.
        length = max(example.length for example in batch) - 1
        rows = np.full((len(batch), length), self._pad, dtype=np.int64)
        wanted: list[int] = []
        labels: list[int] = []
        for index, example in enumerate(batch):
            tokens = (*example.asked, *example.answer[:-1])
            rows[index, : len(tokens)] = tokens
            first = index * length + len(example.asked) - 1
            wanted += range(first, first + len(example.answer))
            labels += example.answer
        return TokenBatch(
            np.array(self._prefix(batch[0]), dtype=np.int64),
            rows,
            np.array(wanted, dtype=np.int64),
            np.array(labels, dtype=np.int64),
        )
