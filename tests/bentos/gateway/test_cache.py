import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import override

from bentos.gateway.cache import Cache, Found, MemoryCache, key_of
from models.base.exceptions import LinguaNexusError, OverloadedError
from models.base.request_models import MarkupOptions, TranslationRequest, TranslationResponse
from models.base.translation_model import TranslationOptions, TranslationWarning, WarningCode

PAIR = ("eng_Latn", "fra_Latn")
WARNING = TranslationWarning(code=WarningCode.TRUNCATED, message="Cut.")


def request(text: str = "Hello.", source_lang: str = "en", **options: Any) -> TranslationRequest:
    return TranslationRequest(
        text=text,
        source_lang=source_lang,
        target_lang="fr",
        options=TranslationOptions(**options),
    )


def response(text: str = "Bonjour.", *warnings: TranslationWarning) -> TranslationResponse:
    return TranslationResponse(
        translated_text=text,
        source_lang=PAIR[0],
        target_lang=PAIR[1],
        detected_source_lang=None,
        confidence=None,
        model_name="nllb",
        processing_time_ms=1.5,
        warnings=list(warnings),
        metadata={"segments": 1, "demo": True},
    )


def key(
    asked: TranslationRequest | None = None,
    pair: tuple[str, str] = PAIR,
    model: str = "nllb",
    version: str = "1",
) -> str:
    return key_of(asked or request(), pair, model=model, version=version)


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Work:
    """Computes when it is told to; says how often it was asked and how often it was left."""

    def __init__(self, *outcomes: TranslationResponse | Exception) -> None:
        self._outcomes = list(outcomes)
        self.begun = asyncio.Semaphore(0)
        self.proceed = asyncio.Event()
        self.asked = 0
        self.left = 0

    async def __call__(self) -> TranslationResponse:
        self.asked += 1
        self.begun.release()
        try:
            await self.proceed.wait()
        except asyncio.CancelledError:
            self.left += 1
            raise
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def answering(text: str) -> Callable[[], Any]:
    async def compute() -> TranslationResponse:
        return response(text)

    return compute


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> MemoryCache:
    return MemoryCache(max_entries=3, max_bytes=10_000, ttl_s=60, clock=clock)


async def started(cache: Cache, work: Work, callers: int) -> list[asyncio.Task[Found]]:
    """The first one computes and all others wait for it."""
    tasks = [asyncio.create_task(cache.get_or("k", work)) for _ in range(callers)]
    await work.begun.acquire()
    await asyncio.sleep(0)  # those after the first have come to their wait
    return tasks


@pytest.mark.parametrize(
    "other",
    [
        key(request("hello.")),
        key(request("Hello. ")),
        key(request("Cafe\u0301")),
        key(request(source_lang="auto")),
        key(request(formality="formal")),
        key(request(glossary={"a": "b"})),
        key(request(context="At the station.")),
        key(request(beam_size=2)),
        key(request(max_output_tokens=2)),
        key(request(alternatives=2)),
        key(request().model_copy(update={"format": "xml"})),
        key(request().model_copy(update={"markup": MarkupOptions(ignore_tags=("x",))})),
        key(pair=("eng_Latn", "deu_Latn")),
        key(pair=("fra_Latn", "eng_Latn")),
        key(model="aya"),
        key(version="2"),
        key(model="nllb1", version=""),
    ],
)
def test_what_an_answer_depends_on_is_in_the_key(other: str) -> None:
    assert other != key()


def test_a_key_is_a_digest_that_is_the_same_in_every_process() -> None:
    assert key() == "2d57d2ff94df89d9fdd7b83b30d579a29a20c47ec2463c68a08ae2629ca126fb"


def test_equal_requests_have_one_key_however_they_are_written() -> None:
    assert key(request(source_lang="eng_Latn")) == key(request(source_lang="EN"))
    assert key(request(source_lang="AUTO")) == key(request(source_lang="auto"))
    assert key(request(glossary={"a": "1", "b": "2"})) == key(
        request(glossary={"b": "2", "a": "1"})
    )
    assert key(request("Caf\u00e9")) != key(request("Cafe\u0301"))


def test_no_option_asks_for_an_answer_that_may_differ_from_time_to_time() -> None:
    """One that samples must not be kept: whoever adds such an option decides on that here."""
    # Alternatives may be drawn by chance; the translation beside them is not, and these stay good.
    known = {"beam_size", "max_output_tokens", "formality", "glossary", "context", "alternatives"}
    assert set(TranslationOptions.model_fields) == known


async def test_an_answer_comes_back_as_it_was_and_belongs_to_its_caller(
    cache: MemoryCache,
) -> None:
    assert await cache.get("k") is None
    await cache.put("k", response())
    first = await cache.get("k")
    assert first == response()
    assert first is not None
    first.metadata["segments"] = 9
    assert await cache.get("k") == response()
    stats = cache.stats()
    assert (stats.hits, stats.misses, stats.entries, stats.errors) == (2, 1, 1, 0)


async def test_a_new_version_never_answers_with_an_old_ones_text(cache: MemoryCache) -> None:
    old = await cache.get_or(key(version="1"), answering("old"))
    new = await cache.get_or(key(version="2"), answering("new"))
    assert (old.response.translated_text, new.response.translated_text) == ("old", "new")
    assert not new.hit
    again = await cache.get_or(key(version="2"), answering("unasked"))
    assert (again.response.translated_text, again.hit) == ("new", True)


