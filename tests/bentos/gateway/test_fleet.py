import asyncio
from pathlib import Path
from typing import Any

import pytest

from bentos.contract import Status
from bentos.gateway.backend import Backend
from bentos.gateway.configuration import Configuration, InvalidConfigurationError
from bentos.gateway.fleet import Fleet, check_keys
from bentos.management.errors import UnknownModelError
from models.base.exceptions import ModelNotReadyError
from tests.bentos.gateway.services import Exchange, Service, services
from tests.bentos.gateway.speaking import fleet_of


def configuration(**urls: str | list[str]) -> Configuration:
    listed = {name: [url] if isinstance(url, str) else url for name, url in urls.items()}
    return Configuration.model_validate(
        {"backends": {name: {"urls": urls} for name, urls in listed.items()}}
    )


async def ask(fleet: Fleet, name: str = "a", body: bytes = b"{}") -> bytes:
    async with fleet.reach(name) as backend:
        return (await backend.send("POST", "/translate", body, timeout_s=5)).body


async def member(fleet: Fleet, name: str = "a") -> Backend:
    async with fleet.reach(name) as backend:
        return backend


async def changed(fleet: Fleet, new: Configuration) -> None:
    await fleet.prepare(new)
    fleet.change(new)


def saying(word: bytes) -> Any:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(200, word)

    return answer


async def test_each_model_is_reached_by_its_name() -> None:
    async with (
        services(saying(b"one"), saying(b"two")) as (one, two),
        fleet_of(configuration(b=one.url, a=two.url)) as fleet,
    ):
        assert (await ask(fleet, "a"), await ask(fleet, "b")) == (b"two", b"one")
        assert list(fleet.states()) == ["b", "a"]
        assert fleet.states()["a"].status is Status.READY
        for wrong in (ask(fleet, "c"), fleet.load("c"), fleet.unload("c")):
            with pytest.raises(UnknownModelError):
                await wrong
        with pytest.raises(UnknownModelError):
            fleet.keep_alive("c", 5)


async def test_one_that_runs_elsewhere_is_neither_started_nor_stopped() -> None:
    async with services(saying(b"one")) as (one,), fleet_of(configuration(a=one.url)) as fleet:
        assert (await fleet.load("a")).status is Status.READY
        assert (await fleet.unload("a")).status is Status.READY
        assert fleet.keep_alive("a", 1).on_demand is False


async def test_before_its_start_and_after_its_stop_nobody_is_ready() -> None:
    async with services(saying(b"one")) as (one,):
        fleet = Fleet(configuration(a=one.url), lambda name: [name])
        assert fleet.states()["a"].status is Status.STARTING
        with pytest.raises(ModelNotReadyError, match="not known yet"):
            await ask(fleet)
        await fleet.start()
        assert await ask(fleet) == b"one"
        await fleet.stop()
        with pytest.raises(ModelNotReadyError):
            await ask(fleet)


async def test_calls_of_the_old_end_with_it_and_new_ones_go_to_the_new() -> None:
    going = asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        await going.wait()
        await exchange.reply(200, b"old")

    async with (
        services(slow, saying(b"new")) as (old, new),
        fleet_of(configuration(a=old.url)) as fleet,
    ):
        before = await member(fleet)
        calls = [asyncio.create_task(ask(fleet)) for _ in range(5)]
        await old.until(lambda: len(old.requests) == 5)
        await changed(fleet, configuration(a=new.url))
        assert await ask(fleet) == b"new"
        assert before.endpoints()[0].outstanding == 5
        going.set()
        assert await asyncio.gather(*calls) == [b"old"] * 5
        assert await ask(fleet) == b"new"
        assert len(old.requests) == 5


async def answered(service: Service, more: int) -> None:
    wanted = len(service.requests) + more
    await service.until(lambda: len(service.requests) >= wanted)


async def test_a_reload_under_load_loses_no_request() -> None:
    async with services(saying(b"one"), saying(b"two")) as (one, two):
        done = asyncio.Event()
        async with fleet_of(configuration(a=one.url)) as fleet:

            async def load() -> set[bytes]:
                found: set[bytes] = set()
                while not done.is_set():
                    found.add(await ask(fleet))
                return found

            callers = [asyncio.create_task(load()) for _ in range(8)]
            for last, url in [(two, two.url), (one, one.url)] * 3:
                await changed(fleet, configuration(a=url))
                await answered(last, 8)
            done.set()
            assert set().union(*await asyncio.gather(*callers)) == {b"one", b"two"}


async def test_what_is_the_same_in_both_goes_on_undisturbed() -> None:
    async with (
        services(saying(b"one"), saying(b"two")) as (one, two),
        fleet_of(configuration(a=one.url, b=one.url)) as fleet,
    ):
        kept, other = await member(fleet, "a"), await member(fleet, "b")
        await changed(fleet, configuration(a=one.url, b=two.url, c=two.url))
        assert await member(fleet, "a") is kept
        assert await member(fleet, "b") is not other
        assert await ask(fleet, "c") == b"two"
        await changed(fleet, configuration(b=two.url))
        assert list(fleet.states()) == ["b"]
        with pytest.raises(UnknownModelError):
            await ask(fleet, "a")


@pytest.mark.parametrize(
    ("name", "fault"),
    [("missing", "missing: cannot be read: No such file"), ("binary", "binary: is not UTF-8")],
)
async def test_a_preparation_that_fails_changes_nothing(
    name: str, fault: str, tmp_path: Path
) -> None:
    (tmp_path / "binary").write_bytes(b"secret\xff")
    async with (
        services(saying(b"one"), saying(b"two")) as (one, two),
        fleet_of(configuration(a=one.url)) as fleet,
    ):
        keyless = {"urls": [two.url], "api_key_file": str(tmp_path / name)}
        new = Configuration.model_validate({"backends": {"b": keyless, "a": keyless}})
        with pytest.raises(InvalidConfigurationError, match=fault):
            await fleet.prepare(new)
        with pytest.raises(InvalidConfigurationError, match=fault):
            check_keys(new)
        assert list(fleet.states()) == ["a"]
        assert await ask(fleet) == b"one"
        assert two.polls == []


async def test_a_preparation_that_is_given_up_leaves_nothing_open() -> None:
    async with (
        services(saying(b"one"), saying(b"two")) as (one, two),
        fleet_of(configuration(a=one.url)) as fleet,
    ):
        two.ready = None
        preparing = asyncio.create_task(fleet.prepare(configuration(a=one.url, b=two.url)))
        await two.until(lambda: two.polls != [])
        preparing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await preparing
        two.ready = True
        for _ in range(2):  # the first is given up for the second, the second by the end
            await fleet.prepare(configuration(a=one.url, b=two.url))
        assert list(fleet.states()) == ["a"]


async def test_the_key_that_a_model_asks_for_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("the-key\n")
    async with services(saying(b"one")) as (one,):
        keyed = {"a": {"urls": [one.url], "api_key_file": str(file)}}
        async with fleet_of(Configuration.model_validate({"backends": keyed})) as fleet:
            await ask(fleet)
        assert one.requests[0].headers["x-api-key"] == "the-key"


async def test_limits_are_the_configurations() -> None:
    async def fail(exchange: Exchange) -> None:
        await exchange.reply(500, b"{}")

    async with services(fail) as (one,):
        limited = {"a": {"urls": [one.url], "breaker_failures": 1, "breaker_open_s": 60}}
        async with fleet_of(Configuration.model_validate({"backends": limited})) as fleet:
            await ask(fleet)
            assert (await member(fleet)).endpoints()[0].breaker == "open"
