from pathlib import Path

import pytest

from load_tests.benchmarks.fleet import haproxy, served
from load_tests.benchmarks.fleet.haproxy import Haproxy
from load_tests.benchmarks.fleet.instant import Instant


def test_it_is_told_whom_to_pass_calls_on_to(tmp_path: Path) -> None:
    proxy = Haproxy("/any/haproxy", "http://127.0.0.1:4711", tmp_path)
    written = Path(proxy.command[-1]).read_text()
    assert f"bind 127.0.0.1:{proxy.port}\n" in written
    assert "server only 127.0.0.1:4711\n" in written


@pytest.mark.skipif(haproxy.program() is None, reason="haproxy is not installed")
def test_calls_go_through_it(tmp_path: Path) -> None:
    program = haproxy.program()
    assert program is not None
    with (
        Instant(log=tmp_path / "log") as backend,
        Haproxy(program, backend.url, tmp_path) as proxy,
    ):
        assert served.ask(proxy.url, "/model")["name"] == "instant"
