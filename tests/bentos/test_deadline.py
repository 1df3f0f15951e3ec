import asyncio

import pytest

from bentos.deadline import within
from models.base.exceptions import DeadlineExceededError


async def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(DeadlineExceededError, match=r"0\.01 seconds") as raised:
        async with within(0.01):
            await asyncio.Event().wait()
    assert raised.value.details == {"timeout_s": 0.01}


async def test_a_caller_that_leaves_is_told_apart() -> None:
    seen: list[bool] = []

    async def work() -> None:
        async with within(60) as limit:
            try:
                await asyncio.Event().wait()
            finally:
                seen.append(limit.expired())

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == [False]


async def test_a_timeout_of_somebody_else_is_no_deadline() -> None:
    async def late() -> None:
        async with within(5):
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await late()
