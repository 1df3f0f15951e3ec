import json
import re
from collections.abc import Iterator

import pytest

from bentos import errors
from models.base import exceptions
from models.base.exceptions import LinguaNexusError


def kinds(base: type[LinguaNexusError] = LinguaNexusError) -> Iterator[type[LinguaNexusError]]:
    for kind in base.__subclasses__():
        if kind.__module__ in {exceptions.__name__, errors.__name__}:
            yield kind
            yield from kinds(kind)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (exceptions.EmptyTextError("blank"), 400),
        (exceptions.SameLanguageError("fra_Latn"), 400),
        (exceptions.UnsupportedLanguageError("tlh"), 400),
        (errors.UnauthorizedError(), 401),
        (errors.ForbiddenError("manage"), 403),
        (errors.NotFoundError(), 404),
        (errors.MethodNotAllowedError(["GET"]), 405),
        (exceptions.TextTooLongError("long"), 413),
        (errors.BodyTooLargeError(1), 413),
        (errors.RequestTimeoutError(1), 408),
        (errors.InvalidRequestError("wrong"), 422),
        (errors.RateLimitedError(3), 429),
        (errors.QuotaExceededError(10, 1, 3), 429),
        (exceptions.TranslationError("failed"), 500),
        (errors.InternalError(), 500),
        (ValueError("not ours"), 500),
        (errors.BackendError(), 502),
        (errors.BackendUnavailableError(retry_after_s=2), 503),
        (exceptions.ModelNotReadyError("loading"), 503),
        (exceptions.OverloadedError("full"), 503),
        (exceptions.InitializationError("no weights"), 503),
        (exceptions.DeadlineExceededError("late"), 504),
    ],
)
def test_every_error_has_its_status(error: Exception, status: int) -> None:
    assert errors.status_of(error) == status
    assert errors.response_of(error).status_code == status


def test_an_error_not_in_the_table_has_its_nearest_ancestors_status() -> None:
    class VeryLongError(exceptions.TextTooLongError):
        pass

    assert errors.status_of(VeryLongError("long")) == 413
    assert errors.body_of(VeryLongError("long")).error.code == "very_long"


@pytest.mark.parametrize("kind", list(kinds()))
def test_every_code_is_stable_snake_case_of_its_class(kind: type[LinguaNexusError]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
    assert kind.code.replace("_", "") == kind.__name__.removesuffix("Error").lower()


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in kinds()]
    assert len(codes) == len(set(codes))


def test_the_body_holds_code_message_details_and_request_id() -> None:
    error = exceptions.UnsupportedLanguageError("tlh", "is not known")
    assert json.loads(bytes(errors.response_of(error, "abc").body)) == {
        "error": {
            "code": "unsupported_language",
            "message": "Language 'tlh' is not known.",
            "details": {"language": "tlh"},
            "request_id": "abc",
        }
    }


def test_an_unforeseen_error_says_nothing_of_the_inside() -> None:
    body = errors.body_of(KeyError("a secret text"), "abc").model_dump_json()
    assert "secret" not in body
    assert errors.body_of(KeyError("x"), "abc").error.code == "internal"


def test_a_full_queue_says_when_to_come_back() -> None:
    response = errors.response_of(exceptions.OverloadedError("full", retry_after_s=7))
    assert response.headers["Retry-After"] == "7"
    assert errors.response_of(errors.RateLimitedError(3)).headers["Retry-After"] == "3"


def test_a_missing_key_says_how_to_authenticate() -> None:
    headers = errors.response_of(errors.UnauthorizedError()).headers
    assert headers["WWW-Authenticate"].startswith("Bearer ")
    assert "WWW-Authenticate" not in errors.response_of(errors.ForbiddenError("manage")).headers


def test_a_wrong_method_says_which_are_right() -> None:
    response = errors.response_of(errors.MethodNotAllowedError(["GET", "HEAD"]))
    assert response.headers["Allow"] == "GET, HEAD"
