"""Errors about files: each with a status, none with anything of the file."""

import pytest

from bentos.errors import status_of
from bentos.files import errors
from common.files import document
from models.base.exceptions import LinguaNexusError


@pytest.mark.parametrize(
    ("refusal", "code", "status"),
    [
        (document.FileRefusedError("No."), "invalid_file", 422),
        (document.FileDamagedError("No."), "invalid_file", 422),
        (document.FileTooLargeError("No."), "file_too_large", 413),
    ],
)
def test_a_refusal_keeps_its_reason(
    refusal: document.FileRefusedError, code: str, status: int
) -> None:
    error = errors.refusal_of(refusal)
    assert (error.code, error.message, status_of(error)) == (code, "No.", status)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (errors.UnknownJobError(), "unknown_job", 404),
        (errors.FileNotTranslatedError("queued"), "file_not_translated", 409),
        (errors.UnsupportedFileError("No."), "unsupported_file", 415),
        (errors.FilesUnavailableError("No."), "files_unavailable", 503),
    ],
)
def test_each_has_its_status(error: LinguaNexusError, code: str, status: int) -> None:
    assert (error.code, status_of(error)) == (code, status)
