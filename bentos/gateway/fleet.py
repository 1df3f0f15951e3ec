"""Every model of the configuration in force, ready to be asked: running elsewhere or started here.

A change of the configuration replaces members one by one; nobody's call is broken off by it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from bentos.contract import ModelState, Status
from bentos.gateway import parts
from bentos.gateway.backend import Backend, BackendLimits
from bentos.gateway.background import Background
from bentos.gateway.configuration import Configuration, InvalidConfigurationError
from bentos.gateway.ondemand.budget import Limits
from bentos.gateway.ondemand.children import Children
from bentos.gateway.ondemand.slots import Spec
from bentos.management.errors import UnknownModelError
from models.base.exceptions import ModelNotReadyError

Starter = Callable[[str], Sequence[str]]
"""The command that serves a Bento of this name; `--host` and `--port` are added to it."""

_READY_S: Final = 10.0
"""For the gateway's own look at a model that has just said that it is ready."""


_OPEN: Final[Mapping[str, None]] = dict.fromkeys(
    f"LINGUA_NEXUS_{name}" for name in ("API_KEYS", "API_KEYS_FILE", "RATE_LIMIT", "CORS_ORIGINS")
)
"""Not handed down: callers have shown their key to the gateway, and only it reaches the model."""


class _Member:
    """A backend, and how many calls hold it."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._users = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def used(self) -> AsyncIterator[Backend]:
        self._users += 1
        self._idle.clear()
        try:
            yield self.backend
        finally:
            self._users -= 1
            if self._users == 0:
                self._idle.set()

    async def retire(self) -> None:
        """Stops it once the last call has its answer."""
        await self._idle.wait()
        await self.backend.stop()


class Fleet:
    """Order: `start`, then `reach` from any number of tasks, `stop`; `change` in between."""

    def __init__(self, configuration: Configuration, starter: Starter) -> None:
        self._configuration = configuration
        self._starter = starter
        self._members: dict[str, _Member] = {}
        self._prepared: dict[str, _Member] = {}
        self._prepared_specs: list[Spec] = []
        self._urls: dict[str, str] = {}
        """Where a model started here was when its member was made."""
        self._making: dict[str, asyncio.Lock] = {}
        self._retiring = Background()
        self._children = Children(
            _specs(configuration, starter),
            _limits(configuration.on_demand),
            on_ready=self._member_at,
        )

    async def start(self) -> None:
        """Asks every backend once; none needs to be up. Pinned models begin to start."""
        self._members = await _joined(self._configuration.backends)
        await self._children.start()

    async def stop(self) -> None:
        """Ends all of them, side by side; models started here end with it."""
        self._retire(*list(self._members))
        await self._children.stop()
        self._retire(*list(self._members))  # one may have started as it was stopped
        self._give_up_prepared()
        await self._retiring.finish()

    async def prepare(self, new: Configuration) -> None:
        """Reaches out for what another configuration adds; changes nothing yet.

        Raises:
            InvalidConfigurationError: A key's file cannot be read.
        """
        specs = _specs(new, self._starter)
        changed = {
            name: backend
            for name, backend in new.backends.items()
            if self._configuration.backends.get(name) != backend
        }
        joined = await _joined(changed)
        self._give_up_prepared()
        self._prepared, self._prepared_specs = joined, specs

    def change(self, new: Configuration) -> None:
        """Take on the configuration prepared for; what is the same in both goes on undisturbed."""
        old, self._configuration = self._configuration, new
        self._retire(*(name for name, was in old.backends.items() if new.backends.get(name) != was))
        self._members |= self._prepared
        self._prepared = {}
        self._children.change(self._prepared_specs, _limits(new.on_demand))

    def states(self) -> dict[str, ModelState]:
        """By name, the default first."""
        started = {state.name: state for state in self._children.states()}
        return {name: self._state(name, started.get(name)) for name in self._configuration.names}

    @asynccontextmanager
    async def reach(self, name: str) -> AsyncIterator[Backend]:
        """A model that can be asked, started first where it has to be; it stays until the end.

        Raises:
            UnknownModelError: Nothing of this name is configured.
            ModelNotReadyError: It could not be started.
            OverloadedError: There is no room for it.
        """
        if not self._backend(name).on_demand:
            async with self._member(name).used() as running:
                yield running
            return
        async with self._children.use(name) as url:
            await self._member_at(name, url)
            self._backend(name)  # it may have been taken out of the configuration meanwhile
            async with self._member(name).used() as reached:
                yield reached

    async def load(self, name: str) -> ModelState:
        """Start a model that is on demand, and wait until it is ready; others are left alone."""
        async with self.reach(name):
            return self.states()[name]

    async def unload(self, name: str) -> ModelState:
        """Stop a model that is on demand, once its callers have their answers."""
        if self._backend(name).on_demand:
            await self._children.unload(name)
        return self.states()[name]

    def keep_alive(self, name: str, seconds: float | None) -> ModelState:
        """How long a model on demand stays once nobody uses it; None: for good."""
        if self._backend(name).on_demand:
            self._children.keep_alive(name, seconds)
        return self.states()[name]

    def _backend(self, name: str) -> parts.Backend:
        if name not in self._configuration.backends:
            raise UnknownModelError(name)
        return self._configuration.backends[name]

    def _state(self, name: str, started: ModelState | None) -> ModelState:
        member = self._members.get(name)
        known = member.backend.state() if member else None
        if started is None:
            return known or ModelState(name=name, status=Status.STARTING)
        if known is None or started.status is not Status.READY:
            return started
        return replace(started, languages=known.languages, details=known.details)

    async def _member_at(self, name: str, url: str) -> None:
        """Sees to it that a model started here is known where it is now."""
        async with self._making.setdefault(name, asyncio.Lock()):
            while (backend := self._configuration.backends.get(name)) and backend.on_demand:
                if self._urls.get(name) == url and name in self._members:
                    return
                made = await _started(name, url, backend)
                if self._configuration.backends.get(name) == backend:
                    self._retire(name)
                    self._members[name], self._urls[name] = made, url
                else:  # for another configuration it is another
                    await made.backend.stop()

    def _member(self, name: str) -> _Member:
        if name not in self._members:
            raise ModelNotReadyError(f"{name} is not known yet, or not any more.")
        return self._members[name]

    def _retire(self, *names: str) -> None:
        for name in names:
            if (member := self._members.pop(name, None)) is not None:
                self._retiring.start(member.retire())

    def _give_up_prepared(self) -> None:
        for member in self._prepared.values():
            self._retiring.start(member.retire())
        self._prepared = {}


async def _started(name: str, url: str, backend: parts.Backend) -> _Member:
    made = Backend(name, [url], limits_of(backend))
    try:
        await made.start()
        await made.wait_ready(timeout_s=_READY_S)
    except BaseException:
        await made.stop()
        raise
    return _Member(made)


async def _joined(backends: Mapping[str, parts.Backend]) -> dict[str, _Member]:
    """Those that run elsewhere, side by side: one that hangs is waited for once."""
    members = {
        name: _Member(Backend(name, backend.urls, limits_of(backend)))
        for name, backend in backends.items()
        if not backend.on_demand
    }
    try:
        await asyncio.gather(*(member.backend.start() for member in members.values()))
    except BaseException:
        await asyncio.gather(*(member.backend.stop() for member in members.values()))
        raise
    return members


def limits_of(backend: parts.Backend) -> BackendLimits:
    """What the configuration says of one backend, as its client takes it."""
    return BackendLimits(
        max_concurrent=backend.max_concurrent,
        max_waiting=backend.queue,
        timeout_s=backend.timeout_s,
        breaker_failures=backend.breaker_failures,
        breaker_open_s=backend.breaker_open_s,
        api_key=_key_of(backend.api_key_file),
    )


def check_keys(configuration: Configuration) -> None:
    """Reads every backend's key; raises `InvalidConfigurationError` where one cannot be."""
    for backend in configuration.backends.values():
        _key_of(backend.api_key_file)


def _key_of(file: Path | None) -> str | None:
    try:
        return file.read_text("utf-8").strip() if file else None
    except OSError as error:
        fault = f"{file}: cannot be read: {error.strerror}"
        raise InvalidConfigurationError([fault]) from error
    except UnicodeDecodeError:
        # Not as its cause: that holds the key.
        raise InvalidConfigurationError([f"{file}: is not UTF-8"]) from None


def _limits(on_demand: parts.OnDemand) -> Limits:
    return Limits(memory_bytes=on_demand.memory_budget, models=on_demand.max_models)


def _specs(configuration: Configuration, starter: Starter) -> list[Spec]:
    return [
        Spec(
            name=name,
            command=list(starter(backend.model or name)),
            environment={**_OPEN, **backend.environment},
            headers={"X-API-Key": key} if (key := _key_of(backend.api_key_file)) else {},
            pinned=backend.pinned,
            keep_alive_s=(
                configuration.on_demand.keep_alive_s
                if backend.keep_alive_s is None
                else backend.keep_alive_s
            ),
        )
        for name, backend in configuration.backends.items()
        if backend.on_demand
    ]
