"""A service's process: it starts, it fails loudly, it is gone afterwards."""

from pathlib import Path

import psutil
import pytest

from load_tests.benchmarks.startup import trivial
from load_tests.server import Server, ServerError, free_port

_BROKEN = """
raise RuntimeError("no model here")
"""


def test_nothing_of_it_is_left_when_it_stops(tmp_path: Path) -> None:
    with trivial(tmp_path) as server:
        processes = psutil.Process(server.pid).children(recursive=True)
        assert processes
    gone, left = psutil.wait_procs(processes, timeout=10)
    assert len(gone) == len(processes)
    assert left == []


def test_a_server_that_dies_says_why(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(_BROKEN)
    server = Server("broken:Broken", log=tmp_path / "log", home=tmp_path / "home", cwd=tmp_path)
    with pytest.raises(ServerError, match="no model here"):
        server.start()
    assert not psutil.pid_exists(server.pid)


def test_a_server_that_is_too_slow_is_ended(tmp_path: Path) -> None:
    trivial(tmp_path)
    home = tmp_path / "home"
    server = Server(
        "trivial:Trivial", log=tmp_path / "log", home=home, cwd=tmp_path, start_timeout_s=0.1
    )
    with pytest.raises(ServerError, match=r"Not ready after 0\.1 s"):
        server.start()
    assert not psutil.pid_exists(server.pid)


def test_ports_are_usable() -> None:
    assert 1024 <= free_port() < 65536
