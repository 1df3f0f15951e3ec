import os
import subprocess
import sys

import psutil
import pytest

from common.state.processes import began, lives


def test_this_process_lives_since_its_own_start_only() -> None:
    since = psutil.Process().create_time()
    assert began(os.getpid()) == pytest.approx(since)
    assert lives(os.getpid(), since)
    # The clock was set right meanwhile, or the number was given to another process.
    assert lives(os.getpid(), since + 1)
    assert not lives(os.getpid(), since - 60)


def test_an_ended_process_lives_no_more_reaped_or_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        since = began(process.pid)
        assert since is not None
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not lives(process.pid, since)
        process.wait()
        assert not lives(process.pid, since)
