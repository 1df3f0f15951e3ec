"""The gateway's document against the gateway: requests made up from it, and a client made of it."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from load_tests.server import Server
from tests.e2e.found import service_of
from tests.e2e.test_openapi_client import generating, module
from tests.e2e.test_schemathesis import THOROUGH, document_of, examined

KEY = "a-key-that-manages-as-well"
# The catalogue's paths are every Bento's, and are tested there.
OWN = ["--exclude-path-regex", "^/api/v1/models/"]
MANAGED = ["--include-path-regex", "^/api/v1/(backends|gateway|switch)"]


class Gateway(Server):
    """Before one echo model, which goes by two names."""

    def __init__(self, folder: Path, model: Server, **settings: str) -> None:
        settings["GATEWAY_BACKENDS"] = f"nllb={model.url},aya={model.url}"
        env = {f"LINGUA_NEXUS_{name}": value for name, value in settings.items()}
        home = folder / "home"
        super().__init__(service_of("gateway"), log=folder / "log", env=env, home=home)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("echoing")
    service = "tests.e2e.held:EchoingService"
    with Server(service, log=folder / "log", home=folder / "home") as server:
        yield server


@pytest.fixture(scope="module")
def gateway(model: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Gateway(tmp_path_factory.mktemp("gateway"), model) as server:
        yield server


@pytest.fixture(scope="module")
def generated(gateway: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with generating(gateway, tmp_path_factory.mktemp("client")) as package:
        yield package


@pytest.fixture
def client(gateway: Server, generated: ModuleType) -> Iterator[Any]:
    with generated.Client(base_url=gateway.url, raise_on_unexpected_status=True) as client:
        yield client


def test_answers_are_as_documented(gateway: Server, tmp_path: Path) -> None:
    count = examined(gateway, tmp_path, *THOROUGH, *OWN)
    paths = document_of(gateway)["paths"]
    own = [path for path in paths if not path.startswith("/api/v1/models/")]
    assert count == sum(len(paths[path]) for path in own)


def test_managing_is_as_documented(model: Server, tmp_path: Path) -> None:
    settings = {"API_KEYS": f"{KEY}:translate+manage", "GATEWAY_OLD_URL": model.url}
    with Gateway(tmp_path, model, **settings) as gateway:
        count = examined(gateway, tmp_path, *THOROUGH, *MANAGED, "--header", f"X-API-Key: {KEY}")
    assert count == 9


def asked(target_lang: str, **more: str) -> Any:
    return module("models").GatewayRequest(
        text="Good morning.", source_lang="en", target_lang=target_lang, **more
    )


def test_a_made_client_translates_and_knows_who_spoke(client: Any) -> None:
    found = module("api.translation.translate").sync(client=client, body=asked("fr", model="aya"))
    assert isinstance(found, module("models").GatewayResponse)
    assert found.translated_text == "GOOD MORNING."
    assert (found.routing.model, found.routing.reason) == ("aya", "asked")


def test_a_made_client_sends_batches(client: Any) -> None:
    ask = module("api.translation.translate_batch").sync
    right, wrong = ask(client=client, body=[asked("de"), asked("de", model="gpt")]).results
    assert right.result.routing.model == "nllb"
    assert (wrong.error.code, wrong.result) == ("unknown_model", None)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"target_lang": "tlh"}, HTTPStatus.BAD_REQUEST, "unsupported_language"),
        ({"target_lang": "fr", "model": "gpt"}, HTTPStatus.NOT_FOUND, "unknown_model"),
        ({"target_lang": "x"}, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request"),
    ],
)
def test_a_made_client_parses_errors(
    client: Any, change: dict[str, str], status: HTTPStatus, code: str
) -> None:
    ask = module("api.translation.translate").sync_detailed
    answer = ask(client=client, body=asked(**change))
    assert answer.status_code == status
    assert isinstance(answer.parsed, module("models").ErrorResponse)
    assert answer.parsed.error.code == code


def test_a_made_client_sees_the_backends_and_their_health(client: Any) -> None:
    backends = module("api.backends.list_backends").sync(client=client).backends
    assert [(one.name, one.status, one.languages) for one in backends] == [
        ("nllb", "ready", 4),
        ("aya", "ready", 4),
    ]
    assert module("api.service.get_health").sync(client=client).ready is True
    assert module("api.service.get_gateway").sync(client=client).profile == "main"


def test_a_made_client_may_not_manage_without_a_key(client: Any) -> None:
    answer = module("api.backends.load_backend").sync_detailed(client=client, name="nllb")
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer.parsed.error.code == "unauthorized"
