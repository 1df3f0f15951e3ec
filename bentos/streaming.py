"""A translation as server-sent events; what is in them is decided elsewhere."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Send
from typing_extensions import override

from bentos.errors import InternalError, body_of
from bentos.shapes import SegmentEvent
from common import logs, metrics
from models.base.exceptions import LinguaNexusError
from models.base.request_models import TranslationResponse
from models.base.translation_model import SegmentTranslation

Part = SegmentTranslation | TranslationResponse

_HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

logger = logging.getLogger(__name__)


class EventStream(StreamingResponse):
    """Closes its source however the request ends."""

    media_type = "text/event-stream"

    def __init__(self, first: Part, rest: AsyncGenerator[Part, None], model_name: str) -> None:
        self._rest = rest
        self._events = _events(first, rest, model_name)
        super().__init__(self._events, headers=_HEADERS)

    @override
    async def stream_response(self, send: Send) -> None:
        # The events do not close what they come from where nobody ever asked for the first.
        async with aclosing(self._rest), aclosing(self._events):
            await super().stream_response(send)


async def stream_of(parts: AsyncGenerator[Part, None], model_name: str) -> EventStream:
    """The answer, once its first part is there: what fails before is a plain HTTP error."""
    first = await anext(parts)
    return EventStream(first, parts, model_name)


async def _events(
    first: Part, rest: AsyncGenerator[Part, None], model_name: str
) -> AsyncGenerator[str, None]:
    try:
        yield _event_of(first)
        async for part in rest:
            yield _event_of(part)
    except LinguaNexusError as error:
        yield _failure(error, model_name)
    except Exception as error:
        logger.exception("Unforeseen error in a stream")
        yield _failure(error, model_name)


def _event_of(part: Part) -> str:
    if isinstance(part, TranslationResponse):
        return _event("done", part)
    return _event("segment", SegmentEvent.of(part))


def _failure(error: Exception, model_name: str) -> str:
    code = error.code if isinstance(error, LinguaNexusError) else InternalError.code
    metrics.ERRORS.labels(model_name, code).inc()
    return _event("error", body_of(error, logs.request_id.get()))


def _event(name: str, data: BaseModel) -> str:
    # JSON escapes line breaks, so that the data is one line whatever the text holds.
    return f"event: {name}\ndata: {data.model_dump_json()}\n\n"
