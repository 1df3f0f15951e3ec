import asyncio

import pytest

from models.engines.llamacpp.call import Call, Output
from models.engines.llamacpp.contract import (
    Chunk,
    EngineFailedError,
    FinishReason,
    GenerationRequest,
)

REQUEST = GenerationRequest(((1, 2), (3,)), max_tokens=3, stop=("##",))


def add(output: Output, token: int, piece: bytes, *, ends: bool = False) -> Chunk | None:
    return output.add(token, piece, -0.5, ends=ends, cached=2)


def test_last_chunk_says_why_it_ended_and_counts() -> None:
    output = Output(REQUEST, whole=False)
    assert add(output, 7, b"a") == Chunk("a", (7,))
    assert add(output, 0, b"", ends=True) == Chunk("", (), FinishReason.STOP, 3, 2, 1)


def test_output_ends_at_its_budget() -> None:
    output = Output(REQUEST, whole=False)
    chunks = [add(output, token, b"a") for token in (7, 8, 9)]
    assert chunks[-1] == Chunk("a", (9,), FinishReason.LENGTH, 3, 2, 3)


def test_stop_text_ends_the_output_and_is_no_part_of_it() -> None:
    output = Output(REQUEST, whole=False)
    assert add(output, 7, b"a#") == Chunk("a", (7,))
    assert add(output, 8, b"#b") == Chunk("", (8,), FinishReason.STOP, 3, 2, 2)


def test_token_without_a_whole_character_comes_with_the_next() -> None:
    output = Output(REQUEST, whole=False)
    assert add(output, 7, b"\xc3") is None
    assert add(output, 8, b"\xa9") == Chunk("\u00e9", (7, 8))


def test_whole_output_comes_at_once() -> None:
    output = Output(REQUEST, whole=True)
    assert [add(output, token, b"a") for token in (7, 8)] == [None, None]
    assert add(output, 9, b"b") == Chunk("aab", (7, 8, 9), FinishReason.LENGTH, 3, 2, 3)


def test_end_token_is_a_token_like_others_when_ends_are_ignored() -> None:
    output = Output(GenerationRequest(((1,),), 2, ignore_end=True), whole=True)
    assert add(output, 4, b"", ends=True) is None
    assert add(output, 4, b"", ends=True) == Chunk("", (4, 4), FinishReason.LENGTH, 1, 2, 2)


async def test_caller_gets_what_was_put_before_he_asked_and_after() -> None:
    call = Call(REQUEST, whole=False)
    call.put(Chunk("a"))
    call.put(Chunk("b"))
    assert [await call.next(), await call.next()] == [Chunk("a"), Chunk("b")]
    waiting = asyncio.ensure_future(call.next())
    await asyncio.sleep(0)
    call.put(Chunk("c"))
    call.put(EngineFailedError("broken"))
    assert await waiting == Chunk("c")
    with pytest.raises(EngineFailedError, match="broken"):
        await call.next()


async def test_caller_who_gave_up_is_no_trouble_to_the_engine() -> None:
    call = Call(REQUEST, whole=False)
    waiting = asyncio.ensure_future(call.next())
    await asyncio.sleep(0)
    waiting.cancel()
    call.put(Chunk("a"))
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_the_last_chunk_has_the_mean_score_of_all_tokens_and_the_end_mark() -> None:
    output = Output(GenerationRequest(((1,),), 5), whole=True)
    assert output.add(7, b"a", -0.25, ends=False, cached=0) is None
    assert output.add(8, b"b", -1.5, ends=False, cached=0) is None
    last = output.add(0, b"", -0.5, ends=True, cached=0)
    assert last is not None
    assert last.score == -0.75
