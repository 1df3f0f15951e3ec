"""The sentences every contestant translates, and what a run over them gave; the same for all."""

import statistics
from dataclasses import dataclass, field
from pathlib import Path

_SENTENCES = Path(__file__).with_name("sentences.tsv")


@dataclass(frozen=True)
class Sentence:
    """A text that is one segment, and its languages as FLORES-200 codes."""

    source: str
    target: str
    text: str


@dataclass(frozen=True)
class Work:
    """How every sentence is decoded, and by how many threads."""

    threads: int
    beam: int
    max_tokens: int


@dataclass(frozen=True)
class Run:
    """One contestant's round; `calls_ms` is what each call took, whatever it held."""

    sentences: int
    seconds: float
    tokens: int
    calls_ms: list[float] = field(repr=False)
    repeated: int = 0
    """Sentences the service translated twice, as it does where the first time ended in a loop."""
    tokens_in: int = 0
    """Of the prompts, where they were counted."""

    @property
    def tokens_per_s(self) -> float:
        return self.tokens / self.seconds

    @property
    def sentences_per_s(self) -> float:
        return self.sentences / self.seconds

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.calls_ms)


def sentences(count: int) -> list[Sentence]:
    """So many, the same ones each time; they repeat when there are not enough."""
    lines = _SENTENCES.read_text(encoding="utf-8").splitlines()
    known = [Sentence(*line.split("\t")) for line in lines]
    return [known[place % len(known)] for place in range(count)]
