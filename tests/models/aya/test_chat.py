import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from models.aya import AyaModel
from models.aya.prompt import BEGIN, CHATBOT, END_OF_TURN, SYSTEM, TURN, USER
from models.aya.settings import AyaSettings
from models.base.chat_model import (
    ChatChunk,
    ChatEnd,
    ChatMessage,
    ChatModel,
    ChatOptions,
    ChatRequest,
    ContextLengthExceededError,
    InvalidChatError,
    Role,
)
from models.base.exceptions import ModelNotReadyError, OverloadedError
from models.engines.llamacpp.contract import EngineFailedError, PromptTooLongError
from tests.models.aya.fakes import FakeEngine, text_of

SAID = (ChatMessage(Role.SYSTEM, "Be brief."), ChatMessage(Role.USER, "Hello."))
EXACT = ChatOptions(temperature=0)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(lambda _: "Good day.")


@pytest.fixture
async def model(engine: FakeEngine, tiny: Path) -> AsyncIterator[AyaModel]:
    settings = AyaSettings(model_path=tiny, drain_s=20)
    model = AyaModel(settings, engine_factory=lambda *_: engine)
    await model.initialize()
    engine.seen.clear()
    engine.entered.clear()
    yield model
    engine.gate.set()
    await model.cleanup()


def chat_of(model: AyaModel) -> ChatModel:
    found = model.get_chat_model()
    assert found is not None
    return found


async def answer(model: AyaModel, request: ChatRequest) -> list[ChatChunk]:
    return [chunk async for chunk in chat_of(model).chat(request)]


async def test_a_conversation_is_answered(model: AyaModel, engine: FakeEngine) -> None:
    [chunk] = await answer(model, ChatRequest(SAID, options=EXACT))
    assert (chunk.text, chunk.end, chunk.tokens_out) == ("Good day.", ChatEnd.STOP, 9)
    [seen] = engine.seen
    assert seen.prompt == (
        f"{BEGIN}{TURN}{SYSTEM}Be brief.{END_OF_TURN}{TURN}{USER}Hello.{END_OF_TURN}{TURN}{CHATBOT}"
    )
    # What the system says is kept computed for whoever says the same.
    assert text_of(seen.request.prompt[0]).endswith("Be brief.")


async def test_a_text_is_gone_on_with(model: AyaModel, engine: FakeEngine) -> None:
    await answer(model, ChatRequest(prompt=f"Once {TURN} upon"))
    [seen] = engine.seen
    assert seen.prompt == f"{BEGIN}Once {TURN} upon"
    assert len(seen.request.prompt[0]) == 1 + len(f"Once {TURN} upon")


async def test_options_reach_the_engine(model: AyaModel, engine: FakeEngine) -> None:
    options = ChatOptions(
        max_tokens=4, temperature=0.7, top_p=0.9, top_k=5, min_p=0.1, repeat_penalty=1.2, seed=-1,
        stop=("day",),
    )  # fmt: skip
    [chunk] = await answer(model, ChatRequest(SAID, options=options))
    assert (chunk.text, chunk.end) == ("Good", ChatEnd.LENGTH)
    request = engine.seen[0].request
    sampling = request.sampling
    assert (request.max_tokens, request.stop) == (4, ("day",))
    assert (sampling.temperature, sampling.top_p, sampling.top_k) == (0.7, 0.9, 5)
    assert (sampling.min_p, sampling.repeat_penalty, sampling.seed) == (0.1, 1.2, 2**32 - 1)


async def test_without_options_an_answer_has_all_the_room_and_some_chance(
    model: AyaModel, engine: FakeEngine
) -> None:
    await answer(model, ChatRequest(SAID))
    await answer(model, ChatRequest(SAID))
    first, second = (seen.request for seen in engine.seen)
    assert first.max_tokens == engine.most - sum(map(len, first.prompt))
    assert first.sampling.temperature > 0
    assert first.sampling.seed != second.sampling.seed


async def test_what_leaves_no_room_for_an_answer_is_refused(model: AyaModel) -> None:
    long = ChatRequest((ChatMessage(Role.USER, "x" * 5000),))
    with pytest.raises(ContextLengthExceededError, match="maximum context length is 2048"):
        await answer(model, long)
    with pytest.raises(InvalidChatError):
        await answer(model, ChatRequest())


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (EngineFailedError("broken"), ModelNotReadyError),
        (PromptTooLongError(3000, 2048), ContextLengthExceededError),
    ],
)
async def test_errors_of_the_engine_have_our_names(
    model: AyaModel, engine: FakeEngine, failure: Exception, kind: type[Exception]
) -> None:
    engine.failure = failure  # type: ignore[assignment]
    with pytest.raises(kind):
        await answer(model, ChatRequest(SAID))


async def test_a_full_queue_says_when_to_come_back(model: AyaModel, engine: FakeEngine) -> None:
    engine.queue_size = 0
    with pytest.raises(OverloadedError):
        await answer(model, ChatRequest(SAID))


async def test_who_leaves_ends_the_work(model: AyaModel, engine: FakeEngine) -> None:
    engine.gate.clear()
    asking = asyncio.create_task(answer(model, ChatRequest(SAID)))
    await asyncio.wait_for(engine.entered.wait(), 5)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (engine.left, engine.working) == (1, 0)


async def test_closing_waits_for_an_answer_and_refuses_others(
    model: AyaModel, engine: FakeEngine
) -> None:
    engine.gate.clear()
    asking = asyncio.create_task(answer(model, ChatRequest(SAID)))
    await asyncio.wait_for(engine.entered.wait(), 5)
    closing = asyncio.create_task(model.cleanup())
    await asyncio.sleep(0)
    with pytest.raises(ModelNotReadyError):
        await answer(model, ChatRequest(SAID))
    engine.gate.set()
    assert (await asking)[0].text == "Good day."
    await closing


async def test_a_real_engine_chats_beside_translations(tiny: Path) -> None:
    model = AyaModel(AyaSettings(model_path=tiny, slots=2))
    await model.initialize()
    try:
        request = ChatRequest(SAID, options=ChatOptions(max_tokens=12, temperature=0.9, seed=5))
        first, _, second = await asyncio.gather(
            answer(model, request),
            model.translate("Where is it?", "eng_Latn", "fra_Latn"),
            answer(model, request),
        )
        assert "".join(chunk.text for chunk in first) == "".join(chunk.text for chunk in second)
        assert first[-1].end is not None
        assert 0 < first[-1].tokens_out <= 12
        long = ChatRequest((ChatMessage(Role.USER, "word " * 2000),))
        with pytest.raises(ContextLengthExceededError):
            await answer(model, long)
        async with aclosing(chat_of(model).chat(request)) as chunks:
            await anext(chunks)
        assert (await answer(model, request))[-1].tokens_out == first[-1].tokens_out
    finally:
        await model.cleanup()
