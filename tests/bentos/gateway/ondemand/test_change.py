"""What becomes of models that run when the configuration changes."""

import asyncio
from pathlib import Path

import psutil
import pytest

from bentos.contract import Status
from bentos.gateway.ondemand import processes
from bentos.gateway.ondemand.budget import Limits
from bentos.gateway.ondemand.children import Children
from bentos.gateway.ondemand.slots import Timing
from bentos.management.errors import UnknownModelError
from models.base.exceptions import ModelNotReadyError, OverloadedError
from tests.bentos.gateway.ondemand.test_children import (
    Clock,
    children_of,
    spec,
    starts,
    state,
    statuses,
)
from tests.bentos.gateway.ondemand.trees import below, until

NONE = Limits()


async def used(children: Children, name: str, left: asyncio.Event) -> None:
    async with children.use(name):
        await left.wait()


async def entered(children: Children) -> None:
    await until(lambda: children._slot("a").users == 1)


def runs(pid: int) -> bool:
    return processes.runs(psutil.Process(pid)) if psutil.pid_exists(pid) else False


async def test_what_is_the_same_process_in_both_goes_on(tmp_path: Path) -> None:
    begun, clock = tmp_path / "starts", Clock()
    options = ("--starts", str(begun))
    async with children_of(spec("a", *options), clock=clock) as children:
        url = await children.ensure("a")
        children.change([spec("b"), spec("a", *options, keep_alive_s=10)], NONE)
        assert await children.ensure("a") == url
        assert len(starts(begun)) == 1
        assert statuses(children) == ["cold", "ready"]
        clock.now += 11
        await children.sweep()
        assert statuses(children) == ["cold", "cold"]


async def test_how_long_it_is_kept_stays_where_somebody_asked_for_that() -> None:
    clock = Clock()
    async with children_of(spec("a"), clock=clock) as children:
        await children.ensure("a")
        children.keep_alive("a", 1000)
        children.change([spec("a", keep_alive_s=10)], NONE)
        clock.now += 11
        await children.sweep()
        assert statuses(children) == ["ready"]


async def test_one_taken_out_is_stopped_once_its_callers_have_left(tmp_path: Path) -> None:
    begun, left = tmp_path / "starts", asyncio.Event()
    async with children_of(spec("a", "--starts", str(begun)), spec("b")) as children:
        caller = asyncio.create_task(used(children, "a", left))
        await entered(children)
        children.change([spec("b")], NONE)
        with pytest.raises(UnknownModelError):
            await children.ensure("a")
        await children.ensure("b")
        assert runs(starts(begun)[0])
        left.set()
        await caller
        await until(lambda: not runs(starts(begun)[0]))


async def test_a_model_served_otherwise_is_another_process_at_once(tmp_path: Path) -> None:
    begun, left = tmp_path / "starts", asyncio.Event()
    options = ("--starts", str(begun))
    async with children_of(spec("a", *options)) as children:
        before = await children.ensure("a")
        caller = asyncio.create_task(used(children, "a", left))
        await entered(children)
        children.change([spec("a", *options, environment={"X": "1"})], NONE)
        assert statuses(children) == ["cold"]
        assert await children.ensure("a") != before
        assert len(starts(begun)) == 2
        left.set()
        await caller


async def test_within_limits_the_new_one_waits_for_the_end_of_the_old(tmp_path: Path) -> None:
    begun, left = tmp_path / "starts", asyncio.Event()
    options, one = ("--starts", str(begun)), Limits(models=1)
    async with children_of(spec("a", *options), limits=one) as children:
        await children.ensure("a")
        caller = asyncio.create_task(used(children, "a", left))
        await entered(children)
        children.change([spec("a", *options, environment={"X": "1"})], one)
        waiting = asyncio.create_task(children.ensure("a"))
        await until(lambda: state(children, "a").status is Status.STARTING)
        await until(children._admission.locked)
        assert len(starts(begun)) == 1
        left.set()
        await asyncio.gather(caller, waiting)
        assert [runs(pid) for pid in starts(begun)] == [False, True]


async def test_other_limits_hold_from_then_on() -> None:
    async with children_of(spec("a"), spec("b")) as children:
        await children.ensure("a")
        children.change([spec("a"), spec("b")], Limits(models=1))
        async with children.use("a"):
            with pytest.raises(OverloadedError):
                await children.ensure("b")
        await children.ensure("b")
        assert statuses(children) == ["cold", "ready"]


async def test_one_that_is_pinned_now_begins() -> None:
    async with children_of(spec("a"), spec("b")) as children:
        children.change([spec("a", pinned=True), spec("b"), spec("c", pinned=True)], NONE)
        await until(lambda: statuses(children) == ["ready", "cold", "ready"])


async def test_one_that_was_stopped_on_demand_stays_so() -> None:
    async with children_of(spec("a", pinned=True)) as children:
        await until(lambda: statuses(children) == ["ready"])
        await children.unload("a")
        children.change([spec("a", pinned=True), spec("b")], NONE)
        await children.ensure("b")
        assert statuses(children) == ["cold", "ready"]


async def test_a_pinned_model_that_fails_is_no_hindrance(tmp_path: Path) -> None:
    begun = tmp_path / "starts"
    failing = spec("a", "--end", "1", "--starts", str(begun), pinned=True)
    timing = Timing(sweep_every_s=3600, backoff_s=3600, backoff_max_s=3600)
    async with children_of(failing, spec("b"), timing=timing) as children:
        await until(lambda: state(children, "a").status is Status.DOWN)
        await children.ensure("b")
        children.change([failing], NONE)
        assert len(starts(begun)) == 1
        await until(lambda: below() == [])
        with pytest.raises(ModelNotReadyError, match="later"):
            await children.ensure("a")


async def test_the_end_comes_to_those_let_go_of_too() -> None:
    left = asyncio.Event()
    timing = Timing(sweep_every_s=3600, stop_grace_s=0.2)
    async with children_of(spec("a"), timing=timing) as children:
        caller = asyncio.create_task(used(children, "a", left))
        await entered(children)
        children.change([], NONE)
    assert below() == []
    left.set()
    await caller


async def test_who_waits_for_what_starts_gets_what_has_taken_its_place(tmp_path: Path) -> None:
    begun, gate = tmp_path / "starts", tmp_path / "gate"
    options = ("--starts", str(begun), "--gate", str(gate))
    async with children_of(spec("a", *options)) as children:
        loading = asyncio.create_task(children.load("a"))
        await until(lambda: starts(begun) != [])
        children.change([spec("a", *options, environment={"X": "1"})], NONE)
        gate.touch()
        assert (await loading).status is Status.READY
        assert len(starts(begun)) == 2


async def test_one_that_is_being_unloaded_may_be_changed(tmp_path: Path) -> None:
    begun, left = tmp_path / "starts", asyncio.Event()
    async with children_of(spec("a", "--starts", str(begun))) as children:
        caller = asyncio.create_task(used(children, "a", left))
        await entered(children)
        unloading = asyncio.create_task(children.unload("a"))
        await until(lambda: state(children, "a").message == "is stopping")
        late = asyncio.create_task(children.ensure("a"))
        await until(lambda: children._slot("a").waiting == 1)
        children.change([spec("a", "--starts", str(begun), environment={"X": "1"})], NONE)
        left.set()
        await asyncio.gather(caller, unloading, late)
        assert statuses(children) == ["ready"]
        assert [runs(pid) for pid in starts(begun)] == [False, True]
