"""Answers as Ollama's clients read them, whole or a line a chunk; asks no model."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Final, Literal

from bentos.chat import Writing
from bentos.dialects.ollama.failures import body_of
from bentos.dialects.ollama.responses import (
    Answer,
    AnswerMessage,
    ChatAnswer,
    Counts,
    GenerateAnswer,
)
from bentos.dialects.streamed import failing, json_line
from models.base.chat_model import ChatChunk, ChatEnd
from models.base.exceptions import LinguaNexusError

Reason = Literal["stop", "length", "load", "unload"]

_REASONS: Final[dict[ChatEnd, Reason]] = {ChatEnd.STOP: "stop", ChatEnd.LENGTH: "length"}


class Clock:
    """What an answer takes, from when it is asked for."""

    def __init__(self) -> None:
        self._began = time.perf_counter_ns()
        self._first: int | None = None

    def begun(self) -> None:
        """The first of the answer is there."""
        self._first = self._first or time.perf_counter_ns()

    def counts(self, last: ChatChunk) -> Counts:
        now = time.perf_counter_ns()
        first = self._first or now
        return Counts(
            total_duration=now - self._began,
            prompt_eval_count=last.tokens_in,
            prompt_eval_duration=first - self._began,
            eval_count=last.tokens_out,
            eval_duration=now - first,
        )


class Shape:
    """An answer's lines for one operation: `said` is the field that holds a text."""

    def __init__(
        self, model: str, kind: type[Answer], said: Callable[[str], dict[str, Any]]
    ) -> None:
        self._model, self._kind, self._said = model, kind, said

    def part(self, text: str) -> Answer:
        """Some of it."""
        return self._made(text, {"done": False})

    def last(self, text: str, reason: Reason, counts: Counts | None = None) -> Answer:
        """The end of it, or all."""
        counted = counts.model_dump() if counts else {}
        return self._made(text, {"done": True, "done_reason": reason, **counted})

    def whole(self, answer: ChatChunk, clock: Clock) -> Answer:
        """All of it at once."""
        return self.last(answer.text, _reason(answer), clock.counts(answer))

    async def lines(self, writing: Writing, clock: Clock) -> AsyncGenerator[str, None]:
        """A line a chunk; where it fails midway, the last line says so."""

        async def lines() -> AsyncGenerator[str, None]:
            async for chunk in writing:
                clock.begun()
                if chunk.end is None:
                    yield _line(self.part(chunk.text))
                else:
                    if chunk.text:
                        yield _line(self.part(chunk.text))
                    yield _line(self.last("", _reason(chunk), clock.counts(chunk)))

        async with aclosing(failing(lines(), _failure)) as whole:
            async for line in whole:
                yield line

    def _made(self, text: str, fields: dict[str, Any]) -> Answer:
        created = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        said = self._said(text)
        return self._kind(model=self._model, created_at=created, **said, **fields)


def chat_shape(model: str) -> Shape:
    """Of answers to a conversation."""
    return Shape(model, ChatAnswer, lambda text: {"message": AnswerMessage(content=text)})


def generate_shape(model: str) -> Shape:
    """Of answers to a text."""
    return Shape(model, GenerateAnswer, lambda text: {"response": text})


def _reason(chunk: ChatChunk) -> Reason:
    return _REASONS[chunk.end or ChatEnd.STOP]


def _line(answer: Answer) -> str:
    return json_line(answer.model_dump(exclude_none=True))


def _failure(error: LinguaNexusError) -> str:
    return json_line(body_of(error))
