import json

import pytest

from bentos import errors
from bentos.errors import body_of, detail_of, headers_of, status_of
from bentos.gateway.errors import (
    BackendError,
    BackendUnavailableError,
    error_of,
    is_about_the_text,
    rebuilt,
)
from bentos.management.errors import UnknownModelError
from models.base import exceptions
from models.base.exceptions import LinguaNexusError
from models.base.request_models import ErrorDetail

OURS = [
    exceptions.EmptyTextError("blank"),
    exceptions.UnsupportedLanguageError("tlh", "is not known", detected=True),
    exceptions.SameLanguageError("fra_Latn"),
    exceptions.TextTooLongError("long", limit=5),
    exceptions.ModelNotReadyError("loading"),
    exceptions.OverloadedError("full", retry_after_s=7),
    exceptions.DeadlineExceededError("late"),
    exceptions.TranslationError("failed"),
    BackendUnavailableError(retry_after_s=3),
    errors.NotFoundError(),
    errors.MethodNotAllowedError(["GET", "HEAD"]),
    errors.BodyTooLargeError(9),
    errors.InvalidRequestError("wrong", errors=[{"field": "text"}]),
    errors.RateLimitedError(4),
    errors.InternalError(),
    UnknownModelError("x"),
]


def written(error: LinguaNexusError) -> bytes:
    return body_of(error, "abc").model_dump_json().encode()


def body(code: str, **details: object) -> bytes:
    return json.dumps({"error": {"code": code, "message": "m", "details": details}}).encode()


@pytest.mark.parametrize("error", OURS, ids=lambda error: error.code)
def test_a_backends_error_is_what_it_was_there(error: LinguaNexusError) -> None:
    again = error_of(status_of(error), written(error))
    assert type(again) is type(error)
    assert (again.message, again.details, str(again)) == (
        error.message,
        error.details,
        error.message,
    )
    assert (status_of(again), headers_of(again)) == (status_of(error), headers_of(error))


def test_its_attributes_are_there_too() -> None:
    again = error_of(503, written(exceptions.OverloadedError("full", retry_after_s=7)))
    assert isinstance(again, exceptions.OverloadedError)
    assert again.retry_after_s == 7


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, errors.UnauthorizedError()), (403, errors.ForbiddenError("translate"))],
)
def test_a_key_that_the_backend_refuses_is_not_the_callers_fault(
    status: int, error: LinguaNexusError
) -> None:
    for answered in (written(error), b"no", b""):
        again = error_of(status, answered)
        assert isinstance(again, BackendError)
        assert (status_of(again), headers_of(again)) == (502, {})
        assert "API key" in again.message


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"<html>Bad gateway</html>",
        b"\xff\xfe\x00",
        b"[]",
        b'{"error": "wrong"}',
        b'{"error": {"code": 3, "message": "m"}}',
        written(exceptions.EmptyTextError("blank"))[:-5],
        b'[{"error": "of another kind"}]',
    ],
)
def test_what_cannot_be_read_is_the_backends_fault(garbage: bytes) -> None:
    again = error_of(500, garbage)
    assert type(again) is BackendError
    assert status_of(again) == 502
    assert again.message == "The model's service gave an answer that cannot be read."


def test_a_code_of_another_version_keeps_whose_fault_it_is() -> None:
    again = error_of(418, body("teapot", colour="red"))
    assert (status_of(again), again.message, again.details) == (422, "m", {"colour": "red"})
    assert type(error_of(500, body("teapot"))) is BackendError
    assert type(error_of(200, body("teapot"))) is BackendError


@pytest.mark.parametrize("wait", ["1\r\nX-Evil: 1", -1, 10**9, None, 1.5, [1]])
def test_only_a_number_says_when_to_come_back(wait: object) -> None:
    full = error_of(503, body("overloaded", retry_after_s=wait))
    assert headers_of(full) == {"Retry-After": "1"}
    assert headers_of(error_of(429, body("rate_limited", retry_after_s=wait))) == {}


@pytest.mark.parametrize("allowed", [None, "GET", ["G\r\nT"]])
def test_only_methods_are_named_as_allowed(allowed: object) -> None:
    again = error_of(405, body("method_not_allowed", allowed=allowed))
    assert headers_of(again) == {"Allow": ""}


def test_details_may_have_any_name() -> None:
    assert error_of(400, body("empty_text", message="x", self="y")).details == {
        "message": "x",
        "self": "y",
    }


def test_nothing_up_says_when_to_come_back() -> None:
    error = BackendUnavailableError(retry_after_s=4)
    assert (status_of(error), headers_of(error)) == (503, {"Retry-After": "4"})


def test_a_service_that_is_full_or_beaten_by_a_text_is_well() -> None:
    assert is_about_the_text(503, body("overloaded"))
    assert is_about_the_text(500, body("translation"))
    assert not is_about_the_text(503, body("model_not_ready"))
    assert not is_about_the_text(500, b"garbage")
    assert not is_about_the_text(400, body("overloaded"))


def test_an_item_of_a_batch_failed_as_it_did_there() -> None:
    again = rebuilt(detail_of(exceptions.UnsupportedLanguageError("tlh"), "abc"))
    assert type(again) is exceptions.UnsupportedLanguageError
    assert again.details == {"language": "tlh"}
    assert type(rebuilt(ErrorDetail(code="teapot", message="m"))) is BackendError
