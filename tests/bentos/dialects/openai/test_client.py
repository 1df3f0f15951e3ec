"""The official client, unmodified, on a real socket: before a Bento and before a gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam
from pydantic import SecretStr

from models.base.chat_model import Role
from models.base.exceptions import ModelNotReadyError, OverloadedError
from tests.bentos.dialects.chatting import MOST_WORDS, Parrot
from tests.bentos.dialects.places import KEY, Place, at, in_both_places

pytestmark = in_both_places

PAIR = {"source_lang": "en", "target_lang": "fr"}
SAID: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "one two. three"},
]


@asynccontextmanager
async def clients(
    place: str, model: Parrot | None = None, key: str = KEY, **settings: Any
) -> AsyncIterator[tuple[AsyncOpenAI, Place]]:
    async with (
        at(place, model or Parrot(), **settings) as served,
        served.url() as url,
        AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0) as client,
    ):
        yield client, served


async def test_it_finds_the_models(place: str) -> None:
    async with clients(place) as (client, _):
        assert [model.id async for model in client.models.list()] == ["echo"]
        found = await client.models.retrieve("echo")
        assert (found.id, found.object, found.owned_by) == ("echo", "model", "lingua-nexus")
        with pytest.raises(openai.NotFoundError) as error:
            await client.models.retrieve("gpt-4o")
        assert (error.value.code, error.value.param) == ("model_not_found", "model")


async def test_it_translates_the_last_user_message(place: str) -> None:
    async with clients(place) as (client, _):
        answer = await client.chat.completions.create(model="echo", messages=SAID, extra_body=PAIR)
    [choice] = answer.choices
    assert (choice.message.content, choice.finish_reason) == ("ONE TWO. THREE", "stop")
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (2, 4)
    assert answer.model == "echo"


@pytest.mark.parametrize("model", ["echo:fr", "echo:en:fra_Latn", "auto:en:fr"])
async def test_languages_may_stand_behind_a_models_name(place: str, model: str) -> None:
    async with clients(place) as (client, _):
        answer = await client.chat.completions.create(model=model, messages=SAID)
        text = await client.completions.create(model=model, prompt="hello")
        with pytest.raises(openai.NotFoundError):
            await client.chat.completions.create(model="echo:klingon", messages=SAID)
    assert answer.choices[0].message.content == "ONE TWO. THREE"
    assert text.choices[0].text == "HELLO"


async def test_it_streams_a_translation_by_segment(place: str) -> None:
    async with clients(place) as (client, _):
        chunks = [
            chunk
            async for chunk in await client.chat.completions.create(
                model="echo",
                messages=SAID,
                stream=True,
                stream_options={"include_usage": True},
                extra_body=PAIR,
            )
        ]
    deltas = [choice.delta.content for chunk in chunks for choice in chunk.choices]
    assert deltas == ["", "ONE TWO", ". THREE", None]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 6
    assert len({chunk.id for chunk in chunks}) == 1


async def test_markup_goes_whole_even_in_a_stream(place: str) -> None:
    async with clients(place) as (client, _):
        stream = await client.chat.completions.create(
            model="echo",
            messages=[{"role": "user", "content": "<p>one <b>two</b></p>"}],
            stream=True,
            extra_body={**PAIR, "format": "html"},
        )
        texts = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "".join(texts) == "<p>ONE <b>TWO</b></p>"


async def test_a_model_that_chats_answers(place: str) -> None:
    model = Parrot()
    async with clients(place, model) as (client, _):
        answer = await client.chat.completions.create(
            model="echo",
            messages=SAID,
            max_completion_tokens=2,
            temperature=0.5,
            top_p=0.9,
            seed=7,
            stop=["x", "y"],
            extra_body={"top_k": 40, "min_p": 0.1, "repeat_penalty": 1.1},
        )
    assert answer.choices[0].message.content == "one two."
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (3, 2)
    [asked] = model.chats
    assert [one.role for one in asked.messages] == [Role.SYSTEM, Role.USER]
    options = asked.options
    assert (options.max_tokens, options.temperature, options.top_p) == (2, 0.5, 0.9)
    assert (options.seed, options.stop, options.top_k) == (7, ("x", "y"), 40)
    assert (options.min_p, options.repeat_penalty) == (0.1, 1.1)


async def test_an_answer_streams_word_by_word(place: str) -> None:
    async with clients(place) as (client, _):
        stream = await client.chat.completions.create(model="auto", messages=SAID, stream=True)
        chunks = [chunk async for chunk in stream]
    texts = [chunk.choices[0].delta.content for chunk in chunks]
    assert texts == ["", "one", " two.", " three", None]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert {chunk.model for chunk in chunks} == {"echo"}


async def test_a_text_is_gone_on_with(place: str) -> None:
    model = Parrot()
    async with clients(place, model) as (client, _):
        answer = await client.completions.create(model="echo", prompt=["a b c", "d"], max_tokens=2)
        stream = await client.completions.create(
            model="echo",
            prompt=["a b", "c"],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    assert [(one.index, one.text, one.finish_reason) for one in answer.choices] == [
        (0, "a b", "length"),
        (1, "d", "stop"),
    ]
    written = [(one.index, one.text) for chunk in chunks for one in chunk.choices]
    assert written == [(0, "a"), (0, " b"), (0, ""), (1, "c"), (1, "")]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 6
    assert [one.prompt for one in model.chats] == ["a b c", "d", "a b", "c"]
    assert model.chats[-1].options.max_tokens == 16


async def test_texts_are_translated_by_the_list(place: str) -> None:
    async with clients(place) as (client, _):
        answer = await client.completions.create(
            model="echo", prompt=["one", "two"], extra_body=PAIR
        )
        with pytest.raises(openai.BadRequestError) as error:
            await client.completions.create(model="echo", prompt=["one", " "], extra_body=PAIR)
    assert [one.text for one in answer.choices] == ["ONE", "TWO"]
    assert error.value.code == "empty_text"


@pytest.mark.parametrize(
    ("asked", "kind", "code", "param"),
    [
        ({"model": "gpt-4o"}, openai.NotFoundError, "model_not_found", "model"),
        ({"n": 2}, openai.BadRequestError, "invalid_request", "n"),
        ({"temperature": 3}, openai.BadRequestError, "invalid_request", "temperature"),
        ({"messages": []}, openai.BadRequestError, "invalid_request", "messages"),
        ({"extra_body": {"target": "fr"}}, openai.BadRequestError, "invalid_request", "target"),
        (
            {"extra_body": {"source_lang": "fr"}},
            openai.BadRequestError,
            "invalid_request",
            "target_lang",
        ),
        (
            {"extra_body": {"target_lang": "tlh"}},
            openai.BadRequestError,
            "unsupported_language",
            None,
        ),
        (
            {"messages": [{"role": "user", "content": "w " * (MOST_WORDS + 1)}]},
            openai.BadRequestError,
            "context_length_exceeded",
            "messages",
        ),
        (
            {"messages": [{"role": "user", "content": " "}]},
            openai.BadRequestError,
            "empty_text",
            None,
        ),
    ],
)
async def test_what_cannot_be_is_said_as_openai_says_it(
    place: str,
    asked: dict[str, Any],
    kind: type[openai.APIStatusError],
    code: str,
    param: str | None,
) -> None:
    async with clients(place) as (client, _):
        with pytest.raises(kind) as error:
            await client.chat.completions.create(**({"model": "echo", "messages": SAID} | asked))
    assert (error.value.code, error.value.param) == (code, param)
    assert error.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    ("failure", "status", "kind"),
    [
        (OverloadedError("Full.", 7), 503, "server_error"),
        (ModelNotReadyError("Not yet."), 503, "unavailable_error"),
        (RuntimeError("secret"), 500, "server_error"),
    ],
)
async def test_what_fails_is_the_servers_fault(
    place: str, failure: Exception, status: int, kind: str
) -> None:
    model = Parrot()
    model.failure = failure
    poisoned: list[ChatCompletionMessageParam] = [{"role": "user", "content": "poison"}]
    async with clients(place, model) as (client, _):
        with pytest.raises(openai.InternalServerError) as error:
            await client.chat.completions.create(model="echo", messages=poisoned)
    assert (error.value.status_code, error.value.type) == (status, kind)
    assert "secret" not in str(error.value.body)


async def test_what_fails_midway_is_the_last_event(place: str) -> None:
    model = Parrot()
    model.failure = ModelNotReadyError("The engine failed and is being started again.")
    async with clients(place, model) as (client, _):
        stream = await client.chat.completions.create(
            model="echo", messages=[{"role": "user", "content": "one poison"}], stream=True
        )
        first, second = await anext(stream), await anext(stream)
        with pytest.raises(openai.APIError, match="is being started again") as error:
            await anext(stream)
    assert [one.choices[0].delta.content for one in (first, second)] == ["", "one"]
    assert error.value.code == "model_not_ready"


async def test_a_key_is_asked_for_and_told_from_a_wrong_one(place: str) -> None:
    async with clients(place, key="nobody's", api_keys=SecretStr(KEY)) as (client, served):
        with pytest.raises(openai.AuthenticationError) as error:
            await client.models.list()
        assert error.value.code == "invalid_api_key"
        right = client.with_options(api_key=KEY)
        assert [model.id async for model in right.models.list()] == ["echo"]
        assert served.backing.keyring.configured


async def test_embeddings_say_that_there_are_none(place: str) -> None:
    async with clients(place) as (client, _):
        with pytest.raises(openai.BadRequestError, match="does not support embeddings"):
            await client.embeddings.create(model="echo", input="one")
        with pytest.raises(openai.NotFoundError):
            await client.embeddings.create(model="other", input="one")


@pytest.mark.parametrize("extra", [{}, PAIR])
async def test_who_leaves_a_stream_ends_the_work(place: str, extra: dict[str, str]) -> None:
    model = Parrot()
    async with clients(place, model) as (client, _):
        model.gate.clear()
        model.busy.clear()
        asking = asyncio.ensure_future(
            client.chat.completions.create(
                model="echo", messages=SAID, stream=True, extra_body=extra
            )
        )
        await asyncio.wait_for(model.busy.wait(), 5)
        asking.cancel()
        await asyncio.wait_for(model.cancelled.wait(), 5)
        assert asking.cancelled() or not asking.done()


async def test_who_leaves_an_answer_midway_ends_the_work(place: str) -> None:
    model = Parrot()
    model.pause_at = 1
    async with clients(place, model) as (client, _):
        stream = await client.chat.completions.create(model="echo", messages=SAID, stream=True)
        await anext(stream)
        await stream.close()
        await asyncio.wait_for(model.cancelled.wait(), 5)


async def test_the_synchronous_client_does_the_same(place: str) -> None:
    def ask(url: str) -> tuple[str | None, list[str | None]]:
        with OpenAI(base_url=f"{url}/openai/v1", api_key=KEY, max_retries=0) as client:
            answer = client.chat.completions.create(model="echo", messages=SAID, extra_body=PAIR)
            stream = client.chat.completions.create(
                model="echo", messages=SAID, stream=True, extra_body=PAIR
            )
            texts = [chunk.choices[0].delta.content for chunk in stream]
            return answer.choices[0].message.content, texts

    async with at(place, Parrot()) as served, served.url() as url:
        whole, texts = await asyncio.to_thread(ask, url)
    assert whole == "ONE TWO. THREE"
    assert texts == ["", "ONE TWO", ". THREE", None]
