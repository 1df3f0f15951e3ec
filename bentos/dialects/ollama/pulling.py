"""Weights brought here or taken away, as Ollama's clients ask for it; what that is, others know."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final, TypeVar

from bentos.dialects.ollama.names import in_catalogue
from bentos.dialects.ollama.responses import Progress
from bentos.dialects.streamed import json_line
from bentos.management.errors import PullFailedError, UnknownModelError
from bentos.management.manager import Manager
from bentos.management.progress import lines
from bentos.management.shapes import PullBody, PullEvent

Result = TypeVar("Result")

_SUCCESS: Final = Progress(status="success")


async def named(manager: Manager, name: str) -> PullBody:
    """The model of the catalogue, before anything is begun.

    Raises:
        UnknownModelError, NotServableError: naming it.
    """

    def check(found: str) -> PullBody:
        body = PullBody(model=found)
        manager.check_pull(body)
        return body

    return await asyncio.to_thread(_first, name, check)


async def remove(manager: Manager, name: str) -> None:
    """Deletes a model's weights; raises as `Manager.remove` does."""
    await asyncio.to_thread(_first, name, manager.remove)


async def progress(manager: Manager, body: PullBody) -> AsyncGenerator[Progress, None]:
    """A pull's progress; closing it cancels the pull.

    Raises:
        PullFailedError: It failed; says why.
    """
    async with aclosing(lines(manager, body)) as events:
        async for line in events:
            event = PullEvent.model_validate_json(line)
            if event.status == "failed":
                raise PullFailedError(event.message)
            for each in _of(event):
                yield each


async def ended(manager: Manager, body: PullBody) -> Progress:
    """The last of a pull's progress; raises as `progress` does."""
    last = _SUCCESS
    async with aclosing(progress(manager, body)) as events:
        async for each in events:
            last = each
    return last


async def progress_lines(manager: Manager, body: PullBody) -> AsyncGenerator[str, None]:
    """The same, a line each."""
    async with aclosing(progress(manager, body)) as events:
        async for each in events:
            yield json_line(each.model_dump(exclude_none=True))


def _of(event: PullEvent) -> list[Progress]:
    if event.status == "started":
        return [Progress(status="pulling manifest")]
    if event.status == "installed":
        return [Progress(status="verifying sha256 digest"), _SUCCESS]
    if event.status == "message":
        return [Progress(status=event.message)]
    # Their clients tell the bars of several files apart by the digest.
    return [
        Progress(
            status=f"pulling {event.file}",
            digest=event.file,
            total=event.total,
            completed=event.completed,
        )
    ]


def _first(name: str, work: Callable[[str], Result]) -> Result:
    """What comes of the first of a model's possible names that is one."""
    for found in in_catalogue(name):
        try:
            return work(found)
        except UnknownModelError:
            continue
    raise UnknownModelError(name)
