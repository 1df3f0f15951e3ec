import asyncio

import pytest

from bentos.contract import Answer, Call, Reason
from bentos.errors import BackendError, BodyTooLargeError, InvalidRequestError
from bentos.gateway.asking import Outcome
from bentos.management.errors import UnknownModelError
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    LinguaNexusError,
    OverloadedError,
    TranslationError,
)
from tests.bentos.gateway.routing import CALL, CASCADE, Town, town
from tests.bentos.gateway.services import Answer as Answering
from tests.bentos.gateway.services import Exchange, reset
from tests.bentos.gateway.speaking import Outcome as Reply
from tests.bentos.gateway.speaking import answer, answer_batch, request, response, warning

NAMED = {name: Call(model=name, caller="someone") for name in ("one", "two", "three")}


async def batch(place: Town, texts: str) -> list[Outcome]:
    return await place.models.translate_batch([request(text) for text in texts], CALL)


def said(outcomes: list[Outcome]) -> list[str]:
    """The texts, or the errors' codes."""
    return [
        one.response.translated_text if isinstance(one, Answer) else one.code for one in outcomes
    ]


async def test_many_texts_are_one_request_and_come_back_in_order() -> None:
    async with town() as place:
        assert said(await batch(place, "abc")) == ["one: a", "one: b", "one: c"]
        assert place.one.texts == [["a", "b", "c"]]


async def test_one_text_is_asked_as_one_and_none_as_none() -> None:
    async with town() as place:
        assert said(await batch(place, "a")) == ["one: a"]
        assert await batch(place, "") == []
        assert place.one.texts == ["a"]


async def test_each_model_is_asked_once_and_the_order_is_the_callers() -> None:
    async with town() as place:
        names = ["two", "one", "three", "two", "one"]
        items = [(request(text), NAMED[name]) for text, name in zip("abcde", names, strict=True)]
        outcomes = await place.models.translate_mixed(items)
        assert said(outcomes) == ["two: a", "one: b", UnknownModelError.code, "two: d", "one: e"]
        assert (place.one.texts, place.two.texts) == ([["b", "e"]], [["a", "d"]])


async def test_what_fails_goes_on_alone() -> None:
    async with town(**CASCADE) as place:
        replies: dict[str, Reply] = {
            "a": TranslationError("beaten"),
            "b": EmptyTextError("blank"),
            "c": response("one: c", "one"),
            "d": response("one: d", "one", warnings=[warning("truncated")]),
        }
        place.one.translating = lambda asked: replies[asked["text"]]
        outcomes = await batch(place, "abcd")
        assert said(outcomes) == ["two: a", "empty_text", "one: c", "two: d"]
        reasons = [one.reason for one in outcomes if isinstance(one, Answer)]
        assert reasons == [Reason.ERROR, Reason.FIRST, Reason.WARNING]
        assert place.one.texts == [["a", "b", "c", "d"]]
        assert sorted(map(str, place.two.texts)) == ["a", "d"]


async def test_one_that_nobody_translates_leaves_the_others_alone() -> None:
    async with town(**CASCADE) as place:
        for speaker in (place.one, place.two):
            speaker.translating = lambda asked: (
                OverloadedError("full") if asked["text"] == "b" else response("good")
            )
        assert said(await batch(place, "abc")) == ["good", "overloaded", "good"]


async def too_few(exchange: Exchange) -> None:
    await answer_batch(exchange, [response("x")])


@pytest.mark.parametrize("broken", [too_few, reset], ids=lambda one: one.__name__)
async def test_a_model_that_does_not_answer_the_batch_is_followed_by_the_next(
    broken: Answering,
) -> None:
    async with town(**CASCADE) as place:
        place.one.instead = broken
        assert said(await batch(place, "abc")) == ["two: a", "two: b", "two: c"]
        assert place.one.texts == [["a", "b", "c"]]
    async with town() as place:
        place.one.instead = broken
        assert said(await batch(place, "ab")) == [BackendError.code] * 2


@pytest.mark.parametrize("error", [BodyTooLargeError(9), InvalidRequestError("no")], ids=repr)
async def test_texts_refused_together_are_tried_one_by_one(error: LinguaNexusError) -> None:
    async with town() as place:

        async def refuse(exchange: Exchange) -> None:
            if exchange.request.path == "/translate/batch":
                await answer(exchange, error)
            else:
                await answer(exchange, response("alone"))

        place.one.instead = refuse
        assert said(await batch(place, "abc")) == ["alone"] * 3
        assert place.one.texts[0] == ["a", "b", "c"]
        assert sorted(map(str, place.one.texts[1:])) == ["a", "b", "c"]


async def test_a_batch_that_is_cancelled_leaves_nothing_under_way() -> None:
    left = {"one": asyncio.Event(), "two": asyncio.Event()}

    def waiting(name: str) -> Answering:
        async def wait(exchange: Exchange) -> None:
            await exchange.gone()
            left[name].set()

        return wait

    async with town() as place:
        place.one.instead, place.two.instead = waiting("one"), waiting("two")
        items = [(request(text), NAMED[name]) for text in "ab" for name in ("one", "two")]
        task = asyncio.create_task(place.models.translate_mixed(items))
        await place.services["one"].until(lambda: place.one.texts != [])
        await place.services["two"].until(lambda: place.two.texts != [])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            for event in left.values():
                await event.wait()
            for name in left:
                async with place.fleet.reach(name) as backend:
                    assert [one.outstanding for one in backend.endpoints()] == [0]


async def test_a_batch_of_a_model_too_slow_to_begin_ends_with_its_callers() -> None:
    async with town(timeout_s=0.1) as place:
        began = asyncio.get_running_loop().time()
        never = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            del exchange
            await never.wait()

        place.one.instead = wait
        assert said(await batch(place, "ab")) == [DeadlineExceededError.code] * 2
        assert asyncio.get_running_loop().time() - began < 3
