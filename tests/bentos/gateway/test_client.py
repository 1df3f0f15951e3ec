import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from bentos.contract import Call
from bentos.errors import BackendError
from bentos.gateway import client
from bentos.gateway.backend import Backend
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    LinguaNexusError,
    OverloadedError,
    TranslationError,
)
from tests.bentos.gateway.services import (
    Answer,
    Exchange,
    Service,
    echo,
    fail,
    garbage,
    half,
    hang,
    reset,
)
from tests.bentos.gateway.speaking import Outcome, Speaker, answer, answer_batch, request, response

CALL = Call(
    caller="someone",
    request_id="r-1",
    headers={
        "traceparent": "00-a-b-01",
        "tracestate": "x=1",
        "accept": "text/html",
        "x-api-key": "secret",
    },
)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with Service(Speaker("demo")) as service:
        yield service


@pytest.fixture
async def backend(service: Service) -> AsyncIterator[Backend]:
    backend = Backend("demo", [service.url])
    await backend.start()
    yield backend
    await backend.stop()


async def test_a_text_and_its_options_go_out_and_the_answer_comes_back(
    backend: Backend, service: Service
) -> None:
    asked = request("hello")
    found = await client.translate(backend, asked, CALL, timeout_s=5)
    assert found == response("demo: hello")
    [sent] = service.requests
    assert (sent.method, sent.path) == ("POST", "/translate")
    assert json.loads(sent.body) == asked.model_dump()


async def test_only_what_a_backend_needs_to_know_of_a_call_is_told(
    backend: Backend, service: Service
) -> None:
    await client.translate(backend, request(), CALL, timeout_s=5)
    told = service.requests[0].headers
    assert told["x-request-id"] == "r-1"
    assert (told["traceparent"], told["tracestate"]) == ("00-a-b-01", "x=1")
    assert told["content-type"] == "application/json"
    assert not {"x-api-key", "accept"} & set(told)
    assert client.headers_of(Call()) == {"content-type": "application/json"}


async def test_an_error_is_the_one_it_was_there(backend: Backend, service: Service) -> None:
    async def refuse(exchange: Exchange) -> None:
        await answer(exchange, OverloadedError("full", retry_after_s=7))

    service.answer = refuse
    with pytest.raises(OverloadedError, match="full") as raised:
        await client.translate(backend, request(), CALL, timeout_s=5)
    assert raised.value.retry_after_s == 7


@pytest.mark.parametrize("broken", [echo, reset, garbage, half], ids=lambda one: one.__name__)
async def test_what_is_no_answer_is_the_backends_fault(
    backend: Backend, service: Service, broken: Answer
) -> None:
    service.answer = broken
    with pytest.raises(BackendError) as raised:
        await client.translate(backend, request(), CALL, timeout_s=5)
    assert "hello" not in str(raised.value)
    with pytest.raises(BackendError):
        await client.translate_batch(backend, [request()], CALL, timeout_s=5)


async def test_a_failure_of_all_is_raised_once(backend: Backend, service: Service) -> None:
    service.answer = fail
    with pytest.raises(LinguaNexusError) as raised:
        await client.translate_batch(backend, [request()] * 2, CALL, timeout_s=5)
    assert raised.value.code == "internal"


async def test_waiting_has_an_end(backend: Backend, service: Service) -> None:
    service.answer = hang
    with pytest.raises(DeadlineExceededError):
        await client.translate(backend, request(), CALL, timeout_s=0.05)


async def test_a_batch_keeps_its_order_and_each_fails_alone(
    backend: Backend, service: Service
) -> None:
    outcomes: list[Outcome] = [
        response("a"),
        EmptyTextError("blank"),
        TranslationError("beaten"),
        response("d"),
    ]

    async def mixed(exchange: Exchange) -> None:
        await answer_batch(exchange, outcomes)

    service.answer = mixed
    requests = [request(text) for text in "abcd"]
    first, empty, beaten, last = await client.translate_batch(backend, requests, CALL, timeout_s=5)
    assert (first, last) == (response("a"), response("d"))
    assert isinstance(empty, EmptyTextError)
    assert isinstance(beaten, TranslationError)
    [sent] = service.requests
    assert sent.path == "/translate/batch"
    assert [one["text"] for one in json.loads(sent.body)] == list("abcd")


@pytest.mark.parametrize("given", [0, 1, 3])
async def test_another_number_of_results_is_no_answer(
    backend: Backend, service: Service, given: int
) -> None:
    async def miscount(exchange: Exchange) -> None:
        await answer_batch(exchange, [response("x")] * given)

    service.answer = miscount
    with pytest.raises(BackendError):
        await client.translate_batch(backend, [request()] * 2, CALL, timeout_s=5)


async def test_a_result_with_neither_text_nor_error_is_an_error(
    backend: Backend, service: Service
) -> None:
    async def empty(exchange: Exchange) -> None:
        await exchange.reply(200, b'{"results": [{}]}')

    service.answer = empty
    [outcome] = await client.translate_batch(backend, [request()], CALL, timeout_s=5)
    assert isinstance(outcome, BackendError)


async def test_a_cancelled_call_closes_its_connection(backend: Backend, service: Service) -> None:
    left = asyncio.Event()

    async def wait(exchange: Exchange) -> None:
        await exchange.gone()
        left.set()

    service.answer = wait
    calling = client.translate_batch(backend, [request()], CALL, timeout_s=5)
    task = asyncio.create_task(calling)
    await service.until(lambda: service.requests != [])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(left.wait(), 5)


async def test_the_body_of_a_stream_is_the_request() -> None:
    asked = request("hello")
    assert json.loads(client.stream_body(asked)) == asked.model_dump()


def test_other_weights_or_another_engine_are_another_version() -> None:
    details = {
        "name": "nllb",
        "version": "1",
        "engine": "ct2",
        "quantization": "int8",
        "weights": "w",
        "weights_revision": "r",
    }
    version = client.version_of(details)
    assert client.version_of({**details, "memory_bytes": 5}) == version
    others = {client.version_of({**details, name: "other"}) for name in details}
    assert len({version, *others}) == 7
    assert client.version_of({}) not in {version, *others}
