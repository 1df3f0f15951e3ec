"""Callers whose answers may be errors, which are counted; chooses nothing of what is asked."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from typing_extensions import override

from load_tests.benchmarks.callers import Question, Translate, WrongAnswerError
from load_tests.benchmarks.workload import Run, Sentence

_FAILURES = (WrongAnswerError, aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError)
_PERCENT = 100


@dataclass(frozen=True)
class Asked(Run):
    """A round; `calls_ms` are those of translations, `errors` what else came, by what it was."""

    errors: Mapping[str, int] = field(default_factory=dict)
    between_s: float = 0.0
    """The processor's time of what stands between the callers and the backend."""

    @property
    def between_ms(self) -> float:
        """The same for each call."""
        return 1000 * self.between_s / (self.sentences + self.failed)

    @property
    def failed(self) -> int:
        return sum(self.errors.values())

    @property
    def p95_ms(self) -> float:
        ordered = sorted(self.calls_ms)
        return ordered[min(len(ordered) - 1, 95 * len(ordered) // _PERCENT)]


@dataclass(frozen=True)
class Shaped(Translate):
    """Our question, at the gateway's path and of one of its models."""

    model: str | None = None

    @override
    def body(self, one: Sentence) -> Mapping[str, Any]:
        asked = super().body(one)
        return asked if self.model is None else {**asked, "model": self.model}


def run(url: str, todo: Iterable[Sentence], callers: int, question: Question) -> Asked:
    """The sentences, asked one a request by so many callers at once.

    Raises:
        WrongAnswerError: None was translated.
    """
    return asyncio.run(_run(url, iter(todo), callers, question))


async def _run(url: str, todo: Iterator[Sentence], callers: int, question: Question) -> Asked:
    spent_ms: list[float] = []
    errors: Counter[str] = Counter()
    async with aiohttp.ClientSession(
        url, connector=aiohttp.TCPConnector(limit=callers), timeout=aiohttp.ClientTimeout(600)
    ) as session:
        # Opened before the clock starts, as a caller's connections are.
        await asyncio.gather(*(_open(session, question) for _ in range(callers)))
        began = time.perf_counter()
        calls = (_call(session, todo, question, spent_ms, errors) for _ in range(callers))
        await asyncio.gather(*calls)
        seconds = time.perf_counter() - began
    if not spent_ms:
        raise WrongAnswerError(f"{url} translated nothing: {dict(errors)}")
    return Asked(len(spent_ms), seconds, 0, spent_ms, errors=dict(errors))


async def _open(session: aiohttp.ClientSession, question: Question) -> None:
    async with session.get(question.probe) as answer:
        await answer.read()


async def _call(
    session: aiohttp.ClientSession,
    todo: Iterator[Sentence],
    question: Question,
    spent_ms: list[float],
    errors: Counter[str],
) -> None:
    for one in todo:
        began = time.perf_counter()
        try:
            async with session.post(question.path, json=question.body(one)) as answer:
                found = await answer.json(content_type=None)
            spent = 1000 * (time.perf_counter() - began)
            question.read(answer.status, found)
        except _FAILURES as error:
            errors[_named(error)] += 1
        else:
            spent_ms.append(spent)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:160]}"
