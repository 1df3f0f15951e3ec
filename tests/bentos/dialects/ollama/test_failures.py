import pytest
from pydantic import JsonValue

from bentos import errors
from bentos.dialects.ollama.failures import body_of, status_of, statuses
from bentos.management.errors import ModelInUseError, NotInstalledError, UnknownModelError
from bentos.validation import invalid
from models.base.exceptions import LinguaNexusError, OverloadedError


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (errors.InvalidRequestError("No."), 400, "No."),
        (UnknownModelError("x"), 404, "model 'x' not found"),
        (NotInstalledError("Not here."), 404, "Not here."),
        (ModelInUseError("In use."), 409, "In use."),
        (OverloadedError("Full."), 503, "Full."),
        (
            invalid([{"loc": ("body", "n"), "type": "t", "msg": "Input is odd."}]),
            400,
            "The request is not valid: n. Input is odd.",
        ),
    ],
)
def test_an_error_is_its_message(error: LinguaNexusError, status: int, message: str) -> None:
    assert (status_of(error), body_of(error)) == (status, {"error": message})


def test_a_reason_is_said_once() -> None:
    fields: list[JsonValue] = [{"field": "text", "message": "It is not well-formed."}]
    error = errors.InvalidRequestError("It is not well-formed.", fields=fields)
    assert body_of(error)["error"] == "It is not well-formed."


def test_an_operation_describes_its_errors() -> None:
    assert set(statuses()) >= {400, 401, 403, 404, 429, 500, 503}
