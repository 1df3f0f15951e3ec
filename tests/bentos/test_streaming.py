import json
from collections.abc import AsyncGenerator

import pytest
from prometheus_client import REGISTRY

from bentos.streaming import EventStream, Part, stream_of
from models.base.exceptions import DeadlineExceededError
from models.base.translation_model import SegmentTranslation


def segment(index: int, text: str, before: str = "") -> SegmentTranslation:
    return SegmentTranslation(index=index, total=2, source="", text=text, before=before)


class Source:
    """Parts that may end in an error; says when it was closed."""

    def __init__(self, *parts: Part, error: Exception | None = None) -> None:
        self._parts = parts
        self._error = error
        self.closed = False

    async def run(self) -> AsyncGenerator[Part, None]:
        try:
            for part in self._parts:
                yield part
            if self._error is not None:
                raise self._error
        finally:
            self.closed = True


async def events_of(stream: EventStream) -> list[tuple[str, dict[str, object]]]:
    text = "".join([str(chunk) async for chunk in stream.body_iterator])
    events = []
    for event in text.removesuffix("\n\n").split("\n\n"):
        name, data = event.split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


async def test_line_breaks_and_other_scripts_come_through() -> None:
    text = "नमस्ते\r\n\n «ça» \u2028🙂"
    stream = await stream_of(Source(segment(0, text, before="\n\n")).run(), "echo")
    [(name, data)] = await events_of(stream)
    assert (name, data["text"], data["before"]) == ("segment", text, "\n\n")


async def test_a_failure_before_the_first_segment_is_raised() -> None:
    with pytest.raises(DeadlineExceededError):
        await stream_of(Source(error=DeadlineExceededError("late")).run(), "echo")


@pytest.mark.parametrize(
    ("error", "code"),
    [(DeadlineExceededError("late"), "deadline_exceeded"), (KeyError("a secret"), "internal")],
)
async def test_a_failure_midway_is_an_event_with_the_error_body(
    error: Exception, code: str
) -> None:
    labels = {"model": "echo", "code": code}
    before = REGISTRY.get_sample_value("translation_errors_total", labels) or 0
    stream = await stream_of(Source(segment(0, "one"), error=error).run(), "echo")
    events = await events_of(stream)
    assert [name for name, _ in events] == ["segment", "error"]
    assert events[1][1]["error"]["code"] == code  # type: ignore[index]
    assert "secret" not in str(events)
    assert REGISTRY.get_sample_value("translation_errors_total", labels) == before + 1


async def test_a_stream_nobody_can_be_sent_to_closes_its_source() -> None:
    source = Source(segment(0, "one"), segment(1, "two"))
    stream = await stream_of(source.run(), "echo")

    async def send(message: object) -> None:
        del message
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - as a server raises it
        await stream.stream_response(send)
    assert source.closed
