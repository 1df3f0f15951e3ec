"""Answers as OpenAI's clients read them, whole or as they are written; asks no model."""

import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Final, Literal

from bentos.chat import NOTHING, Writing
from bentos.dialects.openai.failures import body_of
from bentos.dialects.openai.responses import (
    AnswerMessage,
    ChatChoice,
    ChatCompletion,
    ChatCompletionChunk,
    Delta,
    DeltaChoice,
    Finish,
    TextChoice,
    TextCompletion,
    Usage,
)
from bentos.dialects.streamed import event, failing
from models.base.chat_model import ChatChunk, ChatEnd
from models.base.exceptions import LinguaNexusError

_DONE: Final = "data: [DONE]\n\n"
_FINISHES: Final[dict[ChatEnd, Finish]] = {ChatEnd.STOP: "stop", ChatEnd.LENGTH: "length"}

Opening = Callable[[], Awaitable[Writing]]


def chat_completion(model: str, answer: ChatChunk) -> ChatCompletion:
    """An answer that is all there."""
    return ChatCompletion(
        id=_id("chatcmpl"),
        created=int(time.time()),
        model=model,
        choices=[
            ChatChoice(message=AnswerMessage(content=answer.text), finish_reason=_finish(answer))
        ],
        usage=usage_of([answer]),
    )


def text_completion(model: str, answers: Sequence[ChatChunk]) -> TextCompletion:
    """What goes on from each prompt, in their order."""
    return TextCompletion(
        id=_id("cmpl"),
        created=int(time.time()),
        model=model,
        choices=[
            TextChoice(index=index, text=answer.text, finish_reason=_finish(answer))
            for index, answer in enumerate(answers)
        ],
        usage=usage_of(answers),
    )


async def chat_events(writing: Writing, *, counts: bool) -> AsyncGenerator[str, None]:
    """An answer as it is written; where it fails midway, the error is the last event."""
    name, created = _id("chatcmpl"), int(time.time())

    def chunk(
        delta: Delta, finish: Finish | None = None, usage: Usage | None = None
    ) -> ChatCompletionChunk:
        choices = [] if usage else [DeltaChoice(delta=delta, finish_reason=finish)]
        return ChatCompletionChunk(
            id=name, created=created, model=writing.model, choices=choices, usage=usage
        )

    async def events() -> AsyncGenerator[str, None]:
        yield event(chunk(Delta(role="assistant", content="")))
        async for written in writing:
            if written.text:
                yield event(chunk(Delta(content=written.text)))
            if written.end is not None:
                yield event(chunk(Delta(), _finish(written)))
                if counts:
                    yield event(chunk(Delta(), usage=usage_of([written])))
        yield _DONE

    async with aclosing(failing(events(), _failure)) as lines:
        async for line in lines:
            yield line


async def text_events(
    first: Writing, others: Sequence[Opening], *, counts: bool
) -> AsyncGenerator[str, None]:
    """What goes on from each prompt, one after the other, as it is written."""
    name, created = _id("cmpl"), int(time.time())

    def chunk(choices: list[TextChoice], usage: Usage | None = None) -> str:
        return event(
            TextCompletion(
                id=name, created=created, model=first.model, choices=choices, usage=usage
            )
        )

    async def opened() -> AsyncGenerator[Writing, None]:
        yield first
        for opening in others:
            yield await opening()

    async def events() -> AsyncGenerator[str, None]:
        done: list[ChatChunk] = []
        async for writing in opened():
            last = NOTHING
            async with aclosing(writing):
                async for written in writing:
                    finish = _finish(written) if written.end is not None else None
                    choice = TextChoice(index=len(done), text=written.text, finish_reason=finish)
                    yield chunk([choice])
                    last = written
                done.append(last)
        if counts:
            yield chunk([], usage_of(done))
        yield _DONE

    async with aclosing(failing(events(), _failure)) as lines:
        async for line in lines:
            yield line


def usage_of(answers: Sequence[ChatChunk]) -> Usage:
    """All of their tokens."""
    tokens_in = sum(one.tokens_in for one in answers)
    tokens_out = sum(one.tokens_out for one in answers)
    return Usage(
        prompt_tokens=tokens_in,
        completion_tokens=tokens_out,
        total_tokens=tokens_in + tokens_out,
    )


def _finish(answer: ChatChunk) -> Finish:
    return _FINISHES[answer.end or ChatEnd.STOP]


def _failure(error: LinguaNexusError) -> str:
    return event(body_of(error))


def _id(kind: Literal["chatcmpl", "cmpl"]) -> str:
    return f"{kind}-{uuid.uuid4().hex}"
