import asyncio
from contextlib import aclosing

import pytest

from models.base.exceptions import TranslationError
from models.base.guarded_model import GuardedModel
from tests.models.base.lossy import PAIR, LossyModel, translated


async def test_segments_stay_in_order_and_later_ones_are_read_meanwhile() -> None:
    model = LossyModel()
    held = model.held["Hi 8473"] = asyncio.Event()
    stream = GuardedModel(model).stream("First\nHi {name}\nThird %s\nLast", *PAIR)
    async with aclosing(stream) as segments:
        assert (await anext(segments)).text == "FIRST"
        second = asyncio.create_task(anext(segments))
        await model.until_asked("Last")
        await model.until_asked("Third 8473")
        assert not second.done()
        held.set()
        assert (await second).text == "HI {name}"
        assert [one.text async for one in segments] == ["THIRD %s", "LAST"]


async def test_segment_that_fails_comes_after_those_before_it() -> None:
    model, seen = LossyModel({"Bad": TranslationError("It broke.")}), list[str]()

    async def read() -> None:
        async for segment in GuardedModel(model).stream("Hi {name}\nBad", *PAIR):
            seen.append(segment.text)

    with pytest.raises(TranslationError):
        await read()
    assert seen == ["HI {name}"]


@pytest.mark.parametrize("held", ["Hi 8473", "Hi {name}", "Last %s"])
async def test_caller_who_leaves_takes_with_him_what_is_being_mended(held: str) -> None:
    model = LossyModel()
    model.held[held] = asyncio.Event()
    task = asyncio.create_task(translated(model, "Hi {name}\nLast %s"))
    await model.until_asked(held)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.cancelled == [held]
    assert len(asyncio.all_tasks()) == 1


async def test_stream_that_is_closed_early_ends_what_is_in_work() -> None:
    model = LossyModel()
    model.held["Two 8473"] = asyncio.Event()
    stream = GuardedModel(model).stream("One\nTwo {x}\nThree", *PAIR)
    assert (await anext(stream)).text == "ONE"
    await stream.aclose()
    assert model.closed == 1
    assert len(asyncio.all_tasks()) == 1
