import asyncio
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from bentos.contract import Answer, Call, Reason
from bentos.errors import BackendError
from bentos.gateway import metrics
from bentos.gateway.asking import Asker
from bentos.gateway.cache import Cache, MemoryCache
from bentos.gateway.configuration import Configuration
from bentos.gateway.routes import Attempt
from models.base.exceptions import (
    EmptyTextError,
    ModelNotReadyError,
    OverloadedError,
)
from tests.bentos.gateway.services import Exchange, Service, hang, reset
from tests.bentos.gateway.speaking import Speaker, configured, fleet_of, request, response, served

CALL = Call(caller="someone", request_id="r-1")
ATTEMPT = Attempt(model="nllb", reason=Reason.SPLIT, arm="nllb")


class Front:
    """An asker of one model, and what is behind it."""

    def __init__(self, asker: Asker, speaker: Speaker, service: Service) -> None:
        self.asker = asker
        self.speaker = speaker
        self.service = service

    async def ask(self, text: str = "hello", source: str = "en") -> Answer:
        return await self.asker.ask(request(text, source), CALL, ATTEMPT)


async def front_of(cache: Cache | None) -> AsyncIterator[Front]:
    speaker = Speaker("nllb")
    async with served(speaker) as services, fleet_of(configured(services)) as fleet:
        yield Front(Asker(fleet, cache, 5), speaker, services["nllb"])


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    async for front in front_of(None):
        yield front


@pytest.fixture
async def keeping() -> AsyncIterator[Front]:
    async for front in front_of(MemoryCache(max_entries=10, max_bytes=100_000, ttl_s=60)):
        yield front


def counted(outcome: str) -> float:
    """Texts that came to this so far."""
    count: float = metrics.REQUESTS.labels("nllb", outcome)._value.get()
    return count


async def test_an_answer_says_who_spoke_and_why(front: Front) -> None:
    before = counted("ok")
    answer = await front.ask()
    assert answer.response.translated_text == "nllb: hello"
    assert (answer.model, answer.reason, answer.arm) == ("nllb", Reason.SPLIT, "nllb")
    assert answer.cache is None
    assert not front.asker.keeps
    assert counted("ok") == before + 1


async def test_an_error_is_counted_by_its_code(front: Front) -> None:
    before = counted("overloaded")
    front.speaker.translating = lambda _: OverloadedError("full")
    with pytest.raises(OverloadedError):
        await front.ask()
    assert counted("overloaded") == before + 1


async def test_a_caller_that_leaves_is_no_error(front: Front) -> None:
    before = counted("cancelled")
    front.speaker.instead = hang
    task = asyncio.create_task(front.ask())
    await front.service.until(lambda: front.speaker.texts != [])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert counted("cancelled") == before + 1


async def test_what_nobody_foresaw_is_counted_too() -> None:
    class Broken(MemoryCache):
        @override
        async def get(self, key: str) -> None:
            raise ZeroDivisionError(key)

    cache = Broken(max_entries=1, max_bytes=1, ttl_s=1)
    before = counted("internal")
    async for front in front_of(cache):
        with pytest.raises(ZeroDivisionError):
            await front.ask()
    assert counted("internal") == before + 1


async def test_a_model_taken_out_since_the_plan_was_made_is_not_the_callers_fault(
    front: Front,
) -> None:
    gone = Attempt(model="gone", reason=Reason.FIRST)
    with pytest.raises(ModelNotReadyError, match="taken out"):
        await front.asker.ask(request(), CALL, gone)


async def test_a_batch_is_one_request_and_each_item_an_outcome(front: Front) -> None:
    before = counted("ok"), counted("empty_text")
    front.speaker.translating = lambda asked: (
        EmptyTextError("blank") if asked["text"] == "b" else front.speaker.say(asked)
    )
    items = [(request(text), ATTEMPT) for text in "abc"]
    first, second, third = await front.asker.ask_batch("nllb", items, CALL)
    assert isinstance(first, Answer)
    assert isinstance(second, EmptyTextError)
    assert isinstance(third, Answer)
    assert third.response.translated_text == "nllb: c"
    assert third.arm == "nllb"
    assert front.speaker.texts == [["a", "b", "c"]]
    assert (counted("ok"), counted("empty_text")) == (before[0] + 2, before[1] + 1)


async def test_a_batch_of_which_none_was_tried_raises(front: Front) -> None:
    before = counted("backend")
    front.speaker.instead = reset
    with pytest.raises(BackendError):
        await front.asker.ask_batch("nllb", [(request(), ATTEMPT)] * 3, CALL)
    assert counted("backend") == before + 3


async def test_a_cancelled_batch_is_counted_and_leaves_nothing_under_way(front: Front) -> None:
    before, left = counted("cancelled"), asyncio.Event()

    async def wait(exchange: Exchange) -> None:
        await exchange.gone()
        left.set()

    front.speaker.instead = wait
    items = [(request(), ATTEMPT)] * 2
    task = asyncio.create_task(front.asker.ask_batch("nllb", items, CALL))
    await front.service.until(lambda: front.speaker.texts != [])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(left.wait(), 5)
    assert counted("cancelled") == before + 2


