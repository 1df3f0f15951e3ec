import pytest

from bentos import errors
from bentos.dialects.deepl import refusals
from bentos.files.errors import FileNotTranslatedError, FileTooLargeError, UnsupportedFileError
from bentos.glossaries.errors import (
    GlossariesUnavailableError,
    GlossaryLimitError,
    InvalidGlossaryError,
    UnknownGlossaryError,
)
from models.base import exceptions
from models.base.exceptions import LinguaNexusError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UnauthorizedError(), 403),
        (errors.ForbiddenError("translate"), 403),
        (errors.InvalidRequestError("x"), 400),
        (exceptions.UnsupportedLanguageError("tlh"), 400),
        (InvalidGlossaryError("x"), 400),
        (UnsupportedFileError("x"), 400),
        (UnknownGlossaryError(), 404),
        (errors.NotFoundError(), 404),
        (errors.BodyTooLargeError(5), 413),
        (exceptions.TextTooLongError("x"), 413),
        (FileTooLargeError("x"), 413),
        (errors.RateLimitedError(1), 429),
        (errors.QuotaExceededError(5, 1, 1), 456),
        (GlossaryLimitError("x"), 456),
        (errors.InternalError(), 500),
        (errors.BackendError(), 503),
        (errors.BackendUnavailableError(), 503),
        (exceptions.ModelNotReadyError("x"), 503),
        (FileNotTranslatedError("running"), 503),
        (GlossariesUnavailableError("x"), 503),
        (exceptions.DeadlineExceededError("x"), 504),
        (exceptions.OverloadedError("x"), 529),
    ],
)
def test_statuses_are_deepls(error: LinguaNexusError, status: int) -> None:
    assert refusals.status_of(error) == status


def test_a_message_is_deepls_where_clients_may_look_at_it() -> None:
    assert refusals.body_of(errors.QuotaExceededError(5, 1, 1)) == {
        "message": "Quota exceeded",
        "detail": "1 of the 5 characters a day are left, fewer than this needs.",
    }
    assert refusals.body_of(FileNotTranslatedError("x"))["message"] == "Document not ready"
    assert refusals.body_of(exceptions.EmptyTextError("Blank.")) == {"message": "Blank."}


def test_what_can_always_happen_is_documented_of_all() -> None:
    assert list(refusals.documented(404)) == [403, 404, 429, 500]
