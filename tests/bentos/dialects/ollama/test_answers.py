import json
from collections.abc import AsyncGenerator

from bentos.chat import begun
from bentos.dialects.ollama.answers import Clock, chat_shape, generate_shape
from models.base.chat_model import ChatChunk, ChatEnd
from models.base.exceptions import OverloadedError

LAST = ChatChunk("c", ChatEnd.LENGTH, 2, 3)


async def chunks(*given: ChatChunk | Exception) -> AsyncGenerator[ChatChunk, None]:
    for chunk in given:
        if isinstance(chunk, Exception):
            raise chunk
        yield chunk


async def test_a_text_in_its_last_chunk_has_a_line_before_the_counts() -> None:
    writing = await begun("m", chunks(ChatChunk("a"), LAST))
    lines = [json.loads(line) async for line in chat_shape("m").lines(writing, Clock())]
    assert [line["message"]["content"] for line in lines] == ["a", "c", ""]
    assert [line["done"] for line in lines] == [False, False, True]
    last = lines[-1]
    assert (last["done_reason"], last["prompt_eval_count"], last["eval_count"]) == ("length", 2, 3)
    assert last["total_duration"] == last["prompt_eval_duration"] + last["eval_duration"]


async def test_a_stream_that_fails_ends_with_the_error() -> None:
    writing = await begun("m", chunks(ChatChunk("a"), OverloadedError("Full.")))
    *_, last = [line async for line in generate_shape("m").lines(writing, Clock())]
    assert json.loads(last) == {"error": "Full."}


def test_a_whole_answer_has_its_counts_and_one_of_nothing_has_none() -> None:
    whole = generate_shape("m").whole(LAST, Clock()).model_dump(exclude_none=True)
    assert (whole["response"], whole["done"], whole["eval_count"]) == ("c", True, 3)
    loaded = generate_shape("m").last("", "load").model_dump(exclude_none=True)
    assert set(loaded) == {"model", "created_at", "response", "done", "done_reason"}
