import os
import socket
from typing import NoReturn

import psutil
from typing_extensions import override

from bentos.gateway.ondemand import processes

NOBODY = 2**22 + 1


class Hidden(psutil.Process):
    """Another user's, as far as its pages and sockets go."""

    @override
    def memory_full_info(self) -> NoReturn:
        raise psutil.AccessDenied(self.pid)

    @override
    def net_connections(self, kind: str = "inet") -> NoReturn:
        raise psutil.AccessDenied(self.pid)


class Ended(psutil.Process):
    """One that was there a moment ago."""

    @override
    def memory_full_info(self) -> NoReturn:
        raise psutil.NoSuchProcess(self.pid)

    @override
    def net_connections(self, kind: str = "inet") -> NoReturn:
        raise psutil.NoSuchProcess(self.pid)

    @override
    def status(self) -> NoReturn:
        raise psutil.NoSuchProcess(self.pid)


def test_a_process_that_is_not_there_holds_nothing() -> None:
    assert processes.tree(NOBODY) == []
    assert processes.measure([]) is None


def test_one_that_ends_meanwhile_holds_nothing() -> None:
    assert processes.measure([Ended()]) is None
    assert processes.listening([Ended()], 80) == []
    assert not processes.runs(Ended())


def test_this_process_runs_and_is_measured() -> None:
    [this, *_] = processes.tree(os.getpid())
    measured = processes.measure([this])
    assert processes.runs(this)
    assert measured is not None
    assert measured.size_bytes > 1_000_000


def test_the_sum_is_said_to_be_no_better_than_its_worst_part() -> None:
    measured = processes.measure([psutil.Process(), Hidden()])
    assert measured is not None
    assert measured.kind == "rss"


def test_who_listens_is_known_or_may_be() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        assert processes.listening([psutil.Process()], port) == []
        one.listen()
        assert processes.listening([psutil.Process()], port) == [psutil.Process()]
    assert len(processes.listening([Hidden()], port)) == 1
