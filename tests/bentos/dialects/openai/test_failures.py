import pytest
from pydantic import JsonValue

from bentos import errors
from bentos.dialects.openai.failures import body_of, status_of, statuses
from bentos.management.errors import UnknownModelError
from bentos.validation import invalid
from models.base.chat_model import ChatUnsupportedError, ContextLengthExceededError
from models.base.exceptions import (
    DeadlineExceededError,
    LinguaNexusError,
    ModelNotReadyError,
    OverloadedError,
    TextTooLongError,
)


@pytest.mark.parametrize(
    ("error", "status", "kind", "code", "param"),
    [
        (errors.InvalidRequestError("No."), 400, "invalid_request_error", "invalid_request", None),
        (errors.UnauthorizedError(), 401, "invalid_request_error", "invalid_api_key", None),
        (errors.ForbiddenError("translate"), 403, "invalid_request_error", "forbidden", None),
        (errors.NotFoundError(), 404, "invalid_request_error", "unknown_url", None),
        (UnknownModelError("x"), 404, "invalid_request_error", "model_not_found", "model"),
        (TextTooLongError("Long."), 413, "invalid_request_error", "text_too_long", None),
        (errors.RateLimitedError(3), 429, "requests", "rate_limit_exceeded", None),
        (errors.QuotaExceededError(1, 0, 9), 429, "insufficient_quota", "insufficient_quota", None),
        (errors.InternalError(), 500, "server_error", "internal", None),
        (OverloadedError("Full."), 503, "server_error", "overloaded", None),
        (ModelNotReadyError("Not yet."), 503, "unavailable_error", "model_not_ready", None),
        (DeadlineExceededError("Late."), 504, "server_error", "deadline_exceeded", None),
        (
            ChatUnsupportedError("m"),
            400,
            "invalid_request_error",
            "chat_unsupported",
            "target_lang",
        ),
        (
            ContextLengthExceededError(1, 2),
            400,
            "invalid_request_error",
            "context_length_exceeded",
            "messages",
        ),
    ],
)
def test_every_error_has_their_status_type_code_and_param(
    error: LinguaNexusError, status: int, kind: str, code: str, param: str | None
) -> None:
    said = body_of(error)["error"]
    assert status_of(error) == status
    assert (said["type"], said["code"], said["param"]) == (kind, code, param)
    assert said["message"]


def test_the_first_field_that_is_wrong_is_named_with_the_reason() -> None:
    error = invalid([{"loc": ("body", "n"), "type": "int_type", "msg": "Input should be an int."}])
    said = body_of(error)["error"]
    assert said["param"] == "n"
    assert said["message"].endswith("Input should be an int.")


def test_a_reason_is_said_once() -> None:
    fields: list[JsonValue] = [{"field": "text", "message": "It is not well-formed."}]
    error = errors.InvalidRequestError("It is not well-formed.", fields=fields)
    assert body_of(error)["error"]["message"] == "It is not well-formed."


def test_an_operation_describes_its_errors() -> None:
    assert 404 not in statuses(404)
    assert set(statuses()) >= {400, 401, 404, 413, 429, 500, 503}
