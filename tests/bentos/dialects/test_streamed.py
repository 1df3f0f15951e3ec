import json
import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bentos.dialects.streamed import StreamedText, event, failing, json_line
from models.base.exceptions import LinguaNexusError, OverloadedError


class Source:
    def __init__(self, failure: Exception | None = None) -> None:
        self.closed = False
        self.failure = failure

    async def lines(self) -> AsyncGenerator[str, None]:
        try:
            yield "a\n"
            if self.failure is not None:
                raise self.failure
            yield "b\n"
        finally:
            self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def last(error: LinguaNexusError) -> str:
    return f"{error.code}\n"


async def test_lines_come_as_they_are() -> None:
    source = Source()
    assert [line async for line in failing(source.lines(), last)] == ["a\n", "b\n"]
    assert source.closed


@pytest.mark.parametrize(
    ("failure", "code"), [(OverloadedError("Full."), "overloaded"), (KeyError("x"), "internal")]
)
async def test_what_fails_midway_is_the_last_line(
    failure: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        lines = [line async for line in failing(Source(failure).lines(), last)]
    assert lines == ["a\n", f"{code}\n"]
    assert bool(caplog.records) is (code == "internal")


async def answered(response: StreamedText, *, leave_at: str = "") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        if message["type"] == leave_at:
            raise ConnectionError
        sent.append(message)

    await response.stream_response(send)
    return sent


async def test_a_response_lets_go_of_all_its_sources() -> None:
    source, behind = Source(), Source()
    sent = await answered(StreamedText(source.lines(), "text/x", behind))
    assert b"".join(message.get("body", b"") for message in sent) == b"a\nb\n"
    assert (b"cache-control", b"no-cache") in sent[0]["headers"]
    assert source.closed
    assert behind.closed


async def test_one_that_is_left_before_its_first_line_does_too() -> None:
    source, behind = Source(), Source()
    with pytest.raises(ConnectionError):
        await answered(
            StreamedText(source.lines(), "text/x", behind), leave_at="http.response.start"
        )
    assert behind.closed


def test_an_event_is_one_line_whatever_it_holds() -> None:
    assert event({"text": "a\n\nb"}) == 'data: {"text": "a\\n\\nb"}\n\n'
    assert json.loads(json_line({"text": "é\n"})) == {"text": "é\n"}
    assert json_line({"text": "é\n"}).count("\n") == 1
