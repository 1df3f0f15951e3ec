"""The engine as its callers on the event loop see it; the computing is its thread's."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from threading import Thread

from typing_extensions import override

from common.batching import Observer
from models.engines.llamacpp.call import Call
from models.engines.llamacpp.context import Context
from models.engines.llamacpp.contract import (
    Chunk,
    Completion,
    EngineBusyError,
    EngineFailedError,
    EngineSettings,
    FinishReason,
    GenerationRequest,
    ModelFacts,
    TextEngine,
)
from models.engines.llamacpp.loading import ContextMaker, Loaded, load
from models.engines.llamacpp.runner import Deliveries, Runner
from models.engines.llamacpp.scheduler import check


class _Nobody:
    def waited(self, seconds: float) -> None: ...

    def batch(self, size: int, seconds: float) -> None: ...

    def depth(self, n: int) -> None: ...


class Engine(TextEngine):
    """Continuous batching on one GGUF file.

    `observer` is told, on the engine's thread, how long requests wait, how many are computed in a
    step and how long that takes. All calls but `tokenize` belong to the event loop of `start`.
    """

    def __init__(
        self,
        path: Path,
        settings: EngineSettings | None = None,
        *,
        observer: Observer | None = None,
        make_context: ContextMaker = Context,
    ) -> None:
        self._path = path
        self._settings = settings or EngineSettings()
        self._observer: Observer = observer or _Nobody()
        self._make_context = make_context
        self._calls: set[Call] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loaded: Loaded | None = None
        self._runner: Runner | None = None
        self._thread: Thread | None = None
        self._closed = False

    @property
    @override
    def ready(self) -> bool:
        return self._runner is not None and self._runner.ready and not self._closed

    @property
    @override
    def facts(self) -> ModelFacts:
        return self._started.model.facts

    @property
    @override
    def request_tokens(self) -> int:
        return self._started.settings.context_tokens

    @property
    @override
    def waiting(self) -> int:
        return max(0, len(self._calls) - self._runner.running) if self._runner else 0

    @override
    def tokenize(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        return self._started.model.tokenize(text, special=special)

    @override
    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        loading = asyncio.ensure_future(
            asyncio.to_thread(load, self._path, self._settings, self._make_context)
        )
        try:
            loaded = await asyncio.shield(loading)
        except asyncio.CancelledError:
            loading.add_done_callback(_discard)
            raise
        self._loaded = loaded
        self._runner = Runner(loaded, self._make_context, self._hand_out, self._observer)
        self._thread = Thread(target=self._runner.run, name="llamacpp", daemon=True)
        self._thread.start()

    @override
    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        call = self._enter(request, whole=False)
        finish: FinishReason | None = None
        try:
            while not finish:
                chunk = await call.next()
                finish = chunk.finish
                yield chunk
        finally:
            self._leave(call)

    @override
    async def complete(self, request: GenerationRequest) -> Completion:
        call = self._enter(request, whole=True)
        try:
            chunk = await call.next()
        finally:
            self._leave(call)
        return Completion(
            text=chunk.text,
            tokens=chunk.tokens,
            finish=chunk.finish or FinishReason.STOP,
            tokens_in=chunk.tokens_in,
            tokens_cached=chunk.tokens_cached,
            score=chunk.score,
        )

    @override
    async def close(self) -> None:
        self._closed = True
        if self._runner and self._thread:
            self._runner.stop()
            await asyncio.to_thread(self._thread.join)

    @property
    def _started(self) -> Loaded:
        if self._loaded is None:
            raise EngineFailedError("The engine was not started.")
        return self._loaded

    def _enter(self, request: GenerationRequest, *, whole: bool) -> Call:
        if self._closed or self._runner is None:
            raise EngineFailedError("The engine is not running.")
        check(request, self.request_tokens)
        # Those who have a slot by right but wait for room in the cells count as running here.
        if len(self._calls) >= self._settings.slots + self._settings.queue_size:
            raise EngineBusyError(self.waiting)
        call = Call(request, whole=whole)
        self._runner.submit(call)
        # Asked afterwards: whom the thread found no more while ending, sees that it has ended.
        if self._runner.ended:
            raise EngineFailedError("The engine has ended.")
        self._calls.add(call)
        return call

    def _leave(self, call: Call) -> None:
        self._calls.discard(call)
        if self._runner and not call.ended:
            self._runner.leave(call)

    def _hand_out(self, deliveries: Deliveries) -> None:
        """From the engine's thread to the callers: one wake-up of the loop for all of them."""
        loop, runner = self._loop, self._runner
        try:
            if loop:
                loop.call_soon_threadsafe(_put, deliveries)
        except RuntimeError:
            # The loop is closed, so that nobody is left to compute for.
            if runner:
                runner.stop()


def _put(deliveries: Deliveries) -> None:
    for call, item in deliveries:
        call.put(item)


def _discard(loading: asyncio.Future[Loaded]) -> None:
    """Frees what was loaded for nobody."""
    if not loading.cancelled() and loading.exception() is None:
        loading.result().close()
