import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from models.engines.llamacpp.context import Context
from models.engines.llamacpp.contract import (
    Chunk,
    EngineFailedError,
    EngineLoadError,
    EngineSettings,
    GenerationRequest,
)
from models.engines.llamacpp.engine import Engine
from models.engines.llamacpp.model import LoadedModel
from models.engines.llamacpp.scheduler import Step
from tests.tiny_gguf import tiny_gguf

SETTINGS = EngineSettings(slots=2, context_tokens=256, prefix_tokens=64, threads=1)
FINE, LONG = GenerationRequest(((20, 21),), 4), GenerationRequest(((22, 23),), 200)
POISON = GenerationRequest(((24, 399),), 4)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf(tmp_path_factory.mktemp("weights"))


class Poisoned(Context):
    """Fails on a token that no other request has in its prompt, before llama.cpp sees it."""

    @override
    def run(self, step: Step) -> None:
        if 399 in step.tokens and 24 in step.tokens:
            raise RuntimeError("poisoned")
        super().run(step)


class Contexts:
    """Makes contexts; those after the first when `may_rebuild` is set."""

    def __init__(self, *, broken: bool = False) -> None:
        self.made, self._broken = 0, broken
        self.may_rebuild = threading.Event()
        self.is_rebuilding = threading.Event()

    def __call__(self, model: LoadedModel, settings: EngineSettings) -> Context:
        self.made += 1
        if self.made > 1:
            self.is_rebuilding.set()
            assert self.may_rebuild.wait(10)
            if self._broken:
                raise EngineLoadError("no room")
        return Poisoned(model, settings)


class Told:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.sizes: list[int] = []
        self.depths: list[int] = []

    def waited(self, seconds: float) -> None:
        self.waits.append(seconds)

    def batch(self, size: int, seconds: float) -> None:
        assert seconds > 0
        self.sizes.append(size)

    def depth(self, n: int) -> None:
        self.depths.append(n)


@asynccontextmanager
async def started(
    weights: Path, make: Callable[[LoadedModel, EngineSettings], Context], told: Told | None = None
) -> AsyncIterator[Engine]:
    engine = Engine(weights, SETTINGS, make_context=make, observer=told)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


async def test_failing_step_fails_who_runs_and_keeps_who_waits(weights: Path) -> None:
    contexts = Contexts()
    contexts.may_rebuild.set()
    async with started(weights, contexts) as engine:
        alone = await engine.complete(FINE)
        calls = [
            asyncio.ensure_future(engine.complete(request))
            for request in (LONG, POISON, FINE, FINE)
        ]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(answer) for answer in answers[:2]] == [EngineFailedError] * 2
        assert "poisoned" in str(answers[1])
        assert answers[2:] == [alone, alone]
        assert engine.ready
        assert contexts.made == 2


async def test_stream_that_has_begun_is_told_too(weights: Path) -> None:
    contexts = Contexts()
    contexts.may_rebuild.set()
    async with started(weights, contexts) as engine:
        stream = engine.generate(LONG)
        assert (await anext(stream)).finish is None
        with pytest.raises(EngineFailedError):
            await engine.complete(POISON)
        with pytest.raises(EngineFailedError, match="poisoned"):
            _ = [chunk async for chunk in stream]


async def test_engine_is_not_ready_while_its_context_is_made_anew(weights: Path) -> None:
    contexts = Contexts()
    async with started(weights, contexts) as engine:
        with pytest.raises(EngineFailedError):
            await engine.complete(POISON)
        assert await asyncio.to_thread(contexts.is_rebuilding.wait, 10)
        assert not engine.ready
        answer = asyncio.ensure_future(engine.complete(FINE))
        contexts.may_rebuild.set()
        assert len((await answer).tokens) > 0
        assert engine.ready


async def test_engine_that_fails_again_before_it_answered_stays_failed(weights: Path) -> None:
    contexts = Contexts()
    contexts.may_rebuild.set()
    async with started(weights, contexts) as engine:
        for _ in range(2):
            with pytest.raises(EngineFailedError, match="poisoned"):
                await engine.complete(POISON)
        with pytest.raises(EngineFailedError, match="has failed"):
            await engine.complete(FINE)
        assert not engine.ready
        assert contexts.made == 2


async def test_answer_in_between_makes_good_for_a_failure(weights: Path) -> None:
    contexts = Contexts()
    contexts.may_rebuild.set()
    async with started(weights, contexts) as engine:
        for _ in range(3):
            with pytest.raises(EngineFailedError):
                await engine.complete(POISON)
            assert len((await engine.complete(FINE)).tokens) > 0
        assert engine.ready
        assert contexts.made == 4


async def test_those_who_wait_fail_when_no_context_can_be_made(weights: Path) -> None:
    contexts = Contexts(broken=True)
    contexts.may_rebuild.set()
    async with started(weights, contexts) as engine:
        calls = [engine.complete(request) for request in (POISON, LONG, FINE, FINE)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(answer) for answer in answers] == [EngineFailedError] * 4
        assert not engine.ready


async def test_observer_is_told_of_steps_and_waits(weights: Path) -> None:
    told = Told()
    async with started(weights, Context, told) as engine:
        request = GenerationRequest(((20, 21),), 9, ignore_end=True)
        await asyncio.gather(*(engine.complete(request) for _ in range(3)))
    assert len(told.waits) == 3
    assert min(told.waits) >= 0
    assert max(told.sizes) == 2
    assert told.depths[-1] == 0


async def test_engine_ends_with_the_loop_it_was_started_on(weights: Path) -> None:
    async def begin() -> tuple[Engine, AsyncGenerator[Chunk, None]]:
        engine = Engine(weights, SETTINGS)
        await engine.start()
        stream = engine.generate(LONG)
        await anext(stream)
        return engine, stream

    def serve() -> tuple[Engine, AsyncGenerator[Chunk, None]]:
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(begin())
        finally:
            loop.close()

    engine, _stream = await asyncio.to_thread(serve)
    await asyncio.wait_for(engine.close(), 10)
    assert not engine.ready
