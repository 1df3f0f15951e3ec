import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from bentos.contract import Answer, Call
from bentos.errors import BackendError, QuotaExceededError
from bentos.gateway.metered import MeteredModels
from bentos.gateway.quotas import Quotas, limits
from models.base.exceptions import OverloadedError
from tests.bentos.gateway.routing import CALL, Town, town
from tests.bentos.gateway.services import Exchange, hang
from tests.bentos.gateway.speaking import request

OTHER = Call(caller="another")


class Office:
    """Metered models, what was counted, and what is behind them."""

    def __init__(self, place: Town) -> None:
        self.place = place
        self.quotas = Quotas(None, limits(10), now=lambda: datetime(2030, 1, 1, tzinfo=UTC))
        self.models = MeteredModels(place.models, self.quotas)

    @property
    def used(self) -> int:
        return self.quotas.used(CALL.caller)

    def fail(self, *texts: str) -> None:
        self.place.one.translating = lambda asked: (
            OverloadedError("full") if asked["text"] in texts else self.place.one.say(asked)
        )

    @asynccontextmanager
    async def under_way(self) -> AsyncIterator[None]:
        """Until the model has been asked, which does not answer."""
        self.place.one.instead = hang
        yield
        await self.place.services["one"].until(lambda: self.place.one.texts != [])


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with town() as place:
        yield Office(place)


async def test_what_is_translated_is_charged_to_its_caller(office: Office) -> None:
    answer = await office.models.translate(request("hello"), CALL)
    assert answer.response.translated_text == "one: hello"
    assert (office.used, office.quotas.used("another")) == (5, 0)
    await office.models.translate(request("hello"), CALL)
    with pytest.raises(QuotaExceededError) as refused:
        await office.models.translate(request("x"), CALL)
    assert refused.value.details["left"] == 0
    assert len(office.place.one.texts) == 2
    await office.models.translate(request("hello"), OTHER)


async def test_a_failure_costs_nothing(office: Office) -> None:
    office.fail("hello")
    with pytest.raises(OverloadedError):
        await office.models.translate(request("hello"), CALL)
    assert office.used == 0


async def test_nor_does_what_is_given_up(office: Office) -> None:
    async with office.under_way():
        one = asyncio.create_task(office.models.translate(request("abcd"), CALL))
        many = asyncio.create_task(office.models.translate_batch([request("ab")] * 3, CALL))
    assert office.used == 10
    for task in (one, many):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert office.used == 0


async def test_each_text_of_a_batch_is_charged_alone(office: Office) -> None:
    office.fail("bbb")
    texts = ["aaa", "bbb", "c" * 5, "d" * 4]
    requests = [request(text) for text in texts]
    first, failed, refused, last = await office.models.translate_batch(requests, CALL)
    assert isinstance(first, Answer)
    assert isinstance(failed, OverloadedError)
    assert isinstance(refused, QuotaExceededError)
    assert isinstance(last, Answer)
    assert last.response.translated_text == "one: dddd"
    assert office.used == 7
    assert office.place.one.texts == [["aaa", "bbb", "dddd"]]


async def test_each_text_of_a_mixed_batch_is_its_own_callers(office: Office) -> None:
    items = [(request("abcd"), CALL), (request("abcdef"), OTHER), (request("abcdefg"), CALL)]
    outcomes = await office.models.translate_mixed(items)
    assert [isinstance(one, Answer) for one in outcomes] == [True, True, False]
    assert (office.used, office.quotas.used("another")) == (4, 6)


async def test_a_batch_that_nobody_may_have_asks_nobody(office: Office) -> None:
    outcomes = await office.models.translate_batch([request("x" * 11)] * 2, CALL)
    assert [type(one) for one in outcomes] == [QuotaExceededError] * 2
    assert office.place.one.texts == []


async def test_a_stream_that_has_begun_is_paid_for(office: Office) -> None:
    async with office.models.stream(request("hello"), CALL) as streamed:
        assert await anext(streamed.chunks)
    assert office.used == 5

    async def broken(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(b"one")
        exchange.close()

    office.place.one.instead = broken
    with pytest.raises(BackendError):
        async with office.models.stream(request("abc"), CALL) as streamed:
            assert [chunk async for chunk in streamed.chunks]
    assert office.used == 8


async def test_a_stream_that_never_began_costs_nothing(office: Office) -> None:
    office.fail("hello")
    with pytest.raises(OverloadedError):
        async with office.models.stream(request("hello"), CALL):
            raise AssertionError
    assert office.used == 0
    with pytest.raises(QuotaExceededError):
        async with office.models.stream(request("x" * 11), CALL):
            raise AssertionError


async def test_all_else_is_free(office: Office) -> None:
    assert (await office.models.detect("Guten Morgen zusammen", CALL)).language == "deu_Latn"
    assert [state.name for state in office.models.states()] == ["one", "two"]
    assert (await office.models.load("one")).name == "one"
    assert (await office.models.unload("two")).name == "two"
    assert office.models.keep_alive("two", 5).name == "two"
    assert office.used == 0
