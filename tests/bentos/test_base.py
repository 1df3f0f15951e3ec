import asyncio
import json
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

import bentoml
import pytest
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from typing_extensions import override

from bentos.app import create_app
from bentos.base import publish
from bentos.config import CONFIG
from bentos.lifecycle import Status
from models.base.glossary_use import GlossaryUse
from models.base.request_models import TranslationRequest
from models.base.translation_model import TranslationOptions
from tests.fakes import EchoModel, EchoService

ASKED = {"text": "one. two", "source_lang": "en", "target_lang": "fr"}
SECONDS = 10


@bentoml.service(name="echo", metrics={"enabled": False}, **CONFIG)
class Echo(EchoService):
    """As a model's own module declares it."""


publish(Echo)


@bentoml.service(name="unpublished", metrics={"enabled": False}, **CONFIG)
class Unpublished(EchoService):
    """Lacks the line after it."""


class Held(EchoService):
    """Loads when it is told to."""

    app = create_app("held")

    @override
    def create_model(self) -> EchoModel:
        model = super().create_model()
        model.gate.clear()
        return model


@bentoml.service(name="loading", metrics={"enabled": False}, **CONFIG)
class Loading(Held):
    """Never gets further than loading."""


publish(Loading)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """The service as BentoML serves it, less the socket."""
    with TestClient(cast("Any", Echo).to_asgi()) as client:
        wait_until_ready(client)
        yield client


def wait_until_ready(client: TestClient) -> None:
    deadline = time.monotonic() + SECONDS
    while client.get("/readyz").status_code != HTTPStatus.OK:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_probes_are_bentomls(client: TestClient) -> None:
    for path in ("/livez", "/readyz", "/healthz"):
        assert client.get(path).status_code == 200


def test_the_app_is_served_at_the_root(client: TestClient) -> None:
    assert client.post("/translate", json=ASKED).json()["translated_text"] == "ONE. TWO"
    assert client.get("/health").json()["ready"] is True
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_native_endpoints_answer_as_the_app_does(client: TestClient) -> None:
    assert client.post("/bento/translate", json=ASKED).json()["translated_text"] == "ONE. TWO"
    answer = client.post("/bento/translate_batch", json={"requests": [ASKED, {"text": ""}]})
    first, second = answer.json()["results"]
    assert first["result"]["translated_text"] == "ONE. TWO"
    assert second["error"]["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**ASKED, "text": " "}, 400, "empty_text"),
        ({**ASKED, "target_lang": "ja"}, 400, "unsupported_language"),
        ({"text": "x"}, 422, "invalid_request"),
        ({**ASKED, "text": 3}, 422, "invalid_request"),
        ("no object", 422, "invalid_request"),
        ({**ASKED, "text": "poison"}, 500, "internal"),
    ],
)
def test_native_endpoints_have_the_one_error_body(
    client: TestClient, body: Any, status: int, code: str
) -> None:
    answer = client.post("/bento/translate", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["request_id"] == answer.headers["X-Request-Id"]


def test_a_published_service_is_named_as_its_bento_in_metrics() -> None:
    assert cast("Any", Loading).inner.label == "loading"
    assert EchoService().lifecycle.label == "echo"


def test_while_the_model_loads_probes_answer_and_texts_are_refused() -> None:
    with TestClient(cast("Any", Loading).to_asgi()) as client:
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 503
        for path in ("/translate", "/bento/translate"):
            refused = client.post(path, json=ASKED)
            assert (refused.status_code, refused.json()["error"]["code"]) == (
                503,
                "model_not_ready",
            )
            assert int(refused.headers["Retry-After"]) > 0


def test_a_native_batch_over_the_limit_is_413(client: TestClient) -> None:
    answer = client.post("/bento/translate_batch", json={"requests": [ASKED] * 129})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "text_too_long")


