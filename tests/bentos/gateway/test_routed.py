import asyncio
from typing import Any

import pytest

from bentos.contract import Answer, Call, Reason
from bentos.errors import BackendError, InvalidRequestError
from bentos.gateway import metrics
from bentos.gateway.cache import MemoryCache
from bentos.management.errors import UnknownModelError
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    ModelNotReadyError,
    OverloadedError,
    TextTooLongError,
    UnsupportedLanguageError,
)
from tests.bentos.gateway.routing import CALL, CASCADE, Town, town
from tests.bentos.gateway.services import Exchange, hang, reset
from tests.bentos.gateway.speaking import Outcome, request, response, warning

SPLIT: dict[str, Any] = {"splits": [{"name": "trial", "arms": {"one": 1, "two": 1}}]}


def spoken(answer: Answer) -> tuple[str, Reason]:
    assert answer.response.translated_text.startswith(f"{answer.model}: ")
    return answer.model, answer.reason


async def asked(place: Town, model: str | None = None, source: str = "en") -> tuple[str, Reason]:
    call = Call(model=model, caller="someone")
    return spoken(await place.models.translate(request(source=source), call))


async def test_the_default_speaks_where_nothing_else_is_said() -> None:
    async with town() as place:
        assert await asked(place) == ("one", Reason.FIRST)
        assert await asked(place, "TWO") == ("two", Reason.ASKED)
        assert metrics.ANSWERS.labels("two", "asked")._value.get() >= 1


async def test_a_model_that_nobody_configured_is_unknown() -> None:
    async with town() as place:
        for asking in (
            place.models.translate(request(), Call(model="three")),
            place.models.detect("hello", Call(model="three")),
            place.models.load("three"),
            place.models.unload("three"),
        ):
            with pytest.raises(UnknownModelError):
                await asking
        with pytest.raises(UnknownModelError):
            place.models.keep_alive("three", 5)


async def test_the_next_speaks_where_the_first_is_down() -> None:
    async with town(**CASCADE) as place:
        await place.down("one")
        assert await asked(place) == ("two", Reason.HEALTH)
        assert place.one.texts == []
        with pytest.raises(ModelNotReadyError, match="one is down"):
            await asked(place, "one")
        await place.up("one")


@pytest.mark.parametrize("broken", [reset, None], ids=["reset", "overloaded"])
async def test_the_next_speaks_where_the_first_fails(broken: Any) -> None:
    async with town(**CASCADE) as place:
        place.one.instead = broken
        place.one.translating = lambda _: OverloadedError("full")
        assert await asked(place) == ("two", Reason.ERROR)


async def test_a_callers_mistake_is_told_at_once() -> None:
    async with town(**CASCADE) as place:
        place.one.translating = lambda _: TextTooLongError("long")
        with pytest.raises(TextTooLongError):
            await asked(place)
        assert place.two.texts == []


async def test_the_next_speaks_where_the_first_warns() -> None:
    warned = response("one: x", "one", warnings=[warning("truncated")])
    async with town(**CASCADE) as place:
        place.one.translating = lambda _: warned
        assert await asked(place) == ("two", Reason.WARNING)
        place.two.translating = lambda _: OverloadedError("full")
        assert await asked(place) == ("one", Reason.FIRST)


async def test_the_next_speaks_where_the_first_is_not_sure() -> None:
    unsure = response("one: x", "one", metadata={"confidence": 0.2})
    async with town(**CASCADE) as place:
        place.one.translating = lambda _: unsure
        assert await asked(place) == ("two", Reason.CONFIDENCE)


async def test_only_the_answer_that_is_given_is_counted_as_one() -> None:
    def counts() -> list[float]:
        pairs = (("one", "first"), ("two", "warning"))
        return [metrics.ANSWERS.labels(*pair)._value.get() for pair in pairs]

    async with town(**CASCADE) as place:
        place.one.translating = lambda _: response("x", warnings=[warning("truncated")])
        first, second = counts()
        await asked(place)
        assert counts() == [first, second + 1]


