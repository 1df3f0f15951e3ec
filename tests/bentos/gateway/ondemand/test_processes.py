import os
import socket

from bentos.gateway.ondemand import processes

NOBODY = 2**22 + 1


def test_a_process_that_is_not_there_holds_nothing() -> None:
    assert processes.measure(NOBODY) is None
    assert processes.tree(NOBODY) == []
    assert not processes.listens(NOBODY, 80)


def test_this_process_is_measured() -> None:
    measured = processes.measure(os.getpid())
    assert measured is not None
    assert measured.size_bytes > 1_000_000


def test_who_listens_is_known() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        assert not processes.listens(os.getpid(), port)
        one.listen()
        assert processes.listens(os.getpid(), port)
