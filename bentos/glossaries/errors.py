"""What can go wrong with a stored glossary, by name; nothing of HTTP.

LinguaNexusError
├── UnknownGlossaryError
├── InvalidGlossaryError
├── GlossaryLimitError
└── ModelError
    └── GlossariesUnavailableError
"""

from models.base.exceptions import LinguaNexusError, ModelError


class UnknownGlossaryError(LinguaNexusError):
    """There is no such glossary, it is another's, or it has nothing for these languages."""

    def __init__(self, message: str = "There is no such glossary.") -> None:
        super().__init__(message)


class InvalidGlossaryError(LinguaNexusError):
    """The glossary's name, languages or entries are wrong, or do not fit the request."""


class GlossaryLimitError(LinguaNexusError):
    """The caller keeps as much as he may; something must be removed first."""


class GlossariesUnavailableError(ModelError):
    """Glossaries cannot be kept here, as the operator has to see to."""