async def test_an_answer_during_which_the_version_changed_is_not_kept(cache: MemoryCache) -> None:
    versions = ["1"]

    async def compute() -> TranslationResponse:
        versions.append("2")
        return response("of which one?")

    found = await cache.get_or("k", compute, lambda: versions[-1] == "1")
    assert not found.hit
    assert await cache.get("k") is None


async def test_an_answer_with_warnings_is_not_kept(cache: MemoryCache) -> None:
    await cache.put("k", response("Bon", WARNING))
    assert await cache.get("k") is None


async def test_an_answer_expires(cache: MemoryCache, clock: Clock) -> None:
    await cache.put("k", response())
    clock.now = 59.9
    assert await cache.get("k") is not None
    clock.now = 60.0
    assert await cache.get("k") is None
    assert (cache.stats().entries, cache.stats().bytes) == (0, 0)


async def test_the_least_recently_used_goes_at_the_bound_of_entries(cache: MemoryCache) -> None:
    for name in ("a", "b", "c"):
        await cache.put(name, response(name))
    assert await cache.get("a") is not None
    await cache.put("d", response("d"))
    assert await cache.get("b") is None
    assert {name for name in "acd" if await cache.get(name)} == set("acd")


async def test_replacing_an_answer_takes_no_other_ones_place(cache: MemoryCache) -> None:
    for name in ("a", "b", "c", "c"):
        await cache.put(name, response(name))
    assert cache.stats().entries == 3


async def test_bytes_are_bounded_and_what_is_larger_than_all_is_not_kept(
    cache: MemoryCache,
) -> None:
    await cache.put("small", response())
    await cache.put("huge", response("x" * 10_000))
    assert await cache.get("huge") is None
    assert await cache.get("small") is not None
    await cache.put("large", response("x" * 9_000))
    assert await cache.get("small") is None
    assert await cache.get("large") is not None
    held = cache.stats().bytes
    assert held is not None
    assert 9_000 < held <= 10_000


async def test_entries_that_expire_while_room_is_made_are_no_error() -> None:
    class Running(Clock):
        @override
        def __call__(self) -> float:
            self.now += 1.0
            return self.now

    cache = MemoryCache(max_entries=1, max_bytes=10_000, ttl_s=2.5, clock=Running())
    for number in range(8):
        await cache.put(str(number), response())
    assert (cache.stats().entries or 0) <= 1


async def test_what_is_no_translation_is_passed_over_and_said_once(
    cache: MemoryCache, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b"):
        await cache._store(name, b'{"translated_text": "a secret"}')
        assert await cache.get(name) is None
    [record] = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert "secret" not in record.getMessage()
    assert (cache.stats().errors, cache.stats().misses) == (2, 2)


async def test_closing_lets_go_of_everything(cache: MemoryCache) -> None:
    await cache.put("k", response())
    await cache.close()
    await cache.close()
    assert cache.stats().entries == 0


async def test_equal_callers_at_once_compute_once(cache: MemoryCache) -> None:
    work = Work(response())
    tasks = await started(cache, work, callers=20)
    work.proceed.set()
    found = await asyncio.gather(*tasks)
    assert work.asked == 1
    assert [each.hit for each in found] == [False] + [True] * 19
    assert {each.response.translated_text for each in found} == {"Bonjour."}
    assert len({id(each.response) for each in found}) == 20
    assert (cache.stats().shared, cache.stats().misses) == (19, 1)


async def test_different_requests_do_not_wait_for_each_other(cache: MemoryCache) -> None:
    work = Work(response())
    [task] = await started(cache, work, callers=1)
    assert (await cache.get_or("other", answering("now"))).response.translated_text == "now"
    assert not task.done()
    work.proceed.set()
    await task


async def test_a_cancelled_caller_who_waits_leaves_the_others_alone(cache: MemoryCache) -> None:
    work = Work(response())
    first, second, third = await started(cache, work, callers=3)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    work.proceed.set()
    assert not (await first).hit
    assert (await third).hit
    assert (work.asked, work.left) == (1, 0)


async def test_a_cancelled_caller_who_computes_hands_over_to_one_who_waits(
    cache: MemoryCache,
) -> None:
    work = Work(response())
    first, second, third = await started(cache, work, callers=3)
    first.cancel()
    await work.begun.acquire()
    work.proceed.set()
    assert sorted(each.hit for each in await asyncio.gather(second, third)) == [False, True]
    assert (work.asked, work.left) == (2, 1)
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_when_all_are_cancelled_nothing_goes_on_and_nothing_stays(
    cache: MemoryCache,
) -> None:
    work = Work()
    tasks = await started(cache, work, callers=3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)
    assert work.asked == work.left
    assert cache._flights == {}


@pytest.mark.parametrize("error", [OverloadedError("full"), ValueError("not ours")])
async def test_a_failure_reaches_all_who_wait_and_is_not_kept(
    cache: MemoryCache, error: Exception
) -> None:
    work = Work(error, response())
    tasks = await started(cache, work, callers=3)
    work.proceed.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes == [error] * 3
    assert not (await cache.get_or("k", work)).hit
    assert work.asked == 2


async def test_a_failure_nobody_else_waits_for_is_raised_once(cache: MemoryCache) -> None:
    work = Work(LinguaNexusError("failed"))
    work.proceed.set()
    with pytest.raises(LinguaNexusError):
        await cache.get_or("k", work)
    assert cache._flights == {}