async def test_a_text_in_an_unknown_language_is_told_apart_where_a_route_needs_it() -> None:
    german: dict[str, Any] = {"routes": [{"source": "de", "models": ["two"]}]}
    text = "Guten Morgen, wie geht es Ihnen heute? Das Wetter ist sehr schön."
    async with town(**german) as place:
        answer = await place.models.translate(request(text, "auto"), CALL)
        assert spoken(answer) == ("two", Reason.FIRST)
        # What is detected is for the route: the model detects for itself.
        assert b'"source_lang":"auto"' in place.services["two"].requests[0].body
        assert spoken(await place.models.translate(request("42", "auto"), CALL))[0] == "one"
    async with town() as place:
        assert spoken(await place.models.translate(request(text, "auto"), CALL))[0] == "one"


async def test_what_is_markup_says_nothing_of_the_language() -> None:
    german: dict[str, Any] = {"routes": [{"source": "de", "models": ["two"]}]}
    script = "<!-- this is the first of all the words --><style>that would be read</style>"
    page = f"{script}<p>Guten Morgen!</p>"
    async with town(**german) as place:
        asked = request(page, "auto").model_copy(update={"format": "html"})
        assert spoken(await place.models.translate(asked, CALL)) == ("two", Reason.FIRST)
        broken = request("<a>Guten Morgen!", "auto").model_copy(update={"format": "xml"})
        with pytest.raises(InvalidRequestError):
            await place.models.translate(broken, CALL)


async def test_a_language_that_no_model_speaks_is_refused_unasked() -> None:
    async with town() as place:
        with pytest.raises(UnsupportedLanguageError):
            await asked(place, source="ru")
        assert place.one.texts == []


@pytest.mark.parametrize(("text", "error"), [(" ", EmptyTextError), ("x" * 1001, TextTooLongError)])
async def test_a_text_is_checked_before_anybody_is_asked(text: str, error: type) -> None:
    async with town() as place:
        with pytest.raises(error):
            await place.models.translate(request(text), CALL)
        with pytest.raises(error):
            async with place.models.stream(request(text), CALL):
                raise AssertionError
        with pytest.raises(error):
            await place.models.detect(text, CALL)
        [outcome] = await place.models.translate_batch([request(text)], CALL)
        assert isinstance(outcome, error)
        assert place.one.texts == []


async def test_all_attempts_share_one_deadline() -> None:
    async with town(timeout_s=0.1, **CASCADE) as place:
        place.one.instead = place.two.instead = hang
        with pytest.raises(DeadlineExceededError):
            await asked(place)
        with pytest.raises(DeadlineExceededError):
            async with place.models.stream(request(), CALL):
                raise AssertionError
        for outcome in await place.models.translate_batch([request("a"), request("b")], CALL):
            assert isinstance(outcome, DeadlineExceededError)


async def test_kept_answers_are_given_again_model_by_model() -> None:
    cache = MemoryCache(max_entries=10, max_bytes=100_000, ttl_s=60)
    async with town(cache=cache) as place:
        answers = await place.models.translate_batch([request("a"), request("a")], CALL)
        assert sorted(str(one.cache) for one in answers if isinstance(one, Answer)) == [
            "hit",
            "miss",
        ]
        assert place.one.texts == ["a"]
        assert (await place.models.translate(request("a"), Call(model="two"))).cache == "miss"


async def test_what_is_kept_is_one_models_and_not_the_cascades() -> None:
    cache = MemoryCache(max_entries=10, max_bytes=100_000, ttl_s=60)
    async with town(cache=cache, **CASCADE) as place:
        place.one.translating = lambda _: OverloadedError("full")
        assert await asked(place) == ("two", Reason.ERROR)
        place.one.translating = place.one.say
        assert await asked(place) == ("one", Reason.FIRST)
        assert await asked(place, "two") == ("two", Reason.ASKED)
        assert (len(place.one.texts), len(place.two.texts)) == (2, 1)


def arm(place: Town, name: str) -> dict[str, Any]:
    return dict(place.models.arms.statistics()["trial"][name])


