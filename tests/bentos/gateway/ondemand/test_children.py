import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from bentos.contract import ModelState, Status
from bentos.gateway.ondemand.budget import Limits
from bentos.gateway.ondemand.children import Children
from bentos.gateway.ondemand.processes import runs
from bentos.gateway.ondemand.slots import Spec, Timing
from bentos.management.errors import UnknownModelError
from models.base.exceptions import ModelNotReadyError, OverloadedError
from tests.bentos.gateway.ondemand.trees import below, command, gone, until

NEVER = Timing(sweep_every_s=3600, stop_grace_s=5)


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def spec(name: str, *options: str, **arguments: Any) -> Spec:
    return Spec(name=name, command=command(*options), **arguments)


@asynccontextmanager
async def children_of(
    *specs: Spec,
    limits: Limits | None = None,
    clock: Callable[[], float] | None = None,
    timing: Timing = NEVER,
) -> AsyncIterator[Children]:
    children = Children(specs, limits, clock or Clock(), timing=timing)
    await children.start()
    try:
        yield children
    finally:
        await children.stop()


def state(children: Children, name: str) -> ModelState:
    return next(each for each in children.states() if each.name == name)


def statuses(children: Children) -> list[str]:
    return [str(each.status) for each in children.states()]


def starts(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


async def outcomes(tasks: Sequence[asyncio.Task[str]]) -> list[str | BaseException]:
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_cold_model_starts_once_for_all_who_ask(tmp_path: Path) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "starts"
    async with children_of(spec("a", "--gate", str(gate), "--starts", str(begun))) as children:
        assert statuses(children) == ["cold"]
        callers = [asyncio.create_task(children.ensure("a")) for _ in range(5)]
        await until(lambda: starts(begun) != [])
        assert state(children, "a").status is Status.STARTING
        await until(lambda: state(children, "a").message == "is loading (0 s)")
        callers[0].cancel()
        gate.touch()
        first, *rest = await outcomes(callers)
        assert isinstance(first, asyncio.CancelledError)
        assert len(set(rest)) == 1
        assert str(rest[0]).startswith("http://127.0.0.1:")
        assert state(children, "a") == ModelState(name="a", status=Status.READY, on_demand=True)
        assert len(starts(begun)) == 1
        assert children.memory_bytes("a") > 0


async def test_a_start_that_nobody_waits_for_any_more_goes_on(tmp_path: Path) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "starts"
    async with children_of(spec("a", "--gate", str(gate), "--starts", str(begun))) as children:
        caller = asyncio.create_task(children.ensure("a"))
        await until(lambda: starts(begun) != [])
        caller.cancel()
        await asyncio.wait({caller})
        gate.touch()
        await until(lambda: statuses(children) == ["ready"])


async def test_a_failed_start_is_told_to_all_and_tried_again_later(tmp_path: Path) -> None:
    begun, clock = tmp_path / "starts", Clock()
    model = spec("a", "--end", "3", "--starts", str(begun))
    async with children_of(model, clock=clock) as children:
        callers = [asyncio.create_task(children.ensure("a")) for _ in range(3)]
        for outcome in await outcomes(callers):
            assert isinstance(outcome, ModelNotReadyError)
            assert "ended with 3 after 1 lines of log" in outcome.message
        assert len(starts(begun)) == 1
        assert state(children, "a").status is Status.DOWN
        with pytest.raises(ModelNotReadyError, match="later") as refused:
            await children.ensure("a")
        assert refused.value.details == {"retry_after_s": 1}
        clock.now += 1
        with pytest.raises(ModelNotReadyError):
            await children.ensure("a")
        with pytest.raises(ModelNotReadyError) as refused:
            await children.ensure("a")
        assert refused.value.details == {"retry_after_s": 2}
        with pytest.raises(ModelNotReadyError, match="ended with 3"):
            await children.load("a")
        assert len(starts(begun)) == 3


async def test_different_models_start_side_by_side(tmp_path: Path) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "starts"
    options = ["--gate", str(gate), "--starts", str(begun)]
    async with children_of(spec("a", *options), spec("b", *options)) as children:
        callers = [asyncio.create_task(children.ensure(name)) for name in "ab"]
        await until(lambda: len(starts(begun)) == 2)
        gate.touch()
        assert len(set(await outcomes(callers))) == 2


async def test_the_least_recently_used_makes_room() -> None:
    clock, models = Clock(), [spec("a"), spec("b"), spec("c")]
    async with children_of(*models, limits=Limits(models=2), clock=clock) as children:
        for name in "aba":
            clock.now += 1
            await children.ensure(name)
        clock.now += 1
        await children.ensure("c")
        assert statuses(children) == ["ready", "cold", "ready"]


async def test_measured_memory_counts_and_not_what_was_expected() -> None:
    eats = spec("a", "--eat-mb", "80", expected_bytes=1)
    small = spec("b", expected_bytes=30_000_000)
    async with children_of(eats, small, limits=Limits(memory_bytes=100_000_000)) as children:
        await children.ensure("a")
        await children.ensure("b")
        assert statuses(children) == ["cold", "ready"]


async def test_one_that_has_grown_out_of_the_budget_is_stopped() -> None:
    limits = Limits(memory_bytes=60_000_000)
    async with children_of(spec("a", "--eat-mb", "80"), limits=limits) as children:
        await children.ensure("a")
        assert statuses(children) == ["ready"]
        await children.sweep()
        assert statuses(children) == ["cold"]


async def test_one_in_use_is_not_stopped_for_another() -> None:
    async with children_of(spec("a"), spec("b"), limits=Limits(models=1)) as children:
        async with children.use("a"):
            with pytest.raises(OverloadedError, match="in use"):
                await children.ensure("b")
        assert state(children, "b").status is Status.COLD
        await children.ensure("b")
        assert statuses(children) == ["cold", "ready"]


async def test_an_idle_model_is_stopped_when_its_time_is_over() -> None:
    clock = Clock()
    models = [spec("a", keep_alive_s=10), spec("b", keep_alive_s=None), spec("c", keep_alive_s=10)]
    async with children_of(*models, clock=clock) as children:
        for name in "abc":
            await children.ensure(name)
        children.keep_alive("c", 30)
        async with children.use("a"):
            clock.now += 11
            await children.sweep()
            assert statuses(children) == ["ready"] * 3
            clock.now += 1
        await children.sweep()
        assert statuses(children) == ["ready"] * 3
        clock.now += 10
        await children.sweep()
        assert statuses(children) == ["cold", "ready", "ready"]
        clock.now += 10
        await children.sweep()
        assert statuses(children) == ["cold", "ready", "cold"]


async def test_the_time_is_watched_without_being_asked() -> None:
    timing = Timing(sweep_every_s=0.01)
    async with children_of(spec("a", keep_alive_s=0), timing=timing) as children:
        await children.ensure("a")
        await until(lambda: statuses(children) == ["cold"])


async def test_pinned_models_start_with_the_gateway_and_stay() -> None:
    clock, models = Clock(), [spec("a", pinned=True, keep_alive_s=1), spec("b")]
    async with children_of(*models, limits=Limits(models=1), clock=clock) as children:
        await until(lambda: statuses(children) == ["ready", "cold"])
        clock.now += 100
        await children.sweep()
        with pytest.raises(OverloadedError, match="pinned"):
            await children.load("b")
        assert statuses(children) == ["ready", "cold"]


async def test_unloading_waits_for_the_callers_and_the_next_one_starts_it_again(
    tmp_path: Path,
) -> None:
    begun = tmp_path / "starts"
    async with children_of(spec("a", "--starts", str(begun))) as children:
        assert (await children.load("a")).status is Status.READY
        async with children.use("a"):
            unloading = asyncio.create_task(children.unload("a"))
            await until(lambda: state(children, "a").message == "is stopping")
            late = asyncio.create_task(children.ensure("a"))
            await asyncio.wait({late, unloading}, timeout=0.1)
            assert not unloading.done()
            assert psutil.pid_exists(starts(begun)[0])
        assert (await unloading).status is Status.COLD
        await late
        assert len(starts(begun)) == 2


async def test_callers_that_never_leave_do_not_keep_it_for_ever() -> None:
    timing = Timing(sweep_every_s=3600, stop_grace_s=0.1)
    async with children_of(spec("a"), timing=timing) as children, children.use("a"):
        assert (await children.unload("a")).status is Status.COLD


async def test_unloading_what_starts_gives_the_start_up(tmp_path: Path) -> None:
    begun = tmp_path / "starts"
    model = spec("a", "--gate", str(tmp_path / "never"), "--starts", str(begun))
    async with children_of(model) as children:
        caller = asyncio.create_task(children.ensure("a"))
        await until(lambda: starts(begun) != [])
        await children.unload("a")
        with pytest.raises(ModelNotReadyError, match="unloaded as it started"):
            await caller
        assert below() == []


async def test_unloading_a_cold_model_is_nothing() -> None:
    async with children_of(spec("a")) as children:
        assert (await children.unload("a")).status is Status.COLD


async def killed(children: Children, begun: Path) -> None:
    psutil.Process(starts(begun)[-1]).kill()
    await until(lambda: statuses(children) != ["ready"])


async def test_a_model_that_died_is_started_when_asked_for_and_ever_later(tmp_path: Path) -> None:
    begun, clock = tmp_path / "starts", Clock()
    async with children_of(spec("a", "--starts", str(begun)), clock=clock) as children:
        await children.ensure("a")
        await killed(children, begun)
        found = state(children, "a")
        assert found.status is Status.COLD
        assert found.message == "ended with 137 after 1 lines of log"
        await children.ensure("a")
        await killed(children, begun)
        assert state(children, "a").status is Status.DOWN
        with pytest.raises(ModelNotReadyError, match="ended with 137"):
            await children.ensure("a")
        clock.now += 1
        await children.ensure("a")
        clock.now += 60
        await killed(children, begun)
        assert state(children, "a").status is Status.COLD
        await children.ensure("a")
        assert len(starts(begun)) == 4


async def test_a_pinned_model_that_died_is_started_without_being_asked_for(tmp_path: Path) -> None:
    begun = tmp_path / "starts"
    model = spec("a", "--starts", str(begun), pinned=True)
    async with children_of(model) as children:
        await until(lambda: statuses(children) == ["ready"])
        psutil.Process(starts(begun)[0]).kill()
        await until(lambda: len(starts(begun)) == 2 and statuses(children) == ["ready"])


async def test_a_pinned_model_that_cannot_start_is_tried_again_and_again(tmp_path: Path) -> None:
    begun = tmp_path / "starts"
    model = spec("a", "--end", "1", "--starts", str(begun), pinned=True)
    timing = Timing(sweep_every_s=3600, backoff_s=0.01)
    async with children_of(model, timing=timing) as children:
        await until(lambda: len(starts(begun)) >= 3)
        await children.unload("a")
        assert statuses(children) == ["cold"]


async def test_the_end_is_every_models_end(tmp_path: Path) -> None:
    begun = tmp_path / "starts"
    slow = spec("b", "--gate", str(tmp_path / "never"), "--starts", str(begun))
    async with children_of(spec("a", "--fork"), slow) as children:
        await children.ensure("a")
        caller = asyncio.create_task(children.ensure("b"))
        await until(lambda: starts(begun) != [])
        processes = below()
        assert len(processes) > 5
        await children.stop()
        assert gone(processes)
        with pytest.raises(ModelNotReadyError):
            await caller
        with pytest.raises(ModelNotReadyError, match="shutting down"):
            await children.ensure("a")


async def test_a_model_that_nobody_configured_is_unknown() -> None:
    async with children_of(spec("a")) as children:
        with pytest.raises(UnknownModelError):
            await children.ensure("b")


async def test_a_model_that_lost_its_worker_is_ended_and_started_again(tmp_path: Path) -> None:
    begun = tmp_path / "starts"
    async with children_of(spec("a", "--worker", "--starts", str(begun))) as children:
        await children.ensure("a")
        await children.sweep()
        assert statuses(children) == ["ready"]
        [worker] = psutil.Process(starts(begun)[0]).children()
        worker.kill()
        await until(lambda: not runs(worker))
        await children.sweep()
        await until(lambda: statuses(children) == ["cold"])
        await children.ensure("a")
        assert len(starts(begun)) == 2
