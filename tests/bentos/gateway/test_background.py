import asyncio
from collections.abc import Iterator

import pytest

from bentos.gateway.background import Background, begun
from common.logs import request_id


@pytest.fixture(autouse=True)
def request_of_somebody() -> Iterator[None]:
    token = request_id.set("of-a-request")
    yield
    request_id.reset(token)


async def seen() -> str | None:
    return request_id.get()


async def test_a_task_knows_nothing_of_the_request_that_began_it() -> None:
    assert await asyncio.create_task(seen()) == "of-a-request"
    assert await begun(seen()) is None


async def test_tasks_are_kept_until_they_end() -> None:
    background, ended = Background(), list[str | None]()

    async def work() -> None:
        await asyncio.sleep(0)
        ended.append(request_id.get())

    async def fail() -> None:
        raise ValueError

    for one in (work(), fail(), work()):
        background.start(one)
    await background.finish()
    assert ended == [None, None]
    await background.cancel()


async def test_cancelling_waits_for_their_ends() -> None:
    background, ended = Background(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    background.start(work())
    await asyncio.sleep(0)
    await background.cancel()
    assert ended.is_set()
