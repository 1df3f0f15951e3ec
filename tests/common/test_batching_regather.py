"""What happens right after a batch of several callers: they are waited for, but not for long."""

import asyncio

import pytest

from common import batching
from common.batching import Batcher


class Engine:
    """Says that each batch took 1,000 seconds, so that the next may be waited for for 50."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self._now = 0.0
        monkeypatch.setattr(batching, "monotonic", lambda: self._now)

    async def run(self, items: list[int]) -> list[int]:
        self.sizes.append(len(items))
        self._now += 1000
        return items


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    return Engine(monkeypatch)


@pytest.fixture
def batcher(engine: Engine) -> Batcher[int, int]:
    return Batcher(engine.run, max_items=8, max_cost=100, cost=lambda _: 1, queue_size=100)


async def test_callers_answered_together_go_together_again(
    engine: Engine, batcher: Batcher[int, int]
) -> None:
    async def ask_twice(caller: int) -> None:
        for _ in range(2):
            await batcher.put([caller], caller)[0]
            for _ in range(caller):  # each is back a little later than the one before
                await asyncio.sleep(0)

    async with asyncio.timeout(20):
        asked = [asyncio.create_task(ask_twice(caller)) for caller in range(8)]
        await asyncio.sleep(0)
        batcher.start()
        await asyncio.gather(*asked)
        await batcher.close()
    assert engine.sizes == [8, 8]


async def test_a_caller_alone_waits_for_nobody(engine: Engine, batcher: Batcher[int, int]) -> None:
    batcher.start()
    async with asyncio.timeout(20):
        await asyncio.gather(*batcher.put([1, 2], "one"))
        await asyncio.gather(*batcher.put([3], "one"))
    assert engine.sizes == [2, 1]
    await batcher.close()


async def test_who_does_not_come_back_is_waited_for_only_so_long(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, batcher: Batcher[int, int]
) -> None:
    monkeypatch.setattr(batching, "_REGATHER", 1e-5)  # of 1,000 seconds
    first = [*batcher.put([1], "one"), *batcher.put([2], "two")]
    batcher.start()
    async with asyncio.timeout(20):
        await asyncio.gather(*first)
        await asyncio.gather(*batcher.put([3], "one"))
    assert engine.sizes == [2, 1]
    await batcher.close()


async def test_closing_does_not_wait_for_callers_to_come_back(
    engine: Engine, batcher: Batcher[int, int]
) -> None:
    futures = [*batcher.put([1], "one"), *batcher.put([2], "two")]
    batcher.start()
    async with asyncio.timeout(20):
        await asyncio.gather(*futures)
        await batcher.close()
    assert engine.sizes == [2]
