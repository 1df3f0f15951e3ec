import asyncio
import logging

import pytest

from models.base.serving import Pace, RunningTexts


async def test_draining_waits_for_the_last_text() -> None:
    texts = RunningTexts()
    with texts.one():
        with texts.one():
            draining = asyncio.create_task(texts.drain(20))
        await asyncio.sleep(0)
        assert not draining.done()
    await draining


async def test_draining_gives_up_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    texts = RunningTexts()
    with texts.one(), caplog.at_level(logging.WARNING):
        await texts.drain(0.01)
    assert "1 texts were still being translated" in caplog.text


async def test_a_text_that_fails_is_counted_out() -> None:
    texts = RunningTexts()

    def fail() -> None:
        with texts.one():
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    await asyncio.wait_for(texts.drain(20), 20)


def test_the_time_to_wait_follows_the_pace_within_bounds() -> None:
    pace = Pace()
    assert pace.retry_after_s(1000) == 1
    pace.learn(0.5)
    assert pace.retry_after_s(10) == 5
    for _ in range(100):
        pace.learn(2)
    assert pace.retry_after_s(10) == 20
    assert pace.retry_after_s(10_000) == 60