async def test_what_each_arm_does_is_counted() -> None:
    draws = iter([0.1, 0.9, 0.9])
    async with town(draw=lambda: next(draws), **SPLIT) as place:
        assert await asked(place) == ("one", Reason.SPLIT)
        place.two.translating = lambda _: OverloadedError("full")
        assert await asked(place) == ("one", Reason.ERROR)
        place.two.translating = place.two.say
        async with place.models.stream(request(), CALL) as streamed:
            assert streamed.attempt.arm == "two"
        assert (arm(place, "one")["requests"], arm(place, "one")["characters"]) == (1, 5)
        assert arm(place, "two")["requests"] == 2
        assert arm(place, "two")["errors_by_code"] == {"overloaded": 1}


async def test_an_arm_that_hangs_has_failed() -> None:
    async with town(timeout_s=0.1, **SPLIT) as place:
        place.one.instead = hang
        with pytest.raises(DeadlineExceededError):
            await asked(place)
        assert arm(place, "one")["errors_by_code"] == {"deadline_exceeded": 1}


async def test_a_caller_that_leaves_says_nothing_of_the_arm() -> None:
    async with town(**SPLIT) as place:
        place.one.instead = hang
        task = asyncio.create_task(place.models.translate(request(), CALL))
        await place.services["one"].until(lambda: place.one.texts != [])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert place.models.arms.statistics() == {}


async def test_a_language_detected_is_spoken_by_one_model_or_not() -> None:
    text = "Guten Morgen, wie geht es Ihnen heute?"
    async with town() as place:
        found = await place.models.detect(text, CALL)
        assert (found.language, found.supported) == ("deu_Latn", True)
        assert (await place.models.detect(text, Call(model="two"))).supported
        assert not (await place.models.detect("Доброе утро, как дела?", CALL)).supported


async def test_what_runs_elsewhere_is_neither_started_nor_stopped() -> None:
    async with town() as place:
        for state in (
            await place.models.load("one"),
            await place.models.unload("one"),
            place.models.keep_alive("one", 5),
        ):
            assert (state.name, state.status) == ("one", "ready")
        assert [state.name for state in place.models.states()] == ["one", "two"]


async def test_the_first_stream_that_begins_is_given() -> None:
    async with town(**CASCADE) as place:
        async with place.models.stream(request(), CALL) as streamed:
            assert (streamed.attempt.model, streamed.attempt.reason) == ("one", Reason.FIRST)
            whole = b"".join([chunk async for chunk in streamed.chunks])
        assert whole == b"event: segment\ndata: one: hello\n\nevent: done\ndata: {}\n\n"
        assert place.two.texts == []


@pytest.mark.parametrize("broken", [reset, None], ids=["reset", "overloaded"])
async def test_the_next_stream_is_tried_where_one_does_not_begin(broken: Any) -> None:
    async with town(**CASCADE) as place:
        place.one.instead = broken
        place.one.translating = lambda _: OverloadedError("full")
        async with place.models.stream(request(), CALL) as streamed:
            assert (streamed.attempt.model, streamed.attempt.reason) == ("two", Reason.ERROR)
            assert await anext(streamed.chunks)


async def test_no_stream_begins_where_all_fail_or_the_caller_is_wrong() -> None:
    async with town(**CASCADE) as place:
        errors: dict[str, Outcome] = {"one": OverloadedError("full"), "two": OverloadedError("x")}
        place.one.translating = lambda _: errors["one"]
        place.two.translating = lambda _: errors["two"]
        for error, asked_of_two in ((OverloadedError, 1), (TextTooLongError, 1)):
            with pytest.raises(error):
                async with place.models.stream(request(), CALL):
                    raise AssertionError
            assert len(place.two.texts) == asked_of_two
            errors["one"] = TextTooLongError("long")


async def test_a_stream_reset_midway_raises_and_is_not_begun_again() -> None:
    async def broken(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(b"event: segment\n\n")
        exchange.reset()

    async with town(**CASCADE) as place:
        place.one.instead = broken
        with pytest.raises(BackendError):
            async with place.models.stream(request(), CALL) as streamed:
                assert [chunk async for chunk in streamed.chunks]
        assert place.two.texts == []
