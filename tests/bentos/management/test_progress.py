import asyncio
import json
import threading
from collections.abc import Callable

from typing_extensions import override

from bentos.management.errors import PullFailedError
from bentos.management.manager import Manager, Report
from bentos.management.progress import lines
from bentos.management.shapes import PullBody, PullEvent
from bentos.pull import PullCancelledError

BODY = PullBody(model="nllb")


class Pulling(Manager):
    """Its pulls do what a test wants; all else is a manager's."""

    def __init__(self, do: Callable[[Report], None]) -> None:
        super().__init__()
        self._do = do
        self.ended: list[BaseException | None] = []
        self.done = threading.Event()

    @override
    def pull(self, body: PullBody, report: Report) -> str:
        try:
            self._do(report)
        except BaseException as error:
            self.ended.append(error)
            raise
        finally:
            self.done.set()
        return "nllb:1"


async def told(manager: Manager) -> list[dict[str, object]]:
    return [json.loads(line) async for line in lines(manager, BODY)]


async def test_every_event_is_a_line_in_its_order() -> None:
    def work(report: Report) -> None:
        report(PullEvent(status="started"))
        for done in range(3):
            report(PullEvent(status="downloading", file="a", completed=done, total=2))
        report(PullEvent(status="installed", tag="nllb:1"))

    events = await told(Pulling(work))
    assert [each["status"] for each in events] == ["started", *["downloading"] * 3, "installed"]
    assert [each.get("completed") for each in events[1:4]] == [0, 1, 2]


async def test_failure_is_the_last_line_and_says_no_more_than_it_should() -> None:
    def refused(_: Report) -> None:
        raise PullFailedError("The disk is full.")

    def broken(_: Report) -> None:
        raise KeyError("secret")

    assert await told(Pulling(refused)) == [{"status": "failed", "message": "The disk is full."}]
    [last] = await told(Pulling(broken))
    assert last["status"] == "failed"
    assert "secret" not in str(last["message"])


async def test_leaving_ends_the_pull_at_its_next_report() -> None:
    may_go_on = threading.Event()

    def work(report: Report) -> None:
        report(PullEvent(status="started"))
        may_go_on.wait(30)
        report(PullEvent(status="downloading"))

    manager = Pulling(work)
    stream = lines(manager, BODY)
    assert json.loads(await anext(stream))["status"] == "started"
    await stream.aclose()
    may_go_on.set()
    assert await asyncio.to_thread(manager.done.wait, 30)
    assert [type(error) for error in manager.ended] == [PullCancelledError]
