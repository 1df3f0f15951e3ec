import pytest

from bentos.dialects.ollama import pulling
from bentos.management.errors import NotInstalledError, PullFailedError, UnknownModelError
from bentos.management.manager import Manager, Report
from bentos.management.shapes import PullBody, PullEvent
from tests.bentos.management.test_progress import Pulling

BODY = PullBody(model="aya")


def work(report: Report) -> None:
    report(PullEvent(status="started"))
    report(PullEvent(status="message", message="Reading."))
    for done in (1, 2):
        report(PullEvent(status="downloading", file="a.gguf", completed=done, total=2))
    report(PullEvent(status="installed", tag="aya:1"))


def fail(report: Report) -> None:
    report(PullEvent(status="started"))
    raise PullFailedError("The disk is full.")


async def test_progress_is_told_as_there() -> None:
    said = [
        each.model_dump(exclude_none=True) async for each in pulling.progress(Pulling(work), BODY)
    ]
    file = {"status": "pulling a.gguf", "digest": "a.gguf", "total": 2}
    assert said == [
        {"status": "pulling manifest"},
        {"status": "Reading."},
        {**file, "completed": 1},
        {**file, "completed": 2},
        {"status": "verifying sha256 digest"},
        {"status": "success"},
    ]


async def test_who_does_not_stream_gets_the_end() -> None:
    assert (await pulling.ended(Pulling(work), BODY)).status == "success"


async def test_a_pull_that_fails_says_why() -> None:
    with pytest.raises(PullFailedError, match="disk is full"):
        await pulling.ended(Pulling(fail), BODY)
    lines = pulling.progress_lines(Pulling(fail), BODY)
    assert await anext(lines) == '{"status": "pulling manifest"}\n'
    with pytest.raises(PullFailedError, match="disk is full"):
        await anext(lines)


async def test_a_model_is_found_by_the_names_of_the_catalogue() -> None:
    manager = Manager()
    for name in ("aya-expanse:8b", "aya-expanse-8b", "aya-expanse-8b:latest"):
        assert (await pulling.named(manager, name)).model == "aya-expanse-8b"
    with pytest.raises(UnknownModelError, match="llama3:8b"):
        await pulling.named(manager, "llama3:8b")
    with pytest.raises(NotInstalledError):
        await pulling.remove(manager, "aya-expanse:8b")