@pytest.mark.parametrize("path", ["/translate", "/bento/translate", "/bento/translate_batch"])
def test_the_rate_limit_counts_native_requests_too(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_RATE_LIMIT", "2/hour")
    body = {"requests": [ASKED]} if path.endswith("batch") else ASKED
    with TestClient(cast("Any", Echo).to_asgi()) as limited:
        wait_until_ready(limited)
        answers = [limited.post("/bento/translate", json=ASKED), limited.post(path, json=body)]
        refused = limited.post(path, json=body)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600


def test_what_neither_knows_is_404_and_405_in_our_body(client: TestClient) -> None:
    assert client.get("/nothing").json()["error"]["code"] == "not_found"
    assert client.get("/languages/a%0Ab").json()["error"]["code"] == "not_found"
    assert client.get("/bento/nothing").json()["error"]["code"] == "not_found"
    assert client.get("/bento/translate").headers["Allow"] == "OPTIONS, POST"
    assert client.post("/readyz").json()["error"]["code"] == "method_not_allowed"


def test_bentomls_own_document_holds_our_paths(client: TestClient) -> None:
    document = client.get("/docs.json").json()
    assert {"/translate", "/languages/{code}", "/bento/translate", "/livez"} <= set(
        document["paths"]
    )


def test_the_schema_of_bentomls_client_is_served(client: TestClient) -> None:
    routes = {route["route"] for route in client.get("/schema.json").json()["routes"]}
    assert routes == {"/bento/translate", "/bento/translate_batch"}


def test_the_docs_files_come_from_bentoml(client: TestClient) -> None:
    assert client.get("/static_content/swagger-ui.css").status_code == 200
    assert client.get("/static_content/index.css").status_code == 404


async def test_a_service_is_a_plain_object() -> None:
    service = EchoService()
    service.lifecycle.start()
    await service.lifecycle.loaded()
    answer = await service.translate(TranslationRequest.model_validate(ASKED))
    assert answer.translated_text == "ONE. TWO"
    failed = cast("Any", await service.translate(TranslationRequest(text=" ", target_lang="fr")))
    assert isinstance(failed, JSONResponse)
    assert json.loads(bytes(failed.body))["error"]["code"] == "empty_text"
    await service.stop()


async def test_what_a_model_loses_is_kept_whoever_asks() -> None:
    service = cast("Any", Echo).inner()
    await service.start()
    await service.lifecycle.loaded()
    options = TranslationOptions(glossary={"cat": "chat", "dog": "chien"})
    asked = TranslationRequest(
        text="hi {name}, a cat", source_lang="en", target_lang="fr", options=options
    )
    answer = await service.translator.translate(asked)
    assert answer.translated_text == "HI {name}, A chat"
    assert answer.glossary == GlossaryUse(applied=("cat",))
    assert answer.warnings == []
    await service.stop()


async def test_starting_does_not_wait_for_the_weights() -> None:
    service = Held()
    async with asyncio.timeout(SECONDS):
        await service.start()
    assert service.lifecycle.status is Status.LOADING
    assert not await service.__is_ready__()
    service.model.gate.set()
    await service.lifecycle.loaded()
    assert await service.__is_ready__()
    await service.stop()
    assert not await service.__is_ready__()
    assert service.model.cleaned == 1


async def test_a_service_without_its_guards_does_not_start() -> None:
    service = cast("Any", Unpublished).inner()
    with pytest.raises(RuntimeError, match="not published"):
        await service.start()


@pytest.mark.parametrize(
    ("name", "value"),
    [("API_KEYS", "a-key-of-some-length:fly"), ("RATE_LIMIT", "often"), ("TIMEOUT_S", "never")],
)
def test_settings_that_cannot_be_used_end_it_before_a_worker_starts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    EchoService.check_settings()
    monkeypatch.setenv(f"LINGUA_NEXUS_{name}", value)
    with pytest.raises(ValueError, match=r"(?i)key|limit|timeout"):
        EchoService.check_settings()


def test_bentoml_gives_up_after_we_do_and_not_much_later() -> None:
    service = Echo
    timeout = cast("Any", service).config["traffic"]["timeout"]
    assert 0 < timeout - EchoService().settings.timeout_s <= 30
