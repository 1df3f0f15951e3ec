"""The models of a fleet that it starts itself."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from typing_extensions import override

from bentos.contract import Status
from bentos.gateway.backend import Backend
from bentos.gateway.configuration import Configuration
from bentos.gateway.fleet import Fleet
from bentos.management.errors import UnknownModelError
from common.logs import request_id
from models.base.exceptions import ModelNotReadyError
from tests.bentos.gateway.ondemand.trees import command, until
from tests.bentos.gateway.services import Exchange, Service


def configured(**backends: Any) -> Configuration:
    return Configuration.model_validate({"backends": backends})


def on_demand(**more: Any) -> dict[str, Any]:
    return {"on_demand": True, **more}


@asynccontextmanager
async def fleet_of(configuration: Configuration, *options: str) -> AsyncIterator[Fleet]:
    fleet = Fleet(configuration, lambda _: command(*options))
    await fleet.start()
    try:
        yield fleet
    finally:
        await fleet.stop()


async def changed(fleet: Fleet, **backends: Any) -> None:
    new = configured(**backends)
    await fleet.prepare(new)
    fleet.change(new)


async def reached(fleet: Fleet, name: str = "a") -> Backend:
    async with fleet.reach(name) as backend:
        return backend


async def served(backend: Backend) -> bytes:
    return (await backend.send("POST", "/translate", b"{}", timeout_s=5)).body


def url_of(backend: Backend) -> str:
    return backend.endpoints()[0].url


def status(fleet: Fleet) -> Status:
    return fleet.states()["a"].status


async def test_callers_of_a_cold_model_share_one_backend() -> None:
    async with fleet_of(configured(a=on_demand())) as fleet:
        assert status(fleet) is Status.COLD
        first, *others = await asyncio.gather(*(reached(fleet) for _ in range(4)))
        assert all(other is first for other in others)
        assert b"bonjour" in await served(first)
        state = fleet.states()["a"]
        assert (state.status, state.on_demand) == (Status.READY, True)
        assert set(state.languages) == {"eng_Latn", "fra_Latn"}
        assert state.details["name"] == "stand-in"


async def test_one_that_comes_back_elsewhere_has_another_backend() -> None:
    async with fleet_of(configured(a=on_demand())) as fleet:
        before = await reached(fleet)
        assert (await fleet.unload("a")).status is Status.COLD
        assert (await fleet.load("a")).status is Status.READY
        after = await reached(fleet)
        assert after is not before
        assert url_of(after) != url_of(before)
        assert b"bonjour" in await served(after)
        assert fleet.keep_alive("a", None).status is Status.READY


async def test_a_model_that_cannot_start_is_not_ready() -> None:
    async with fleet_of(configured(a=on_demand()), "--end", "3") as fleet:
        with pytest.raises(ModelNotReadyError, match="ended with 3"):
            await reached(fleet)
        assert status(fleet) is Status.DOWN


async def test_other_limits_leave_the_process_and_its_calls_alone() -> None:
    async with fleet_of(configured(a=on_demand())) as fleet:
        async with fleet.reach("a") as before:
            pid = fleet.states()["a"].details["pid"]
            await changed(fleet, a=on_demand(max_concurrent=3))
            after = await reached(fleet)
            assert after is not before
            assert fleet.states()["a"].details["pid"] == pid
            assert b"bonjour" in await served(before)
        assert b"bonjour" in await served(after)


async def test_another_environment_is_another_process_once_its_callers_have_left() -> None:
    async with fleet_of(configured(a=on_demand())) as fleet:
        async with fleet.reach("a") as before:
            pid = fleet.states()["a"].details["pid"]
            assert isinstance(pid, int)
            await changed(fleet, a=on_demand(environment={"X": "1"}))
            after = await reached(fleet)
            assert after is not before
            assert b"bonjour" in await served(before)
        assert b"bonjour" in await served(after)
        await until(lambda: not psutil.pid_exists(pid))


async def test_one_taken_out_is_unknown_and_its_callers_stay() -> None:
    async with (
        fleet_of(configured(a=on_demand(), b=on_demand())) as fleet,
        fleet.reach("a") as before,
    ):
        await changed(fleet, b=on_demand())
        with pytest.raises(UnknownModelError):
            await reached(fleet)
        assert b"bonjour" in await served(before)


async def begun(fleet: Fleet, starts: Path) -> asyncio.Task[Backend]:
    caller = asyncio.create_task(reached(fleet))
    await until(starts.exists)
    return caller


async def test_who_waits_for_a_model_gets_what_has_taken_its_place(tmp_path: Path) -> None:
    gate, starts = tmp_path / "gate", tmp_path / "starts"
    options = ("--gate", str(gate), "--starts", str(starts))
    async with fleet_of(configured(a=on_demand(), b=on_demand()), *options) as fleet:
        caller = await begun(fleet, starts)
        await changed(fleet, a=on_demand(environment={"X": "1"}), b=on_demand())
        gate.touch()
        assert b"bonjour" in await served(await caller)


async def test_who_waits_for_one_that_is_taken_out_is_told(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    options = ("--gate", str(tmp_path / "never"), "--starts", str(starts))
    async with fleet_of(configured(a=on_demand(), b=on_demand()), *options) as fleet:
        caller = await begun(fleet, starts)
        await changed(fleet, b=on_demand())
        with pytest.raises(UnknownModelError):
            await caller


async def elsewhere(exchange: Exchange) -> None:
    await exchange.reply(200, b"elsewhere")


def opened(gate: Path) -> None:
    gate.touch()


def closed(gate: Path) -> None:
    gate.unlink()


async def unmade(fleet: Fleet, gate: Path) -> asyncio.Task[Backend]:
    """A caller of a running model, who waits until the gateway has seen it to be ready."""
    opened(gate)
    await fleet.load("a")
    closed(gate)
    await changed(fleet, a=on_demand(max_concurrent=3))
    caller = asyncio.create_task(reached(fleet))
    await until(lambda: "a" in fleet._making and fleet._making["a"].locked())
    return caller


async def test_a_model_that_is_served_elsewhere_meanwhile_is_reached_there(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with (
        Service(elsewhere) as service,
        fleet_of(configured(a=on_demand()), "--gate", str(gate)) as fleet,
    ):
        caller = await unmade(fleet, gate)
        await changed(fleet, a={"urls": [service.url]})
        gate.touch()
        assert await served(await caller) == b"elsewhere"
        assert await served(await reached(fleet)) == b"elsewhere"


async def test_a_model_with_other_limits_meanwhile_is_reached_within_those(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with fleet_of(configured(a=on_demand()), "--gate", str(gate)) as fleet:
        caller = await unmade(fleet, gate)
        await changed(fleet, a=on_demand(max_concurrent=4))
        gate.touch()
        assert await caller is await reached(fleet)


async def test_a_caller_that_leaves_early_leaves_nothing_open(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with fleet_of(configured(a=on_demand()), "--gate", str(gate)) as fleet:
        caller = await unmade(fleet, gate)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        gate.touch()
        assert b"bonjour" in await served(await reached(fleet))


class Lines(logging.Handler):
    """What was logged, and for whose request."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None]] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.found.append((record.getMessage(), request_id.get()))


@pytest.fixture
def lines() -> Iterator[Lines]:
    logger, handler = logging.getLogger("bentos.gateway"), Lines()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.setLevel(before)
    logger.removeHandler(handler)


async def test_what_a_model_logs_is_of_nobodys_request(lines: Lines) -> None:
    async with fleet_of(configured(a=on_demand())) as fleet:
        token = request_id.set("of-the-first-caller")
        backend = await reached(fleet)
        request_id.reset(token)
        psutil.Process(await pid_of(fleet)).kill()
        await until(lambda: any("refuses" in line for line, _ in lines.found))
    assert backend is not None
    assert {"a: starting"} <= {line for line, _ in lines.found}
    assert {caller for _, caller in lines.found} == {None}


async def pid_of(fleet: Fleet) -> int:
    pid = fleet.states()["a"].details["pid"]
    assert isinstance(pid, int)
    return pid
