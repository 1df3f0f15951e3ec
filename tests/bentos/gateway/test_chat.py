from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from bentos.chat import Writing
from bentos.contract import Call
from bentos.errors import BackendError, QuotaExceededError
from bentos.gateway.gateway import Gateway
from bentos.management.errors import UnknownModelError
from models.base.chat_model import ChatMessage, ChatOptions, ChatRequest, ChatUnsupportedError, Role
from models.base.exceptions import EmptyTextError, OverloadedError, TextTooLongError
from models.base.request_models import TranslationRequest
from tests.bentos.dialects.chatting import Parrot
from tests.bentos.gateway.services import Exchange, Service
from tests.bentos.gateway.whole import before, before_service, model, whole
from tests.fakes import EchoModel, Served

PAIR = {"source_lang": "en", "target_lang": "fr"}


def said(text: str, **options: Any) -> ChatRequest:
    return ChatRequest((ChatMessage(Role.USER, text),), options=ChatOptions(**options))


async def text_of(writing: Writing) -> str:
    return "".join([chunk.text async for chunk in writing])


@asynccontextmanager
async def gateway(
    own: dict[str, Any] | None = None, parrot: Parrot | None = None, **settings: Any
) -> AsyncIterator[Gateway]:
    """Before one that only translates, and one that chats."""
    models = {"nllb": EchoModel(), "aya": parrot or Parrot()}
    async with AsyncExitStack() as stack:
        urls = {
            name: await stack.enter_async_context(model(Served(one)))
            for name, one in models.items()
        }
        made = await stack.enter_async_context(whole(before(urls, **(own or {})), **settings))
        yield made.gateway


async def test_the_first_model_that_chats_answers_where_none_is_named() -> None:
    async with gateway() as made:
        writing = await made.backing.chats.chat(said("one two"), Call())
        assert (writing.model, await text_of(writing)) == ("aya", "one two")


async def test_the_model_that_is_named_answers_or_says_that_it_only_translates() -> None:
    async with gateway() as made:
        chats = made.backing.chats
        assert await text_of(await chats.chat(said("one"), Call(model="aya"))) == "one"
        with pytest.raises(ChatUnsupportedError, match="nllb"):
            await chats.chat(said("one"), Call(model="nllb"))
        with pytest.raises(UnknownModelError):
            await chats.chat(said("one"), Call(model="gpt-4o"))


async def test_where_none_chats_the_default_says_so() -> None:
    async with model() as url, whole(before({"nllb": url})) as made:
        with pytest.raises(ChatUnsupportedError, match="nllb"):
            await made.gateway.backing.chats.chat(said("one"), Call())


async def test_who_translates_is_the_routes_affair() -> None:
    async with gateway() as made:
        plain = TranslationRequest(text="one. two", **PAIR)
        writing = await made.backing.chats.translate(plain, Call())
        assert (writing.model, await text_of(writing)) == ("nllb", "ONE. TWO")
        markup = TranslationRequest(text="<p>one</p>", format="html", **PAIR)
        writing = await made.backing.chats.translate(markup, Call(model="aya"))
        assert (writing.model, await text_of(writing)) == ("aya", "<p>ONE</p>")


async def test_limits_hold_before_anybody_is_asked() -> None:
    parrot = Parrot()
    async with gateway(parrot=parrot, max_text_chars=5) as made:
        for text, kind in (("123456", TextTooLongError), (" ", EmptyTextError)):
            with pytest.raises(kind):
                await made.backing.chats.chat(said(text), Call())
    assert parrot.chats == []


async def test_a_chat_is_paid_for_and_one_that_does_not_begin_is_not() -> None:
    own = {"quota_characters_per_day": 10}
    async with gateway(own) as made:
        chats, call = made.backing.chats, Call(caller="somebody")
        with pytest.raises(ChatUnsupportedError):
            await chats.chat(said("12345678"), Call(model="nllb", caller="somebody"))
        assert await text_of(await chats.chat(said("12345678"), call)) == "12345678"
        with pytest.raises(QuotaExceededError):
            await chats.chat(said("12345678"), call)


async def test_a_model_full_of_work_says_so() -> None:
    parrot = Parrot()
    parrot.failure = OverloadedError("Full.", 7)
    async with gateway(parrot=parrot) as made:
        with pytest.raises(OverloadedError, match="Full") as error:
            await made.backing.chats.chat(said("poison"), Call())
    assert (error.value.retry_after_s, error.value.details) == (7, {"retry_after_s": 7})


@pytest.mark.parametrize(
    ("known", "named"), [(b'{"name": "demo", "chat": true}', b"demo"), (b"{}", b"auto")]
)
async def test_a_service_that_answers_something_else_is_to_blame(
    known: bytes, named: bytes
) -> None:
    async def weather(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(b"data: rain\n\n")

    service = Service(weather)
    service.model = known
    async with before_service(service) as made:
        with pytest.raises(BackendError):
            await made.gateway.backing.chats.chat(said("one", seed=1, stop=("x",)), Call())
    [asked] = service.requests
    assert asked.path == "/v1/chat/completions"
    assert b'"model": "%s"' % named in asked.body
    assert b'"stop": ["x"]' in asked.body
