"""What is known of one model that the gateway may run; decides and starts nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from bentos.contract import ModelState, Status
from bentos.gateway.ondemand.budget import Running
from bentos.gateway.ondemand.child import START_TIMEOUT_S, Child
from models.base.exceptions import LinguaNexusError


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A model that can be started here."""

    name: str
    command: list[str]
    """Serves it; `--host` and `--port` are added."""
    environment: Mapping[str, str | None] = field(default_factory=dict)
    """Changes to the gateway's own; None takes a variable away."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the warm-up's requests: a key, where the model asks for one."""
    pinned: bool = False
    """Started with the gateway, and never stopped for another."""
    keep_alive_s: float | None = 300
    """How long it stays once nobody uses it; None: for ever."""
    expected_bytes: int = 0
    """What it will take, as long as that was never measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things may take, in seconds."""

    start_timeout_s: float = START_TIMEOUT_S
    stop_grace_s: float = 30
    """For what a model has begun when it is to stop; also for callers to leave it."""
    sweep_every_s: float = 1
    backoff_s: float = 1
    """After a failed start, or a second death; doubles each time."""
    backoff_max_s: float = 60
    stable_s: float = 60
    """One that lived for so long is started at once when it dies."""


@dataclass(slots=True, eq=False)
class Slot:
    """A model's present: its child, its callers, its failures."""

    spec: Spec
    keep_alive_s: float | None
    child: Child | None = None
    starting: asyncio.Task[LinguaNexusError | None] | None = None
    stopping: asyncio.Task[None] | None = None
    restarting: asyncio.Task[None] | None = None
    users: int = 0
    """Calls it is answering."""
    waiting: int = 0
    """Callers that wait for it to start."""
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while it has no users."""
    last_used: float = 0
    ready_since: float = 0
    began: float = 0
    memory_bytes: int | None = None
    """Measured last, also of an earlier run."""
    failures: int = 0
    """In a row."""
    not_before: float = 0
    reason: str | None = None
    """Of the last failure."""
    is_unloaded: bool = False
    """Somebody wanted it stopped, and nobody has asked for it since."""

    @property
    def is_ready(self) -> bool:
        return (
            self.stopping is None and self.child is not None and self.child.status is Status.READY
        )

    @property
    def is_busy(self) -> bool:
        return self.users + self.waiting > 0 or not self.is_ready

    @property
    def is_due(self) -> bool:
        """Whether it is to run always, does not, and nothing will start it yet."""
        waits = self.restarting is not None and not self.restarting.done()
        rests = not self.is_ready and self.starting is None and not waits
        return self.spec.pinned and rests and not self.is_unloaded

    def serves_as(self, spec: Spec) -> bool:
        """Whether a model of that specification would be the very same process."""
        own = self.spec
        parts = (own.command, own.environment, own.headers)
        return parts == (spec.command, spec.environment, spec.headers)

    def take(self, spec: Spec) -> None:
        """Goes on under another specification; how long it is kept may have been asked for."""
        if self.keep_alive_s == self.spec.keep_alive_s:
            self.keep_alive_s = spec.keep_alive_s
        self.spec = spec

    async def measure(self) -> None:
        """What it takes now; what could not be measured stays as it was."""
        if self.child is not None:
            measured = await asyncio.to_thread(self.child.memory_bytes)
            self.memory_bytes = measured or self.memory_bytes

    def enter(self) -> None:
        self.users += 1
        self.idle.clear()

    def leave(self, now: float) -> None:
        self.users -= 1
        self.last_used = now
        if self.users == 0:
            self.idle.set()

    def has_expired(self, now: float) -> bool:
        kept = self.keep_alive_s
        return kept is not None and now - self.last_used >= kept

    @property
    def expected_bytes(self) -> int:
        return self.spec.expected_bytes if self.memory_bytes is None else self.memory_bytes

    def running(self, now: float) -> Running:
        """As the budget sees it."""
        return Running(
            name=self.spec.name,
            memory_bytes=self.expected_bytes,
            last_used=self.last_used,
            pinned=self.spec.pinned,
            busy=self.is_busy,
            expired=self.has_expired(now),
        )

    def failed(self, reason: str, now: float, timing: Timing, *, was_ready: bool) -> None:
        """Note it, and when it may be tried again: at once after a death that is the first."""
        lived = was_ready and now - self.ready_since >= timing.stable_s
        self.failures = 1 if lived else self.failures + 1
        self.reason = reason
        doubled = self.failures - 1 - was_ready
        wait = 0.0 if doubled < 0 else timing.backoff_s * 2.0 ** min(doubled, 30)
        self.not_before = now + min(wait, timing.backoff_max_s)

    def state(self, now: float) -> ModelState:
        status, message = Status.COLD, None
        if self.stopping is not None:
            message = "is stopping"
        elif self.is_ready:
            status = Status.READY
        elif self.starting is not None:
            doing = None if self.child is None else self.child.message
            status = Status.STARTING
            message = f"{doing or 'waits for room'} ({now - self.began:.0f} s)"
        elif self.reason is not None:
            status = Status.DOWN if now < self.not_before or self.failures > 1 else Status.COLD
            message = self.reason
        return ModelState(name=self.spec.name, status=status, message=message, on_demand=True)


async def cancelled(
    *tasks: asyncio.Task[None] | asyncio.Task[LinguaNexusError | None] | None,
) -> None:
    """Cancels those there are and waits for their ends."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running)
