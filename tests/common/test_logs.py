import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from common import logs
from common.settings import ServiceSettings
from tests.restored import restored_logging

MARKER = "Zeitgeist7731"
Lines = Callable[[], list[str]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    def written() -> list[str]:
        return capsys.readouterr().out.splitlines()

    with restored_logging():
        yield written


def configure(**settings: Any) -> None:
    logs.configure(ServiceSettings(**settings))


def test_a_line_of_text_says_when_how_bad_who_and_what(lines: Lines) -> None:
    configure()
    logging.getLogger("common.x").info("%d files", 3, extra=logs.fields(size=7, name=None))
    (line,) = lines()
    assert line.endswith(" INFO common.x: 3 files size=7")
    assert line[:2] == "20"


def test_a_line_of_json_is_one_object(lines: Lines) -> None:
    configure(log_format="json")
    logging.getLogger("bentos.x").warning("a\nb", extra=logs.fields(size=7))
    (line,) = lines()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["message"]) == ("WARNING", "bentos.x", "a\nb")
    assert entry["size"] == 7
    assert entry["request_id"] is None


def test_the_request_id_is_in_every_line_of_its_request_only(lines: Lines) -> None:
    configure(log_format="json")

    async def request(name: str) -> None:
        logs.request_id.set(name)
        await asyncio.sleep(0)
        logging.getLogger("models.x").info(name)

    async def requests() -> None:
        await asyncio.gather(request("a"), request("b"))

    asyncio.run(requests())
    entries = [json.loads(line) for line in lines()]
    assert [(e["message"], e["request_id"]) for e in entries] == [("a", "a"), ("b", "b")]


def test_nobody_writes_lines_of_his_own_into_the_log(lines: Lines) -> None:
    configure()
    logging.getLogger("bentos.x").info("%s", "a\n2026 ERROR b\r\u2028\x1b[31m")
    (line,) = lines()
    assert "a\\x0a2026" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_shows_where_but_not_what_was_sent(log_format: str, lines: Lines) -> None:
    configure(log_format=log_format)
    try:
        try:
            int(MARKER)
        except ValueError as error:
            raise RuntimeError(MARKER) from error
    except RuntimeError:
        logging.getLogger("bentoml.serve").exception("Exception on %s", "/translate")
    out = "\n".join(lines())
    assert MARKER not in out
    assert out.index("ValueError") < out.index("which led to:") < out.index("RuntimeError")
    assert "test_logs.py" in out


def test_messages_that_no_caller_wrote_may_be_shown(lines: Lines) -> None:
    configure()
    try:
        raise RuntimeError("no such weights")  # noqa: TRY301 - the traceback is the point
    except RuntimeError:
        logging.getLogger("bentos.x").exception("Loading failed", extra=logs.WITH_MESSAGES)
    assert lines()[-1] == "RuntimeError: no such weights"


def test_errors_of_the_system_keep_their_message(lines: Lines) -> None:
    configure()
    error = FileNotFoundError(2, "No such file", "weights/model.bin")
    logging.getLogger("bentos.x").error("Loading failed", exc_info=error)
    assert lines()[-1] == "FileNotFoundError: [Errno 2] No such file: 'weights/model.bin'"


def test_a_ring_of_causes_ends(lines: Lines) -> None:
    configure()
    one, other = ValueError(), TypeError()
    one.__cause__, other.__cause__ = other, one
    logging.getLogger("bentos.x").error("Odd", exc_info=one)
    assert 2 < len(lines()) < 50


async def test_asyncio_shows_no_arguments(lines: Lines) -> None:
    configure()

    def fail(text: str) -> None:
        raise ValueError(text)

    loop = asyncio.get_running_loop()
    loop.call_soon(fail, MARKER)
    await asyncio.sleep(0)
    out = "\n".join(lines())
    assert "Exception in callback" in out
    assert MARKER not in out


@pytest.mark.parametrize("name", ["bentoml.access", "uvicorn.access"])
def test_access_logs_with_addresses_are_silent(name: str, lines: Lines) -> None:
    configure(log_level="DEBUG")
    logging.getLogger(name).error("192.0.2.1 GET /?q=text")
    assert lines() == []


def test_other_peoples_details_are_not_logged_at_any_level(lines: Lines) -> None:
    configure(log_level="DEBUG")
    for name in ("uvicorn.error", "asyncio", "httpx"):
        logging.getLogger(name).info("192.0.2.1")
    logging.getLogger("models.x").debug("ours")
    assert len(lines()) == 1


def test_the_level_set_is_the_least_severe_logged(lines: Lines) -> None:
    configure(log_level="ERROR")
    for name in ("bentos.x", "bentoml.x", "uvicorn.error", "httpx"):
        logging.getLogger(name).warning("no")
        logging.getLogger(name).error("yes")
    assert len(lines()) == 4


def test_configuring_twice_says_nothing_twice(lines: Lines) -> None:
    configure()
    configure()
    logging.getLogger("bentoml").info("once")
    logging.getLogger("uvicorn.error").error("once")
    assert len(lines()) == 2
