"""The official client, unmodified, on a real socket: before a Bento and before a gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ollama
import pytest
from ollama import AsyncClient, Client
from pydantic import SecretStr

from models.base.exceptions import ModelNotReadyError
from tests.bentos.dialects.chatting import MOST_WORDS, Parrot
from tests.bentos.dialects.places import KEY, Place, at, in_both_places

pytestmark = in_both_places

MANAGER = "a-key-that-manages-as-well"
KEYS = SecretStr(f"{KEY},{MANAGER}:translate+manage")
PAIR = {"source_lang": "en", "target_lang": "fr"}
SAID = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "one two. three"}]


@asynccontextmanager
async def clients(
    place: str, model: Parrot | None = None, key: str | None = None, **settings: Any
) -> AsyncIterator[tuple[AsyncClient, Place]]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with (
        at(place, model or Parrot(), **settings) as served,
        served.url() as url,
        AsyncClient(host=f"{url}/ollama", headers=headers) as client,
    ):
        yield client, served


async def test_it_finds_the_models(place: str) -> None:
    async with clients(place) as (client, _):
        [listed] = (await client.list()).models
        [running] = (await client.ps()).models
        shown = await client.show("echo")
        with pytest.raises(ollama.ResponseError, match="model 'llama3' not found") as error:
            await client.show("llama3")
    assert (listed.model, running.model) == ("echo:latest", "echo:latest")
    assert listed.digest == running.digest
    assert listed.size == 1_000_000
    assert shown.capabilities == ["completion", "translation"]
    assert shown.details is not None
    assert shown.details.family == "echo"
    assert error.value.status_code == 404


async def test_it_translates(place: str) -> None:
    async with clients(place) as (client, _):
        chatted = await client.chat("echo", SAID, options=PAIR)
        generated = await client.generate("echo:latest", "one. two", options=PAIR)
    assert chatted.message.content == "ONE TWO. THREE"
    assert (chatted.done, chatted.done_reason) == (True, "stop")
    assert (chatted.prompt_eval_count, chatted.eval_count) == (2, 4)
    assert generated.response == "ONE. TWO"
    assert (generated.total_duration or 0) > 0


@pytest.mark.parametrize("model", ["echo:fr", "echo:en:fr", "echo:en:fr:latest"])
async def test_languages_may_stand_behind_a_models_name(place: str, model: str) -> None:
    async with clients(place) as (client, _):
        chatted = await client.chat(model, SAID)
        generated = await client.generate(model, "hello", options={"target_lang": "de"})
        assert (await client.show(model)).capabilities == ["completion", "translation"]
        with pytest.raises(ollama.ResponseError, match="not found"):
            await client.chat("echo:8b", SAID)
    assert (chatted.model, chatted.message.content) == (model, "ONE TWO. THREE")
    assert generated.response == "HELLO"


async def test_it_streams_a_translation_by_segment(place: str) -> None:
    async with clients(place) as (client, _):
        chatted = [
            part async for part in await client.chat("echo", SAID, stream=True, options=PAIR)
        ]
        generated = [
            part.response
            async for part in await client.generate("echo", "one. two", stream=True, options=PAIR)
        ]
    assert [part.message.content for part in chatted] == ["ONE TWO", ". THREE", ""]
    assert [part.done for part in chatted] == [False, False, True]
    assert chatted[-1].eval_count == 4
    assert generated == ["ONE", ". TWO", ""]


async def test_a_model_that_chats_answers(place: str) -> None:
    model = Parrot()
    async with clients(place, model) as (client, _):
        options = {"num_predict": 2, "seed": 3, "stop": ["x"], "repeat_penalty": 0.5, "num_ctx": 9}
        chatted = await client.chat("echo", SAID, options=options)
        streamed = [
            part.message.content async for part in await client.chat("echo", SAID, stream=True)
        ]
        generated = await client.generate("echo", "hello", system="Be brief.")
        raw = await client.generate("echo", "a b", raw=True, options={"num_predict": -1})
    assert (chatted.message.content, chatted.done_reason) == ("one two.", "length")
    assert streamed == ["one", " two.", " three", ""]
    assert (generated.response, raw.response) == ("hello", "a b")
    first, _, said, text = model.chats
    assert (first.options.max_tokens, first.options.seed) == (2, 3)
    assert (first.options.stop, first.options.repeat_penalty) == (("x",), 1.0)
    assert [one.content for one in said.messages] == ["Be brief.", "hello"]
    assert text.prompt == "a b"
    assert (text.options.max_tokens or 2**31) > 1_000_000


async def test_markup_goes_whole_even_in_a_stream(place: str) -> None:
    async with clients(place) as (client, _):
        stream = await client.generate(
            "echo", "<p>one <b>two</b></p>", stream=True, options={**PAIR, "format": "html"}
        )
        texts = [part.response async for part in stream]
    assert texts == ["<p>ONE <b>TWO</b></p>", ""]


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        ({"model": "llama3"}, 404, "model 'llama3' not found"),
        (
            {"tools": [{"type": "function", "function": {"name": "f"}}]},
            400,
            "does not support tools",
        ),
        ({"think": True}, 400, "does not support think"),
        ({"format": "json"}, 400, "does not support format"),
        ({"keep_alive": "soon"}, 400, "keep_alive"),
        ({"options": {"target_lang": "tlh"}}, 400, "Language 'tlh'"),
        ({"options": {"source_lang": "en"}}, 400, "target_lang"),
        ({"options": {"temperature": "hot"}}, 400, "valid number"),
        (
            {"messages": [{"role": "user", "content": "w " * (MOST_WORDS + 1)}]},
            400,
            "context length",
        ),
        ({"messages": [{"role": "assistant", "content": "x"}], "options": PAIR}, 400, "blank"),
    ],
)
async def test_what_cannot_be_is_an_error_of_its_own(
    place: str, asked: dict[str, Any], status: int, message: str
) -> None:
    async with clients(place) as (client, _):
        with pytest.raises(ollama.ResponseError, match=message) as error:
            await client.chat(**({"model": "echo", "messages": SAID} | asked))
    assert error.value.status_code == status


async def test_what_fails_midway_is_the_last_line(place: str) -> None:
    model = Parrot()
    model.failure = ModelNotReadyError("The engine failed and is being started again.")
    async with clients(place, model) as (client, _):
        stream = await client.generate("echo", "one poison", stream=True)
        assert (await anext(stream)).response == "one"
        with pytest.raises(ollama.ResponseError, match="is being started again"):
            await anext(stream)


async def test_asking_nothing_loads_a_model(place: str) -> None:
    async with clients(place) as (client, _):
        generated = await client.generate("echo", keep_alive="10m")
        chatted = await client.chat("echo", keep_alive=-1)
        with pytest.raises(ollama.ResponseError, match="not found"):
            await client.generate("other")
    assert (generated.done_reason, chatted.done_reason) == ("load", "load")


async def test_only_a_manager_unloads(place: str) -> None:
    async with clients(place) as (client, _):
        with pytest.raises(ollama.ResponseError) as error:
            await client.generate("echo", keep_alive=0)
        assert error.value.status_code == 401
    async with clients(place, key=KEY, api_keys=KEYS) as (client, _):
        with pytest.raises(ollama.ResponseError) as error:
            await client.generate("echo", keep_alive=0)
        assert error.value.status_code == 403
    async with clients(place, key=MANAGER, api_keys=KEYS) as (client, _):
        unloaded = await client.chat("echo", keep_alive="0s")
        kept = await client.chat("echo", SAID, keep_alive="10m", options=PAIR)
    assert (unloaded.done_reason, kept.done_reason) == ("unload", "stop")


async def test_embeddings_say_that_there_are_none(place: str) -> None:
    async with clients(place) as (client, _):
        with pytest.raises(ollama.ResponseError, match="does not support embeddings") as error:
            await client.embed("echo", "one")
        assert error.value.status_code == 400
        with pytest.raises(ollama.ResponseError, match="not found"):
            await client.embeddings("other", "one")


async def test_weights_are_managed_with_a_key_for_it(place: str) -> None:
    async with clients(place, key=KEY, api_keys=KEYS) as (client, _):
        for asking in (client.pull("aya"), client.delete("aya")):
            with pytest.raises(ollama.ResponseError, match="manage"):
                await asking
    async with clients(place, key=MANAGER, api_keys=KEYS) as (client, _):
        with pytest.raises(ollama.ResponseError, match="model 'llama3:8b' not found") as error:
            await client.pull("llama3:8b")
        assert error.value.status_code == 404
        with pytest.raises(ollama.ResponseError, match="in the model store") as error:
            await client.delete("aya-expanse:8b")
        assert error.value.status_code == 404


async def test_who_leaves_a_stream_ends_the_work(place: str) -> None:
    model = Parrot()
    model.pause_at = 1
    async with clients(place, model) as (client, _):
        stream = await client.chat("echo", SAID, stream=True)
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
        await asyncio.wait_for(model.cancelled.wait(), 5)


async def test_the_synchronous_client_does_the_same(place: str) -> None:
    def ask(url: str) -> tuple[str | None, list[str | None]]:
        client = Client(host=f"{url}/ollama/")
        with client:
            answer = client.chat("echo", SAID, options=PAIR)
            stream = client.chat("echo", SAID, stream=True, options=PAIR)
            return answer.message.content, [part.message.content for part in stream]

    async with at(place, Parrot()) as served, served.url() as url:
        whole, texts = await asyncio.to_thread(ask, url)
    assert whole == "ONE TWO. THREE"
    assert texts == ["ONE TWO", ". THREE", ""]


async def test_it_is_found_where_clients_look(place: str) -> None:
    async with at(place) as served, served.client("/ollama") as client:
        assert (await client.get("/")).text == "Ollama is running"
        assert (await client.head("/")).status_code == 200
        assert (await client.get("/api/version")).json() == {"version": "0.12.0"}
        missing = await client.get("/api/blobs")
    assert missing.status_code == 404
    assert set(missing.json()) == {"error"}
