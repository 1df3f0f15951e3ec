"""Which models run on this machine, and until when; asks them nothing but whether they are ready.

A model is started when it is asked for, once for all who wait. It is stopped when nobody has used
it for long enough, or for another's sake: budget.py says whose. What calls is the caller's matter:
it holds `use` for as long as its call takes.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from copy import copy

from bentos.contract import ModelState
from bentos.gateway.background import Background, begun
from bentos.gateway.ondemand.budget import Limits, victims
from bentos.gateway.ondemand.child import Child
from bentos.gateway.ondemand.slots import Slot, Spec, Timing, cancelled
from bentos.management.errors import UnknownModelError
from models.base.exceptions import LinguaNexusError, ModelNotReadyError, OverloadedError

logger = logging.getLogger(__name__)

_DEFAULT = Timing()


class Children:
    """Made once a gateway; `start`, then anything at any time, then `stop`.

    Any caller may be cancelled: a start that others wait for goes on, and one that nobody waits
    for any more does too. `clock` counts seconds.
    """

    def __init__(
        self,
        specs: Sequence[Spec],
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        timing: Timing = _DEFAULT,
        on_ready: Callable[[str, str], Awaitable[None]] | None = None,
    ) -> None:
        """`on_ready` is told the name and base URL of each model that has started."""
        self._slots = {spec.name: Slot(spec, spec.keep_alive_s) for spec in specs}
        self._limits = limits or Limits()
        self._clock = clock
        self._timing = timing
        self._on_ready = on_ready
        self._admission = asyncio.Lock()
        self._sweeper: asyncio.Task[None] | None = None
        self._background = Background()
        self._gone: list[Slot] = []
        self._is_closed = False

    async def start(self) -> None:
        """Begin with the pinned models, side by side; does not wait for them."""
        self._begin_pinned()
        self._sweeper = begun(self._sweep_for_ever())

    async def stop(self) -> None:
        """End every model, all at the same time; nothing can be started any more."""
        self._is_closed = True
        slots = [*self._slots.values(), *self._gone]
        await cancelled(self._sweeper, *(slot.restarting for slot in slots))
        await self._stop(*slots)
        await self._background.cancel()

    def change(self, specs: Sequence[Spec], limits: Limits) -> None:
        """Take on other models and limits; waits for nothing.

        One that is not among them any more, or is to be served otherwise, is stopped once its
        callers have their answers; a new one that is pinned begins.
        """
        old, self._slots = self._slots, {}
        self._limits = limits
        gone = dict(old)
        for spec in specs:
            slot = old.get(spec.name)
            if slot is None or not slot.serves_as(spec):
                self._slots[spec.name] = Slot(spec, spec.keep_alive_s)
            else:
                gone.pop(spec.name)
                slot.take(spec)
                self._slots[spec.name] = slot
        self._begin_pinned()
        self._gone += gone.values()
        self._background.start(self._let_go(*gone.values()))

    async def ensure(self, name: str) -> str:
        """The base URL of a model that is ready now; started where it was not.

        Raises:
            UnknownModelError: There is no such model here.
            ModelNotReadyError: It could not be started, or has failed a moment ago.
            OverloadedError: There is no room for it.
        """
        while not (slot := self._slot(name)).is_ready:  # another may have taken its place
            slot.waiting += 1
            try:
                await self._advance(slot)
            finally:
                slot.waiting -= 1
        slot.last_used = self._clock()
        return slot.child.base_url if slot.child else ""

    @asynccontextmanager
    async def use(self, name: str) -> AsyncIterator[str]:
        """`ensure`, and the model stays until the end of the block."""
        url = await self.ensure(name)
        slot = self._slot(name)
        slot.enter()
        try:
            yield url
        finally:
            slot.leave(self._clock())

    async def load(self, name: str) -> ModelState:
        """Start it and wait until it is ready, however short its back-off has still to go."""
        self._slot(name).not_before = 0
        await self.ensure(name)
        return self._slot(name).state(self._clock())

    async def unload(self, name: str) -> ModelState:
        """Stop it once its callers have their answers; who asks after this starts it again."""
        slot = self._slot(name)
        slot.is_unloaded = True
        await cancelled(slot.restarting)
        await self._stop(slot)
        slot.keep_alive_s, slot.failures, slot.reason = slot.spec.keep_alive_s, 0, None
        return slot.state(self._clock())

    def keep_alive(self, name: str, seconds: float | None) -> None:
        """How long it stays once nobody uses it, until it is unloaded; None: for ever."""
        self._slot(name).keep_alive_s = seconds

    def states(self) -> list[ModelState]:
        """In the order of the configuration."""
        now = self._clock()
        return [slot.state(now) for slot in self._slots.values()]

    def memory_bytes(self, name: str) -> int:
        """Measured last; 0 for one that does not run."""
        slot = self._slot(name)
        return slot.memory_bytes or 0 if slot.is_ready else 0

    async def sweep(self) -> None:
        """Measure all, then stop what has expired and what has grown out of the limits."""
        ready = [slot for slot in self._slots.values() if slot.is_ready]
        for slot in ready:
            if slot.child is not None:
                slot.child.end_if_broken()
        await asyncio.gather(*(slot.measure() for slot in ready))
        async with self._admission:
            now = self._clock()
            due = [
                slot
                for slot in self._slots.values()
                if slot.has_expired(now) and not slot.spec.pinned and not slot.is_busy
            ]
            with contextlib.suppress(OverloadedError):
                due += [slot for slot in self._to_stop() if slot not in due]
            await self._stop(*due)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._timing.sweep_every_s)
            await self.sweep()

    async def _advance(self, slot: Slot) -> None:
        """One step towards readiness; fails where there is none."""
        if self._is_closed:
            raise ModelNotReadyError("The gateway is shutting down.")
        if slot.stopping is not None:
            await asyncio.wait({slot.stopping})
            return
        starting = slot.starting or self._begin(slot)
        # Unlike an await, this leaves the task alone when the caller is cancelled.
        await asyncio.wait({starting})
        if self._slots.get(slot.spec.name) is not slot:
            return
        if starting.cancelled():
            raise ModelNotReadyError(f"The model {slot.spec.name} was unloaded as it started.")
        error = starting.result()
        if error is not None:
            raise copy(error) from error

    def _begin_pinned(self) -> None:
        for slot in self._slots.values():
            if slot.is_due:
                slot.restarting = begun(self._restart(slot))

    def _begin(self, slot: Slot) -> asyncio.Task[LinguaNexusError | None]:
        left = slot.not_before - self._clock()
        if left > 0:
            message = f"The model {slot.spec.name} {slot.reason}; it is tried again later."
            raise ModelNotReadyError(message, retry_after_s=math.ceil(left))
        slot.began, slot.is_unloaded = self._clock(), False
        slot.starting = begun(self._start(slot))
        return slot.starting

    async def _start(self, slot: Slot) -> LinguaNexusError | None:
        """The error is returned: nobody may be left to raise it to."""
        try:
            child = await self._admit(slot)
            await child.start()
            await slot.measure()
            if self._on_ready is not None:
                await self._on_ready(slot.spec.name, child.base_url)
        except OverloadedError as error:
            return error
        except ModelNotReadyError as error:
            reason = slot.child.message if slot.child else None
            slot.child = None
            self._note_failure(slot, reason or error.message, was_ready=False)
            return error
        finally:
            slot.starting = None
        slot.ready_since = slot.last_used = self._clock()
        self._background.start(self._until_ended(slot, child))
        return None

    async def _let_go(self, *slots: Slot) -> None:
        await cancelled(*(slot.restarting for slot in slots))
        await self._stop(*slots)
        self._gone = [slot for slot in self._gone if slot not in slots]

    async def _admit(self, slot: Slot) -> Child:
        """A child that counts from now on; whatever had to go for it is gone."""
        spec = slot.spec
        async with self._admission:
            if self._limits != Limits():
                await self._stop(*self._gone)  # nothing else counts what they take
            due = self._to_stop(newcomers=1, expected_bytes=slot.expected_bytes)
            await self._stop(*due)
            slot.child = Child(
                spec.name,
                spec.command,
                spec.environment,
                headers=spec.headers,
                start_timeout_s=self._timing.start_timeout_s,
            )
            return slot.child

    def _to_stop(self, *, newcomers: int = 0, expected_bytes: int = 0) -> list[Slot]:
        now = self._clock()
        running = [slot.running(now) for slot in self._slots.values() if slot.child is not None]
        names = victims(running, self._limits, newcomers=newcomers, expected_bytes=expected_bytes)
        return [self._slots[name] for name in names]

    async def _until_ended(self, slot: Slot, child: Child) -> None:
        await child.ended.wait()
        if slot.child is not child or slot.stopping is not None:
            return
        slot.child = None
        self._note_failure(slot, child.message or "ended", was_ready=True)

    def _note_failure(self, slot: Slot, reason: str, *, was_ready: bool) -> None:
        slot.failed(reason, self._clock(), self._timing, was_ready=was_ready)
        if slot.spec.pinned and not slot.is_unloaded and not self._is_closed:
            slot.restarting = begun(self._restart(slot))

    async def _restart(self, slot: Slot) -> None:
        """A pinned model is started again whether or not anybody asks."""
        await asyncio.sleep(max(0.0, slot.not_before - self._clock()))
        slot.not_before = 0
        with contextlib.suppress(LinguaNexusError):
            await self.ensure(slot.spec.name)

    async def _stop(self, *slots: Slot) -> None:
        """Whoever asks, each is stopped once; a start that is under way is given up."""
        for slot in slots:
            # Before anything is awaited: nobody may enter one that was chosen.
            if slot.stopping is None and (slot.starting or slot.child):
                slot.stopping = asyncio.create_task(self._end(slot))
        stopping = [slot.stopping for slot in slots if slot.stopping]
        if stopping:
            await asyncio.wait(stopping)

    async def _end(self, slot: Slot) -> None:
        try:
            await cancelled(slot.starting)
            grace_s = self._timing.stop_grace_s
            if slot.users > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(slot.idle.wait(), grace_s)
            if slot.child is not None:
                await slot.child.stop(grace_s)
                logger.info("%s was stopped.", slot.spec.name)
        finally:
            slot.child = slot.stopping = None

    def _slot(self, name: str) -> Slot:
        if name not in self._slots:
            raise UnknownModelError(name)
        return self._slots[name]
