"""An error of ours in each server's words."""

import pytest
from starlette.requests import Request

from bentos.errors import RateLimitedError
from bentos.gateway.legacy.errors import InvalidError, Json, RefusedError, http_error, refused
from bentos.gateway.legacy.profiles import Profile
from bentos.management.errors import UnknownModelError
from models.base.exceptions import (
    EmptyTextError,
    InitializationError,
    LinguaNexusError,
    ModelNotReadyError,
    TranslationError,
)

NOT_READY = {
    Profile.MAIN: "Model not loaded yet",
    Profile.MULTIMODEL: "Model registry not initialized",
    Profile.SINGLE: "Model not ready",
    Profile.AYA: "Aya model is not available",
}
FAILED = {
    Profile.MAIN: "Translation error: why",
    Profile.MULTIMODEL: "Translation error: why",
    Profile.SINGLE: "[nllb] Translation failed: why",
    Profile.AYA: "Translation failed: why",
}


@pytest.mark.parametrize("server", Profile)
def test_not_ready(server: Profile) -> None:
    for error in (ModelNotReadyError("x"), InitializationError("x")):
        said = refused(error, server)
        assert (said.status, said.content()) == (503, {"detail": NOT_READY[server]})


@pytest.mark.parametrize("server", Profile)
def test_failed(server: Profile) -> None:
    said = refused(TranslationError("why"), server, "nllb")
    assert (said.status, said.content()) == (500, {"detail": FAILED[server]})


@pytest.mark.parametrize(
    ("error", "status", "content"),
    [
        (EmptyTextError("x"), 400, {"detail": "Empty text provided"}),
        (UnknownModelError("x"), 404, {"detail": "Model 'x' not found"}),
        (RateLimitedError(3), 429, {"error": "Too many requests; slow down."}),
    ],
)
def test_others(error: LinguaNexusError, status: int, content: object) -> None:
    said = refused(error, Profile.MAIN)
    assert (said.status, said.content()) == (status, content)


def test_when_to_come_back_is_told() -> None:
    response = refused(RateLimitedError(3), Profile.MAIN).response()
    assert response.headers["retry-after"] == "3"


def test_a_refusal_without_more() -> None:
    response = RefusedError(404, "no").response()
    assert (response.status_code, response.body) == (404, b'{"detail":"no"}')


def test_json_is_raw_utf_8_and_escapes_only_what_that_cannot_carry() -> None:
    assert Json({"a": "é\ud800"}).body == '{"a":"é\\ud800"}'.encode()


def deep(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


def test_a_body_too_deep_to_send_back_is_left_out() -> None:
    body = deep(100_000)
    error = InvalidError([{"type": "list_type", "loc": ["body"], "input": body}], body)
    error.with_body = True
    assert error.response().body == b'{"detail":[{"type":"list_type","loc":["body"],"input":null}]}'


async def test_only_errors_of_http_are_answered_as_such() -> None:
    with pytest.raises(ZeroDivisionError):
        await http_error(Request({"type": "http"}), ZeroDivisionError())
