"""Callers of the service over HTTP, each asking again as soon as it has its answer."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from load_tests.benchmarks.workload import Run, Sentence, Work, sentences

# The service translates a segment again before it says this.
_AGAIN = frozenset({"repetition", "empty_output"})


class WrongAnswerError(RuntimeError):
    """The service did something else than what it is compared with."""


@dataclass(frozen=True)
class _Answer:
    spent_ms: float
    tokens: int
    repeated: bool


def run(url: str, count: int, callers: int, work: Work) -> Run:
    """The first `count` sentences, asked one a request by so many callers at once."""
    return asyncio.run(_run(url, sentences(count), callers, work))


async def _run(url: str, todo: list[Sentence], callers: int, work: Work) -> Run:
    answers: list[_Answer] = []
    queue = iter(todo)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=callers)) as session:
        # Opened before the clock starts, as a caller's connections are.
        await asyncio.gather(*(_open(session, url) for _ in range(callers)))
        began = time.perf_counter()
        await asyncio.gather(*(_call(session, url, queue, work, answers) for _ in range(callers)))
        seconds = time.perf_counter() - began
    return Run(
        sentences=len(todo),
        seconds=seconds,
        tokens=sum(min(answer.tokens, work.max_tokens) for answer in answers),
        calls_ms=[answer.spent_ms for answer in answers],
        repeated=sum(answer.repeated for answer in answers),
    )


async def _open(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(f"{url}/livez") as answer:
        await answer.read()


async def _call(
    session: aiohttp.ClientSession,
    url: str,
    queue: Iterator[Sentence],
    work: Work,
    answers: list[_Answer],
) -> None:
    for one in queue:
        began = time.perf_counter()
        async with session.post(f"{url}/translate", json=_request(one, work)) as answer:
            found = await answer.json()
            spent_ms = 1000 * (time.perf_counter() - began)
        answers.append(_answer(spent_ms, answer.status, found))


def _request(one: Sentence, work: Work) -> dict[str, Any]:
    options = {"beam_size": work.beam, "max_output_tokens": work.max_tokens}
    return {
        "text": one.text,
        "source_lang": one.source,
        "target_lang": one.target,
        "options": options,
    }


def _answer(spent_ms: float, status: int, found: dict[str, Any]) -> _Answer:
    if status != 200 or found["metadata"]["segments"] != 1:  # noqa: PLR2004
        raise WrongAnswerError(f"Not one segment, translated: {status} {found}")
    codes = {warning["code"] for warning in found["warnings"]}
    return _Answer(spent_ms, found["metadata"]["tokens_out"], bool(codes & _AGAIN))
