"""A text sent as it is written, a line or an event a chunk; what is in them, a dialect knows."""

import json
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Any, Final, Protocol

from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Send
from typing_extensions import override

from bentos.errors import InternalError
from models.base.exceptions import LinguaNexusError

_HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

logger = logging.getLogger(__name__)


class _Closing(Protocol):
    async def aclose(self) -> None: ...


class StreamedText(StreamingResponse):
    """Lets go of what writes the text, however the request ends."""

    def __init__(
        self, lines: AsyncGenerator[str, None], media_type: str, *sources: _Closing
    ) -> None:
        self._lines, self._sources = lines, sources
        super().__init__(lines, media_type=media_type, headers=_HEADERS)

    @override
    async def stream_response(self, send: Send) -> None:
        async with AsyncExitStack() as stack:
            # Lines that nobody ever asked for do not close what they come from.
            sources: tuple[Any, ...] = (*self._sources, self._lines)
            for source in sources:
                await stack.enter_async_context(aclosing(source))
            await super().stream_response(send)


async def failing(
    lines: AsyncGenerator[str, None], last: Callable[[LinguaNexusError], str]
) -> AsyncGenerator[str, None]:
    """These lines; where they fail midway, the last of them says so."""
    try:
        async with aclosing(lines):
            async for line in lines:
                yield line
    except LinguaNexusError as error:
        yield last(error)
    except Exception:
        logger.exception("Unforeseen error in a stream")
        yield last(InternalError())


def event(body: BaseModel | Mapping[str, Any]) -> str:
    """A server-sent event. JSON escapes line breaks, so that it is one line."""
    return f"data: {_json(body)}\n\n"


def json_line(body: BaseModel | Mapping[str, Any]) -> str:
    """A line of JSON."""
    return f"{_json(body)}\n"


def _json(body: BaseModel | Mapping[str, Any]) -> str:
    if isinstance(body, BaseModel):
        return body.model_dump_json()
    return json.dumps(body, ensure_ascii=False)