async def test_a_stream_read_to_its_end_is_counted_as_answered(front: Front) -> None:
    before = counted("ok"), counted("cancelled")
    async with front.asker.stream(request(), CALL, ATTEMPT) as chunks:
        whole = b"".join([chunk async for chunk in chunks])
        assert counted("ok") == before[0]
    assert whole.startswith(b"event: segment\ndata: nllb: hello\n\n")
    assert (counted("ok"), counted("cancelled")) == (before[0] + 1, before[1])


async def test_a_stream_that_is_left_is_counted_as_that(front: Front) -> None:
    before = counted("ok"), counted("cancelled")
    async with front.asker.stream(request(), CALL, ATTEMPT) as chunks:
        await anext(chunks)
    assert (counted("ok"), counted("cancelled")) == (before[0], before[1] + 1)


async def test_a_stream_that_does_not_begin_raises(front: Front) -> None:
    before = counted("overloaded")
    front.speaker.translating = lambda _: OverloadedError("full")
    with pytest.raises(OverloadedError):
        async with front.asker.stream(request(), CALL, ATTEMPT):
            raise AssertionError
    assert counted("overloaded") == before + 1


async def test_a_stream_that_breaks_off_is_counted_though_its_reader_keeps_that_to_himself(
    front: Front,
) -> None:
    async def broken(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(b"one")
        exchange.close()

    before = counted("backend"), counted("ok")
    front.speaker.instead = broken
    async with front.asker.stream(request(), CALL, ATTEMPT) as chunks:
        assert await anext(chunks) == b"one"
        with pytest.raises(BackendError):
            await anext(chunks)
    assert (counted("backend"), counted("ok")) == (before[0] + 1, before[1])


async def test_what_was_translated_is_not_translated_again(keeping: Front) -> None:
    assert keeping.asker.keeps
    first, again, otherwise = [await keeping.ask(source=code) for code in ("en", "eng", "de")]
    assert (first.cache, again.cache, otherwise.cache) == ("miss", "hit", "miss")
    assert first.response == again.response
    assert keeping.speaker.texts == ["hello"] * 2


async def test_a_source_to_be_detected_is_another_key_and_an_unknown_one_too(
    keeping: Front,
) -> None:
    for code in ("en", "auto", " AUTO ", "xx-unknown"):
        await keeping.ask(source=code)
    assert len(keeping.speaker.texts) == 3


async def test_equal_requests_at_once_are_asked_once(keeping: Front) -> None:
    answers = await asyncio.gather(*(keeping.ask() for _ in range(4)))
    assert sorted(str(answer.cache) for answer in answers) == ["hit", "hit", "hit", "miss"]
    assert keeping.speaker.texts == ["hello"]


async def test_a_failure_is_not_kept(keeping: Front) -> None:
    keeping.speaker.translating = lambda _: OverloadedError("full")
    for _ in range(2):
        with pytest.raises(OverloadedError):
            await keeping.ask()
    assert len(keeping.speaker.texts) == 2


FIRST, SECOND = b'{"name": "nllb"}', b'{"name": "nllb", "weights_revision": "two"}'


async def restarted(front: Front, model: bytes) -> None:
    """The service has come back as another one, and the gateway has seen that."""
    front.service.ready = False
    await polled(front, "/health")
    front.service.model, front.service.ready = model, True
    await polled(front, "/languages")
    await polled(front, "/readyz")


async def polled(front: Front, path: str) -> None:
    seen = len(front.service.polls)
    await front.service.until(lambda: path in [one.path for one in front.service.polls[seen:]])


async def test_another_version_never_gives_this_ones_text(keeping: Front) -> None:
    assert (await keeping.ask()).response.translated_text == "nllb: hello"
    await restarted(keeping, SECOND)
    keeping.speaker.translating = lambda _: response("of version two")
    answer = await keeping.ask()
    assert (answer.cache, answer.response.translated_text) == ("miss", "of version two")
    assert (await keeping.ask()).cache == "hit"


async def test_what_was_asked_of_a_version_that_has_gone_is_not_kept(keeping: Front) -> None:
    going = asyncio.Event()

    async def late(exchange: Exchange) -> None:
        await going.wait()
        await exchange.reply(200, response("of either").model_dump_json().encode())

    keeping.speaker.instead = late
    asking = asyncio.create_task(keeping.ask())
    await keeping.service.until(lambda: keeping.speaker.texts != [])
    await restarted(keeping, SECOND)
    going.set()
    assert (await asking).response.translated_text == "of either"
    await restarted(keeping, FIRST)
    keeping.speaker.instead = None
    assert (await keeping.ask()).cache == "miss"


async def test_where_two_versions_run_side_by_side_both_are_in_the_key() -> None:
    speaker = Speaker("nllb")
    async with served(speaker) as found, Service(speaker) as other:
        other.model, urls = SECOND, [found["nllb"].url, other.url]
        cache = MemoryCache(max_entries=10, max_bytes=100_000, ttl_s=60)
        for backends, expected in ((urls, "miss"), (urls[:1], "miss"), (urls[::-1], "hit")):
            configuration = Configuration.model_validate({"backends": {"nllb": {"urls": backends}}})
            async with fleet_of(configuration) as fleet:
                answer = await Asker(fleet, cache, 5).ask(request(), CALL, ATTEMPT)
                assert answer.cache == expected
