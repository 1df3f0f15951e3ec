from typing import Any

import pytest
from openapi_spec_validator import validate

from bentos.app import create_app
from bentos.auth import MANAGE, needed_scope
from bentos.gateway.shapes import GatewayRequest
from bentos.openapi import batch_of

SCHEMA: dict[str, Any] = create_app("echo").openapi()
OPERATIONS = [
    (path, method, operation)
    for path, operations in SCHEMA["paths"].items()
    for method, operation in operations.items()
]
IDS = [f"{method} {path}" for path, method, _ in OPERATIONS]


def test_the_schema_is_valid_openapi() -> None:
    assert SCHEMA["openapi"].startswith("3.1")
    validate(SCHEMA)


def test_every_endpoint_is_there() -> None:
    models = "/api/v1/models"
    assert {path for path in SCHEMA["paths"] if not path.startswith(models)} == {
        "/translate",
        "/translate/batch",
        "/translate/stream",
        "/detect",
        "/languages",
        "/languages/{code}",
        "/model",
        "/health",
        *("/files", "/files/formats", "/files/{job}", "/files/{job}/result"),
        *("/glossaries", "/glossaries/{glossary}", "/glossaries/{glossary}/entries"),
    }
    assert {path.removeprefix(models) for path in SCHEMA["paths"] if path.startswith(models)} == {
        "",
        "/{model}",
        *("/current", "/statistics", "/recommend", "/plan", "/check"),
        *("/pull", "/use", "/sync", "/export", "/import"),
    }


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=IDS)
def test_every_error_has_the_one_body(path: str, method: str, operation: dict[str, Any]) -> None:
    del method
    assert "500" in operation["responses"]
    for status, response in operation["responses"].items():
        if status.startswith("2") or (path, status) == ("/health", "503"):
            continue
        schema = response["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorResponse"}


def test_operation_ids_are_ours_and_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))
    assert {"translate", "translate_batch", "translate_stream", "detect"} <= set(ids)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=IDS)
def test_keys_are_declared_where_they_are_asked_for(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    open_to_all = path == "/health"
    keys: list[dict[str, list[str]]] = [{"ApiKey": []}, {"Bearer": []}]
    if needed_scope(path, method.upper()) != MANAGE:
        keys = [] if open_to_all else [{}, *keys]
    assert operation["security"] == keys
    assert ("401" in operation["responses"]) is not open_to_all


def test_requests_and_errors_carry_examples() -> None:
    schemas = SCHEMA["components"]["schemas"]
    for name in ("TranslationRequest", "DetectionRequest", "ErrorResponse"):
        assert "example" in schemas[name]
    body = SCHEMA["paths"]["/translate/batch"]["post"]["requestBody"]
    assert body["content"]["application/json"]["example"]


def test_a_batchs_items_are_of_the_schema_named() -> None:
    body = batch_of("GatewayRequest")["requestBody"]["content"]["application/json"]
    assert body["schema"]["items"] == {"$ref": "#/components/schemas/GatewayRequest"}
    for item in body["example"]:
        GatewayRequest.model_validate(item)
    published = SCHEMA["paths"]["/translate/batch"]["post"]
    assert published["requestBody"] == batch_of("TranslationRequest")["requestBody"]


def test_a_stream_is_declared_as_events_and_their_data_is_described() -> None:
    responses = SCHEMA["paths"]["/translate/stream"]["post"]["responses"]
    assert "text/event-stream" in responses["200"]["content"]
    assert "SegmentEvent" in SCHEMA["components"]["schemas"]


def test_fastapis_own_error_shape_is_nowhere() -> None:
    assert "HTTPValidationError" not in SCHEMA["components"]["schemas"]
