"""The engine's thread: computes step after step for all calls; knows no event loop."""

import logging
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from time import monotonic

from common.batching import Observer
from models.engines.llamacpp.call import Call
from models.engines.llamacpp.context import Context
from models.engines.llamacpp.contract import (
    Chunk,
    EngineError,
    EngineFailedError,
    EngineLoadError,
)
from models.engines.llamacpp.loading import ContextMaker, Loaded
from models.engines.llamacpp.scheduler import Scheduler, Step
from models.engines.llamacpp.scores import log_probabilities

logger = logging.getLogger(__name__)

Deliveries = list[tuple[Call, Chunk | EngineError]]


class Runner:
    """`run` loops on one thread until `stop`; `submit`, `leave` and `stop` come from any other.

    A step that fails takes those with it who ran in it, and the context, of which a new one is
    made; who waits goes on waiting. When that fails too before any request was answered, the
    runner stays failed: everyone gets `EngineFailedError` until it is stopped.
    """

    def __init__(
        self,
        loaded: Loaded,
        make_context: ContextMaker,
        deliver: Callable[[Deliveries], None],
        observer: Observer,
    ) -> None:
        settings = loaded.settings
        self._model, self._settings, self._make_context = loaded.model, settings, make_context
        self._context: Context | None = loaded.context
        self._deliver, self._observer = deliver, observer
        self._commands: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._scheduler = Scheduler(
            slots=settings.slots,
            prefixes=settings.cached_prefixes,
            cells=settings.cells,
            prefill=settings.prefill_tokens,
            most=settings.context_tokens,
        )
        self._calls: dict[Call, None] = {}
        self._outbox: Deliveries = []
        self._has_failed = self._stopped = False
        self.ready = True
        self.ended = False
        """Set before the last look at what was submitted: what comes later is never computed."""

    @property
    def running(self) -> int:
        """Requests that have a slot."""
        return self._scheduler.running

    def submit(self, call: Call) -> None:
        """Computes a request, one that fits: what comes of it is delivered."""
        self._commands.put(lambda: self._enter(call))

    def leave(self, call: Call) -> None:
        """Frees what a request holds before the next step; nothing more is delivered."""
        self._commands.put(lambda: self._drop(call))

    def stop(self) -> None:
        """Fails what is not finished and ends `run`."""
        self._commands.put(self._halt)

    def run(self) -> None:
        """Computes until stopped, then frees the context and the model."""
        try:
            while not self._stopped:
                step = self._scheduler.plan()
                if step and self._context:
                    self._attempt(step, self._context)
                    self._flush()
                self._obey(wait=step is None)
        except Exception:
            # Nothing of it is a step's failure: what is wrong is unknown, so nothing goes on.
            logger.exception("The engine's thread ends.")
        finally:
            self.ready = False
            self._close_context()
            self._model.close()
            self.ended = True
            while not self._commands.empty():
                self._commands.get()()
            self._fail(list(self._calls), "The engine was closed.")

    def _obey(self, *, wait: bool) -> None:
        """Takes what was asked meanwhile; when there is nothing to do, waits for it."""
        try:
            while not self._stopped:
                self._commands.get(block=wait)()
                wait = False
        except Empty:
            return

    def _halt(self) -> None:
        self._stopped = True

    def _enter(self, call: Call) -> None:
        self._calls[call] = None
        if not self._context:
            self._fail([call], "The engine has failed.")
            return
        self._scheduler.submit(call.ticket)
        self._observer.depth(self._scheduler.waiting)

    def _drop(self, call: Call) -> None:
        waiting = self._scheduler.waiting
        self._scheduler.remove(call.ticket)
        if self._scheduler.waiting != waiting:
            self._observer.depth(self._scheduler.waiting)
        self._calls.pop(call, None)
        if call.sampler:
            call.sampler.close()
            call.sampler = None

    def _attempt(self, step: Step, context: Context) -> None:
        began = monotonic()
        try:
            self._observe_start(step, began)
            context.run(step)
            tokens = self._choose(step, context)
            self._scheduler.advance(step, tokens)
            self._write(step, log_probabilities(context.scores(len(tokens)), tokens))
        except Exception as error:
            logger.exception("The engine failed in a step of %d rows.", len(step.tokens))
            self._recover(error)
        else:
            if step.tokens:
                self._observer.batch(len(set(step.sequences)), monotonic() - began)

    def _choose(self, step: Step, context: Context) -> list[int]:
        """The next token of each writer: of all at once, but for those who sample."""
        if not step.writers:
            return []
        tokens = context.likeliest(len(step.writers))
        for index, ticket in enumerate(step.writers):
            sampling = ticket.request.sampling
            if not sampling.is_likeliest:
                call = ticket.tag
                call.sampler = call.sampler or context.sampler(sampling)
                tokens[index] = context.sample(call.sampler, step.outputs[index])
        return tokens

    def _write(self, step: Step, scores: Sequence[float]) -> None:
        piece = self._model.piece
        for ticket, score in zip(step.writers, scores, strict=True):
            text, ends = piece(ticket.last)
            output = ticket.tag.output
            chunk = output.add(ticket.last, text, score, ends=ends, cached=ticket.cached)
            if chunk is None:
                continue
            self._outbox.append((ticket.tag, chunk))
            if chunk.finish:
                self._drop(ticket.tag)
                self._has_failed = False

    def _observe_start(self, step: Step, now: float) -> None:
        for _, ticket, _ in step.chunks:
            if ticket and ticket.tag.since is not None:
                self._observer.waited(now - ticket.tag.since)
                self._observer.depth(self._scheduler.waiting)
                ticket.tag.since = None

    def _recover(self, error: Exception) -> None:
        self.ready = False
        failed = [ticket.tag for ticket in self._scheduler.reset()]
        self._fail(failed, f"The engine failed: {error}")
        self._close_context()
        if self._has_failed:
            logger.error("The engine failed again before it answered anyone: it stays failed.")
        else:
            self._has_failed = True
            self._rebuild()
        if not self._context:
            self._fail(list(self._calls), "The engine has failed.")

    def _rebuild(self) -> None:
        try:
            self._context = self._make_context(self._model, self._settings)
        except EngineLoadError:
            logger.exception("No new context could be made.")
        else:
            self.ready = True

    def _close_context(self) -> None:
        if self._context:
            self._context.close()
        self._context = None

    def _fail(self, calls: list[Call], reason: str) -> None:
        for call in calls:
            self._drop(call)
            self._outbox.append((call, EngineFailedError(reason)))
        self._flush()

    def _flush(self) -> None:
        if self._outbox:
            self._deliver(self._outbox)
            self._outbox = []
