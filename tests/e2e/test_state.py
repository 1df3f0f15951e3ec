"""What a served demo was asked, in the file that outlives it."""

import os
import signal
from pathlib import Path

from common.state.file import StateFile
from load_tests.server import Server
from tests.e2e.calls import ASKED, ask, until, worker_of
from tests.e2e.found import Demo

ECHO = "tests.e2e.held:EchoingService"


def test_uses_add_up_over_restarts_and_mistakes_are_none(model: str, tmp_path: Path) -> None:
    file = StateFile(tmp_path / "home" / "state.sqlite3")
    for _ in range(2):
        with Demo(model, tmp_path) as server:
            for text in ("Where is the train station?", "Good morning.", " "):
                ask(server, "/translate", {**ASKED, "text": text})
            until(lambda: [each.weights.bento for each in file.running()] == [model])
            assert file.running()[0].pid == worker_of(server).pid
    assert file.running() == []
    [usage], [measured] = file.usage(), file.measurements()
    assert (usage.weights.bento, usage.uses, usage.succeeded) == (model, 4, 4)
    assert usage.tokens_in > 4
    assert usage.tokens_out > 4
    assert usage.mean_ms > 0
    assert measured.weights == usage.weights
    assert measured.memory_bytes > 1e6


def test_a_killed_service_runs_no_more_and_keeps_what_was_written(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state.sqlite3")
    env = {"LINGUA_NEXUS_STATE_FILE": str(file.path)}
    with Server(ECHO, log=tmp_path / "log", env=env, home=tmp_path / "home") as server:
        ask(server, "/translate", ASKED)
        until(lambda: sum(usage.uses for usage in file.usage()) == 1)
        [running] = file.running()
        os.kill(server.pid, signal.SIGKILL)
        os.kill(running.pid, signal.SIGKILL)
        until(lambda: file.running() == [])
    assert file.usage()[0].succeeded == 1


def test_a_state_file_that_cannot_be_written_fails_no_request(tmp_path: Path) -> None:
    env = {"LINGUA_NEXUS_STATE_FILE": str(tmp_path / "log" / "state.sqlite3")}
    with Server(ECHO, log=tmp_path / "log", env=env, home=tmp_path / "home") as server:
        assert ask(server, "/translate", ASKED)[0] == 200
        until(lambda: "Statistics stay in memory" in (tmp_path / "log").read_text())
        assert ask(server, "/translate", ASKED)[0] == 200
    log = (tmp_path / "log").read_text()
    assert log.count("Statistics stay in memory") == 1
    assert "2 uses could not be written and are lost." in log
