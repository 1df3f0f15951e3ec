"""Callers of a server over HTTP, each asking again as soon as it has its answer."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from load_tests.benchmarks.workload import Run, Sentence

# The service translates a segment again before it says this.
_AGAIN = frozenset({"repetition", "empty_output"})


class WrongAnswerError(RuntimeError):
    """The server did something else than what it is compared with."""


@dataclass(frozen=True)
class Answer:
    """What an answer says of the work that was done for it."""

    tokens_in: int
    tokens: int
    repeated: bool = False


class Question(Protocol):
    """How a server is asked for a sentence's translation."""

    @property
    def path(self) -> str: ...

    @property
    def probe(self) -> str:
        """Where the server answers at once."""

    def body(self, one: Sentence) -> Mapping[str, Any]: ...

    def read(self, status: int, found: Mapping[str, Any]) -> Answer:
        """Raises `WrongAnswerError`."""


@dataclass(frozen=True)
class Translate:
    """Our services' question."""

    options: Mapping[str, Any]
    max_tokens: int
    path: str = "/translate"
    probe: str = "/livez"

    def body(self, one: Sentence) -> Mapping[str, Any]:
        return {
            "text": one.text,
            "source_lang": one.source,
            "target_lang": one.target,
            "options": {**self.options, "max_output_tokens": self.max_tokens},
        }

    def read(self, status: int, found: Mapping[str, Any]) -> Answer:
        if status != 200 or found["metadata"]["segments"] != 1:  # noqa: PLR2004
            raise WrongAnswerError(f"Not one segment, translated: {status} {found}")
        codes = {warning["code"] for warning in found["warnings"]}
        counts = found["metadata"]
        tokens = min(counts["tokens_out"], self.max_tokens)
        return Answer(counts["tokens_in"], tokens, bool(codes & _AGAIN))


def run(url: str, todo: Sequence[Sentence], callers: int, question: Question) -> Run:
    """The sentences, asked one a request by so many callers at once."""
    return asyncio.run(_run(url, todo, callers, question))


async def _run(url: str, todo: Sequence[Sentence], callers: int, question: Question) -> Run:
    answers: list[tuple[float, Answer]] = []
    queue = iter(todo)
    async with aiohttp.ClientSession(
        url, connector=aiohttp.TCPConnector(limit=callers), timeout=aiohttp.ClientTimeout(600)
    ) as session:
        # Opened before the clock starts, as a caller's connections are.
        await asyncio.gather(*(_open(session, question) for _ in range(callers)))
        began = time.perf_counter()
        await asyncio.gather(*(_call(session, queue, question, answers) for _ in range(callers)))
        seconds = time.perf_counter() - began
    return Run(
        sentences=len(todo),
        seconds=seconds,
        tokens=sum(answer.tokens for _, answer in answers),
        calls_ms=[spent_ms for spent_ms, _ in answers],
        repeated=sum(answer.repeated for _, answer in answers),
        tokens_in=sum(answer.tokens_in for _, answer in answers),
    )


async def _open(session: aiohttp.ClientSession, question: Question) -> None:
    async with session.get(question.probe) as answer:
        await answer.read()


async def _call(
    session: aiohttp.ClientSession,
    queue: Iterator[Sentence],
    question: Question,
    answers: list[tuple[float, Answer]],
) -> None:
    for one in queue:
        began = time.perf_counter()
        async with session.post(question.path, json=question.body(one)) as answer:
            found = await answer.json()
            spent_ms = 1000 * (time.perf_counter() - began)
        answers.append((spent_ms, question.read(answer.status, found)))
