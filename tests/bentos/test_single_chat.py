from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from bentos.contract import Call
from bentos.management.errors import UnknownModelError
from bentos.single_chat import OneChat
from common.settings import ServiceSettings
from models.base.chat_model import (
    ChatMessage,
    ChatRequest,
    ChatUnsupportedError,
    ContextLengthExceededError,
    Role,
)
from models.base.exceptions import (
    DeadlineExceededError,
    ModelNotReadyError,
    TextTooLongError,
)
from models.base.request_models import TranslationRequest
from tests.bentos.dialects.chatting import MOST_WORDS, Parrot
from tests.fakes import EchoModel, Served


def said(text: str) -> ChatRequest:
    return ChatRequest((ChatMessage(Role.USER, text),))


def counted(outcome: str) -> float:
    labels = {"model": "echo", "outcome": outcome}
    return REGISTRY.get_sample_value("translation_requests_total", labels) or 0


async def chats(model: EchoModel, state_file: Path | None = None, **settings: float) -> OneChat:
    given = ServiceSettings(**settings)  # type: ignore[arg-type]
    served = await Served(model, given, state_file).load()
    return OneChat(served.translator)


async def test_an_answer_is_counted_by_how_it_ends() -> None:
    model = Parrot()
    one = await chats(model)
    before = counted("ok"), counted("internal"), counted("cancelled")
    writing = await one.chat(said("one two"), Call(model="echo"))
    assert "".join([chunk.text async for chunk in writing]) == "one two"
    left = await one.chat(said("one two"), Call())
    await left.aclose()
    with pytest.raises(RuntimeError, match="poisoned"):
        await one.chat(said("poison"), Call())
    after = counted("ok"), counted("internal"), counted("cancelled")
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 1]


async def test_a_callers_mistake_tells_nothing_of_the_model() -> None:
    one = await chats(Parrot(), max_text_chars=1000)
    before = counted("context_length_exceeded")
    with pytest.raises(ContextLengthExceededError):
        await one.chat(said("w " * MOST_WORDS), Call())
    assert counted("context_length_exceeded") == before + 1
    with pytest.raises(TextTooLongError):
        await one.chat(said("x" * 1001), Call())


async def test_a_model_that_only_translates_says_so() -> None:
    one = await chats(EchoModel())
    with pytest.raises(ChatUnsupportedError):
        await one.chat(said("one"), Call())
    request = TranslationRequest(text="one. two", source_lang="en", target_lang="fr")
    writing = await one.translate(request, Call())
    assert [chunk.text async for chunk in writing] == ["ONE", ". TWO", ""]


async def test_another_name_is_nobodys() -> None:
    one = await chats(Parrot())
    with pytest.raises(UnknownModelError):
        await one.chat(said("one"), Call(model="other"))


async def test_nothing_is_answered_before_the_model_is_ready() -> None:
    one = OneChat(Served(Parrot()).translator)
    with pytest.raises(ModelNotReadyError):
        await one.chat(said("one"), Call())


async def test_every_word_has_a_deadline() -> None:
    model = Parrot()
    one = await chats(model, timeout_s=0.05)
    model.gate.clear()
    with pytest.raises(DeadlineExceededError):
        await one.chat(said("one"), Call())
    assert model.cancelled.is_set()
