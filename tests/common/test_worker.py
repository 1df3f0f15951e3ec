import asyncio
import threading

import pytest

from common.worker import Worker, WorkerClosedError

DEADLINE_S = 10.0


class Gate:
    """A blocking call that says when it has begun and ends when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.leave = threading.Event()
        self.ended = threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.leave.wait(DEADLINE_S)
        self.ended.set()
        return "done"

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, DEADLINE_S)


async def test_a_call_runs_on_the_workers_own_thread_with_its_arguments() -> None:
    worker = Worker("engine")

    def where(prefix: str, number: int) -> tuple[str, str]:
        return threading.current_thread().name, f"{prefix}{number}"

    name, joined = await worker.run(where, "a", 1)

    assert name.startswith("engine")
    assert joined == "a1"
    await worker.close()


async def test_the_event_loop_goes_on_while_a_call_runs() -> None:
    worker, gate = Worker("engine"), Gate()
    call = asyncio.create_task(worker.run(gate))
    await gate.has_begun()
    assert not call.done()
    gate.leave.set()
    assert await call == "done"
    await worker.close()


async def test_an_exception_passes_through_and_the_thread_serves_on() -> None:
    worker = Worker("engine")

    def divide(by: int) -> float:
        return 1 / by

    with pytest.raises(ZeroDivisionError):
        await worker.run(divide, 0)
    assert await worker.run(divide, 1) == 1
    await worker.close()


@pytest.mark.parametrize("threads", [1, 3])
async def test_no_more_calls_run_at_once_than_there_are_threads(threads: int) -> None:
    worker, gates = Worker("engine", threads), [Gate() for _ in range(threads + 1)]
    calls = [asyncio.create_task(worker.run(gate)) for gate in gates]
    for gate in gates[:threads]:
        await gate.has_begun()

    assert not gates[threads].begun.is_set()

    for gate in gates:
        gate.leave.set()
    assert await asyncio.gather(*calls) == ["done"] * (threads + 1)
    await worker.close()


async def test_a_caller_cancelled_while_his_call_runs_loses_no_thread() -> None:
    worker, gate = Worker("engine"), Gate()
    call = asyncio.create_task(worker.run(gate))
    await gate.has_begun()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    following = asyncio.create_task(worker.run(gate.ended.is_set))
    gate.leave.set()

    assert await following, "the next call began before the abandoned one ended"
    await worker.close()


async def test_a_caller_cancelled_before_his_call_begins_costs_nothing() -> None:
    worker, gate, never = Worker("engine"), Gate(), Gate()
    running = asyncio.create_task(worker.run(gate))
    await gate.has_begun()
    waiting = asyncio.create_task(worker.run(never))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.leave.set()

    assert await running == "done"
    await worker.close()
    assert not never.begun.is_set()


async def test_close_waits_for_the_running_call_and_refuses_later_ones() -> None:
    worker, gate = Worker("engine"), Gate()
    running = asyncio.create_task(worker.run(gate))
    await gate.has_begun()
    closing = asyncio.create_task(worker.close())
    await asyncio.sleep(0)

    with pytest.raises(WorkerClosedError, match="engine"):
        await worker.run(str)
    assert not closing.done()

    gate.leave.set()
    await closing
    assert gate.ended.is_set()
    assert await running == "done"


async def test_close_leaves_no_thread_and_may_be_repeated() -> None:
    worker = Worker("leaves-nothing")
    await worker.run(str)
    await worker.close()
    await worker.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("leaves-nothing")]
