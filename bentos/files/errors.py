"""What can go wrong with a file that is to be translated, by name; nothing of HTTP.

LinguaNexusError
├── UnsupportedFileError
├── FileTooLargeError
├── InvalidFileError
├── UnknownJobError
├── FileNotTranslatedError
└── ModelError
    └── FilesUnavailableError
"""

from common.files import document
from models.base.exceptions import LinguaNexusError, ModelError


class UnsupportedFileError(LinguaNexusError):
    """A kind of file that is not translated."""


class FileTooLargeError(LinguaNexusError):
    """The file, what it unpacks to, or its texts are over a limit."""


class InvalidFileError(LinguaNexusError):
    """The file is damaged, not what its name says, or holds what could do harm."""


class UnknownJobError(LinguaNexusError):
    """There is no such job, not any more, or it is another's."""

    def __init__(self) -> None:
        super().__init__("There is no such job, or not any more.")


class FileNotTranslatedError(LinguaNexusError):
    """There is no translation of the file: not yet, or not at all."""

    def __init__(self, status: str) -> None:
        super().__init__(f"The file is not translated: {status}.", status=status)


class FilesUnavailableError(ModelError):
    """Files cannot be kept here, as the operator has to see to."""


def refusal_of(error: document.FileRefusedError) -> LinguaNexusError:
    """What the caller gets for a file that could not be read."""
    too_large = isinstance(error, document.FileTooLargeError)
    return (FileTooLargeError if too_large else InvalidFileError)(str(error))
