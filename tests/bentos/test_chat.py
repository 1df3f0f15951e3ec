import asyncio
from collections.abc import AsyncGenerator

import pytest

from bentos.chat import NOTHING, Writing, begun, check, chunk_of, gathered, whole
from models.base.chat_model import ChatChunk, ChatEnd, ChatMessage, ChatRequest, Role
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    ModelNotReadyError,
    TextTooLongError,
)
from models.base.request_models import TranslationResponse
from models.base.translation_model import SegmentTranslation

LAST = ChatChunk("c", ChatEnd.LENGTH, 2, 3)


class Source:
    """Chunks, and whether they were let go of."""

    def __init__(self, *chunks: ChatChunk | Exception) -> None:
        self._chunks = chunks
        self.closed = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def chunks(self) -> AsyncGenerator[ChatChunk, None]:
        try:
            for chunk in self._chunks:
                await self.gate.wait()
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
        finally:
            self.closed = True


async def test_a_writing_has_all_its_chunks() -> None:
    writing = await begun("m", Source(ChatChunk("a"), ChatChunk("b"), LAST).chunks())
    assert [chunk.text async for chunk in writing] == ["a", "b", "c"]


async def test_what_fails_before_the_first_chunk_is_raised_at_once() -> None:
    source = Source(ModelNotReadyError("no"))
    with pytest.raises(ModelNotReadyError):
        await begun("m", source.chunks())
    assert source.closed


async def test_one_that_is_closed_unread_ends_what_it_comes_from() -> None:
    source = Source(ChatChunk("a"), LAST)
    writing = await begun("m", source.chunks())
    assert not source.closed
    await writing.aclose()
    assert source.closed


async def test_who_leaves_before_the_first_chunk_ends_the_work() -> None:
    source = Source(LAST)
    source.gate.clear()
    asking = asyncio.create_task(begun("m", source.chunks()))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert source.closed


async def test_chunks_gathered_are_one_with_the_counts_of_the_last() -> None:
    source = Source(ChatChunk("a"), ChatChunk("b"), LAST)
    model, chunk = await gathered(begun("m", source.chunks()), 5)
    assert (model, chunk) == ("m", ChatChunk("abc", ChatEnd.LENGTH, 2, 3))
    assert source.closed


async def test_no_chunk_at_all_is_an_empty_text() -> None:
    assert await gathered(begun("m", Source().chunks()), 5) == ("m", NOTHING)


async def test_gathering_has_a_deadline_and_lets_go() -> None:
    source = Source(ChatChunk("a"), LAST)

    async def opening() -> Writing:
        writing = await begun("m", source.chunks())
        source.gate.clear()
        return writing

    with pytest.raises(DeadlineExceededError):
        await gathered(opening(), 0.01)
    assert source.closed


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_blank_conversation_is_refused(text: str) -> None:
    with pytest.raises(EmptyTextError):
        check(ChatRequest((ChatMessage(Role.USER, text),)), 10)


def test_a_conversation_may_not_have_more_characters_than_a_text() -> None:
    messages = (ChatMessage(Role.USER, "12345"), ChatMessage(Role.ASSISTANT, "67890"))
    check(ChatRequest(messages), 10)
    with pytest.raises(TextTooLongError) as error:
        check(ChatRequest(messages), 9)
    assert error.value.details == {"limit": 9, "characters": 10}


def test_segments_are_chunks_and_the_whole_ends_them() -> None:
    segment = SegmentTranslation(0, 1, "b", "B", before="a ", after=" c")
    response = TranslationResponse(
        translated_text="a B c",
        source_lang="eng_Latn",
        target_lang="fra_Latn",
        detected_source_lang=None,
        confidence=None,
        model_name="m",
        processing_time_ms=1,
        warnings=[],
        metadata={"tokens_in": 4, "tokens_out": "many"},
    )
    assert chunk_of(segment) == ChatChunk("a B c")
    assert chunk_of(response) == ChatChunk("", ChatEnd.STOP, 4, 0)
    assert whole(response) == ChatChunk("a B c", ChatEnd.STOP, 4, 0)
