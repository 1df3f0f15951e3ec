"""The events of a model's streams, read; not how they come here or where they go."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from bentos.chat import Chunks, chunk_of
from bentos.errors import BackendError
from bentos.gateway.errors import rebuilt
from bentos.shapes import SegmentEvent
from models.base.chat_model import ChatChunk, ChatEnd
from models.base.request_models import ErrorResponse, TranslationResponse

_END: Final = b"\n\n"
_DONE: Final = b"[DONE]"
_MOST_BYTES: Final = 1_000_000
"""Of one event: what is longer is none."""


async def read_answer(chunks: AsyncIterator[bytes]) -> Chunks:
    """The answer in the chunks that OpenAI's API sends; the end comes with the counts.

    Raises:
        LinguaNexusError: What an event says, or that there is none that can be read.
    """
    end: ChatEnd | None = None
    async for _, data in _events(chunks):
        if data == _DONE:
            return
        said = _object(data)
        text, ended = _choice(said)
        end = ended or end
        usage = said.get("usage")
        if isinstance(usage, Mapping):
            tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
            given = [one if isinstance(one, int) else 0 for one in tokens]
            yield ChatChunk(text, end or ChatEnd.STOP, *given)
        elif text:
            yield ChatChunk(text)
    raise BackendError


async def read_translation(chunks: AsyncIterator[bytes]) -> Chunks:
    """The translation in the events of `/translate/stream`.

    Raises:
        LinguaNexusError: What an event says, or that there is none that can be read.
    """
    async for name, data in _events(chunks):
        chunk = chunk_of(_part(name, data))
        yield chunk
        if chunk.end is not None:
            return
    raise BackendError


async def _events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[tuple[str, bytes], None]:
    """Each event's name and data, as they come in whatever pieces."""
    begun = b""
    async for chunk in chunks:
        *events, begun = (begun + chunk).split(_END)
        if len(begun) > _MOST_BYTES:
            raise BackendError
        for event in events:
            fields = dict(_fields(event))
            yield (
                fields.get(b"event", b"message").decode("ascii", "replace"),
                fields.get(b"data", b""),
            )


def _fields(event: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in event.split(b"\n"):
        name, _, value = line.partition(b":")
        yield name, value.removeprefix(b" ")


def _choice(said: Mapping[str, Any]) -> tuple[str, ChatEnd | None]:
    """What is written, and why it ends."""
    try:
        choice: Mapping[str, Any] = next(iter(said["choices"]), {})
        text = choice.get("text") or choice.get("delta", {}).get("content") or ""
        reason = choice.get("finish_reason")
        return str(text), ChatEnd(reason) if reason else None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BackendError from None


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(data)
        if isinstance(said, Mapping) and "error" in said:
            raise rebuilt(ErrorResponse.model_validate(said).error)
    except ValueError:
        raise BackendError from None
    if not isinstance(said, Mapping):
        raise BackendError
    return said


def _part(name: str, data: bytes) -> SegmentEvent | TranslationResponse:
    try:
        if name == "segment":
            return SegmentEvent.model_validate_json(data)
        if name == "done":
            return TranslationResponse.model_validate_json(data)
        raise rebuilt(ErrorResponse.model_validate_json(data).error)
    except ValidationError:
        raise BackendError from None
