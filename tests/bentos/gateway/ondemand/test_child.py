import asyncio
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from bentos.contract import Status
from bentos.gateway.ondemand.child import Child, free_port
from models.base.exceptions import ModelNotReadyError
from tests.bentos.gateway.ondemand.trees import command, gone, stand_ins, tree, until


@asynccontextmanager
async def running(*options: str, **arguments: Any) -> AsyncIterator[Child]:
    child = Child("model", command(*options), **arguments)
    try:
        await child.start()
        yield child
    finally:
        await child.stop(0)


def pid_of(child: Child) -> int:
    assert child.pid is not None
    return child.pid


def is_there(path: Path) -> bool:
    return path.exists()


async def got(child: Child, path: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(child.base_url + path) as answer:
        return await answer.json()


async def test_a_child_is_ready_once_it_has_translated() -> None:
    async with running(headers={"X-API-Key": "secret"}) as child:
        assert (child.status, child.message) == (Status.READY, None)
        [asked] = await got(child, "/translations")
        assert (asked["source_lang"], asked["target_lang"]) == ("eng_Latn", "fra_Latn")
        assert asked["text"]
        assert asked["key"] == "secret"
        await child.stop(10)
    assert (child.status, child.exit_status) == (Status.COLD, 0)


async def test_its_home_is_its_own_and_the_store_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "kept").touch()
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path))
    monkeypatch.setenv("NLLB_BEAM_SIZE", "4")
    async with running(changes={"A": "1", "NLLB_BEAM_SIZE": None}) as child:
        seen = await got(child, "/environment")
        home = Path(seen["BENTOML_HOME"])
        assert home != tmp_path
        assert (home / "models").resolve() == tmp_path / "models"
        assert not (home / "bentos").exists()
        assert seen["A"] == "1"
        assert "NLLB_BEAM_SIZE" not in seen
        assert "PROMETHEUS_MULTIPROC_DIR" not in seen
    assert not is_there(home)
    assert is_there(tmp_path / "models" / "kept")


async def test_its_memory_is_measured_over_all_its_processes() -> None:
    async with running("--fork", "--eat-mb", "64") as child:
        measured = await asyncio.to_thread(child.memory)
        assert measured is not None
        assert measured.kind == ("pss" if sys.platform == "linux" else "uss")
        assert 64e6 < measured.size_bytes < 300e6
        assert child.memory_bytes() > 64e6
    assert child.memory() is None
    assert child.memory_bytes() == 0


async def test_its_log_is_passed_on_line_by_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "bentos"):
        async with running("--long-line") as child:
            pass
    texts = [record.getMessage() for record in caplog.records]
    assert texts[0] == "model: starting"
    assert texts[-1] == "model: no end"
    assert max(map(len, texts)) < 5000
    assert child.lines == len(texts)


async def test_one_that_ends_at_once_is_told_and_leaves_nothing() -> None:
    child = Child("model", command("--end", "3"))
    with pytest.raises(ModelNotReadyError, match="model ended with 3 after 1 lines"):
        await child.start()
    assert child.status is Status.DOWN
    assert "ended with 3" in (child.message or "")


async def test_a_command_that_is_not_there_is_told() -> None:
    child = Child("model", ["/no/such/command"])
    with pytest.raises(ModelNotReadyError, match="ended with 127"):
        await child.start()


async def test_one_that_the_system_does_not_start_is_told() -> None:
    child = Child("model", command(), {"A": "x" * 1_000_000})
    with pytest.raises(ModelNotReadyError, match="too long"):
        await child.start()


async def test_one_that_is_not_ready_in_time_is_ended(tmp_path: Path) -> None:
    child = Child("model", command("--gate", str(tmp_path / "never")), start_timeout_s=1)
    with pytest.raises(ModelNotReadyError, match="not ready within 1 s"):
        await child.start()
    assert child.ended.is_set()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--status", "500"], "answered 500 to POST /translate"),
        (["--languages", "[]"], "fewer than two"),
        (["--languages", '["en"]'], "not a translation Bento"),
    ],
)
async def test_one_that_does_not_translate_is_not_ready(options: list[str], reason: str) -> None:
    with pytest.raises(ModelNotReadyError, match=reason):
        await Child("model", command(*options)).start()


async def test_a_cancelled_start_leaves_nothing(tmp_path: Path) -> None:
    child = Child("model", command("--gate", str(tmp_path / "never"), "--fork"))
    starting = asyncio.create_task(child.start())
    await until(lambda: child.pid is not None and len(stand_ins(child.pid)) == 2)
    processes = tree(pid_of(child))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert gone(processes)
    assert child.status is Status.COLD


def choosing(*ports: int) -> Callable[[], int]:
    left = iter(ports)
    return lambda: next(left)


async def test_a_port_that_was_taken_in_between_is_chosen_again() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        free = free_port()
        async with running(choose_port=choosing(other.getsockname()[1], free)) as child:
            assert child.port == free


async def test_another_that_answers_at_the_port_is_not_taken_for_the_child() -> None:
    async with running() as first:
        free = free_port()
        ports = choosing(int(first.port or 0), free)
        async with running(choose_port=ports) as second:
            assert second.port == free


async def test_ports_are_not_chosen_for_ever() -> None:
    async with running() as first:
        ports = choosing(*[int(first.port or 0)] * 3)
        with pytest.raises(ModelNotReadyError, match="no free port"):
            await Child("model", command(), choose_port=ports).start()


async def test_one_that_does_not_end_when_asked_is_killed_with_all_below() -> None:
    async with running("--deaf", "--fork") as child:
        processes = tree(pid_of(child))
        await child.stop(0.2)
        assert gone(processes)
    assert child.exit_status == 128 + signal.SIGKILL


@pytest.mark.parametrize("place", [0, 1])
async def test_a_child_that_is_killed_takes_all_below_with_it(place: int) -> None:
    """The guardian, or what it runs."""
    async with running("--fork") as child:
        processes = tree(pid_of(child))
        victim = [psutil.Process(pid_of(child)), stand_ins(pid_of(child))[0]][place]
        victim.kill()
        await asyncio.wait_for(child.ended.wait(), 30)
        await until(lambda: gone(processes))
        assert child.status is Status.DOWN
        assert "after 1 lines of log" in (child.message or "")


async def test_stopping_what_was_never_started_is_nothing() -> None:
    child = Child("model", command())
    await child.stop(1)
    assert child.status is Status.COLD


async def test_the_real_thing_is_served_and_ended() -> None:
    serve = [sys.executable, "-m", "bentoml", "serve", "bentos.nllb:NLLBService"]
    child = Child("nllb", serve, {"LINGUA_NEXUS_STATE_FILE": ""})
    try:
        await child.start()
        processes = tree(pid_of(child))
        assert child.status is Status.READY
        assert len(processes) > 3
    finally:
        await child.stop(20)
    assert gone(processes)
    assert child.exit_status == 0
