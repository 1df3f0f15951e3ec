"""A client generated from the service's own document: it translates and understands errors."""

import contextlib
import importlib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from load_tests.server import Server
from tests.e2e.found import Demo

PACKAGE = "generated_lingua_nexus"
CONFIG = """\
post_hooks: []
content_type_overrides:
  application/x-ndjson: text/plain
"""
"""As docs/api.md has it for a generator that knows no lines of JSON."""


@contextlib.contextmanager
def generating(server: Server, folder: Path) -> Iterator[ModuleType]:
    """The package that openapi-python-client makes without a warning."""
    with urllib.request.urlopen(f"{server.url}/openapi.json", timeout=10) as answer:  # noqa: S310
        (folder / "openapi.json").write_bytes(answer.read())
    # Its hooks only format what it wrote.
    (folder / "config.yml").write_text(CONFIG)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"]
    options = ["--path", "openapi.json", "--config", "config.yml", "--meta", "none"]
    command += [*options, "--output-path", PACKAGE]
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603  # our own command
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def generated(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with generating(demo, tmp_path_factory.mktemp("client")) as package:
        yield package


@pytest.fixture
def client(demo: Demo, generated: ModuleType) -> Iterator[Any]:
    with generated.Client(base_url=demo.url, raise_on_unexpected_status=True) as client:
        yield client


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{name}")


def asked(target_lang: str) -> Any:
    return module("models").TranslationRequest(
        text="Where is the train station?", source_lang="en", target_lang=target_lang
    )


def test_it_translates(client: Any) -> None:
    answer = module("api.translation.translate").sync_detailed(client=client, body=asked("fr"))
    assert answer.status_code == HTTPStatus.OK
    found = answer.parsed
    assert isinstance(found, module("models").TranslationResponse)
    assert "où" in found.translated_text.lower()
    assert (found.source_lang, found.target_lang) == ("eng_Latn", "fra_Latn")
    assert found.detected_source_lang is None
    assert found.metadata["segments"] == 1


def test_it_translates_batches_item_by_item(client: Any) -> None:
    body = [asked("de"), asked("en")]
    batch = module("api.translation.translate_batch").sync(client=client, body=body)
    right, wrong = batch.results
    assert right.result.target_lang == "deu_Latn"
    assert not right.error
    assert wrong.error.code == "same_language"
    assert not wrong.result


@pytest.mark.parametrize(
    ("target_lang", "status", "code"),
    [("tlh", HTTPStatus.BAD_REQUEST, "unsupported_language"), ("x", 422, "invalid_request")],
)
def test_an_error_is_parsed(client: Any, target_lang: str, status: int, code: str) -> None:
    ask = module("api.translation.translate").sync_detailed
    answer = ask(client=client, body=asked(target_lang))
    assert answer.status_code == status
    assert isinstance(answer.parsed, module("models").ErrorResponse)
    assert answer.parsed.error.code == code
    assert answer.parsed.error.request_id == answer.headers["x-request-id"]


def test_it_knows_the_models_languages(client: Any) -> None:
    found = module("api.languages.list_languages").sync(client=client)
    assert {language.code for language in found.languages} >= {"eng_Latn", "fra_Latn"}
    model = module("api.service.get_model").sync(client=client)
    assert model.demo is True
