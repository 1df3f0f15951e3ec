import json
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any

from bentos.chat import Writing, begun
from bentos.dialects.openai.answers import (
    chat_completion,
    chat_events,
    text_completion,
    text_events,
    usage_of,
)
from models.base.chat_model import ChatChunk, ChatEnd
from models.base.exceptions import OverloadedError

LAST = ChatChunk("c", ChatEnd.LENGTH, 2, 3)


async def writing(*chunks: ChatChunk | Exception) -> Writing:
    async def source() -> AsyncGenerator[ChatChunk, None]:
        for chunk in chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    return await begun("m", source())


async def events(lines: AsyncGenerator[str, None]) -> list[Any]:
    said = [line.removeprefix("data: ").removesuffix("\n\n") async for line in lines]
    return [one if one == "[DONE]" else json.loads(one) for one in said]


def test_an_answer_says_how_it_ended_and_what_it_took() -> None:
    answer = chat_completion("m", LAST)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.total_tokens == 5
    assert answer.id.startswith("chatcmpl-")


def test_completions_keep_their_order() -> None:
    answer = text_completion("m", [LAST, ChatChunk("d", ChatEnd.STOP)])
    assert [(one.index, one.text) for one in answer.choices] == [(0, "c"), (1, "d")]
    assert answer.usage == usage_of([LAST])


async def test_a_stream_ends_with_its_reason_its_usage_and_its_mark() -> None:
    *deltas, reason, usage, mark = await events(
        chat_events(await writing(ChatChunk("a"), LAST), counts=True)
    )
    assert [one["choices"][0]["delta"].get("content") for one in deltas] == ["", "a", "c"]
    assert reason["choices"][0]["finish_reason"] == "length"
    assert (usage["choices"], usage["usage"]["total_tokens"]) == ([], 5)
    assert mark == "[DONE]"


async def test_a_stream_that_fails_ends_with_the_error() -> None:
    failing = await writing(ChatChunk("a"), OverloadedError("Full."))
    *_, last = await events(chat_events(failing, counts=False))
    assert last["error"]["code"] == "overloaded"
    failing = await writing(ChatChunk("a"), OverloadedError("Full."))
    *_, last = await events(text_events(failing, [], counts=True))
    assert last["error"]["message"] == "Full."


async def test_prompts_are_written_one_after_the_other() -> None:
    others = [partial(writing, LAST)]
    said = await events(text_events(await writing(ChatChunk("a"), LAST), others, counts=False))
    assert said.pop() == "[DONE]"
    texts = [(one["choices"][0]["index"], one["choices"][0]["text"]) for one in said]
    assert texts == [(0, "a"), (0, "c"), (1, "c")]
