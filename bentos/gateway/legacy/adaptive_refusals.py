"""What an adaptive path answers when it does not translate, in the predecessor's words."""

from http import HTTPStatus

from bentos.errors import detail_of, headers_of, status_of
from bentos.gateway.legacy.adaptive_stages import AUTO, Wanted
from bentos.gateway.legacy.errors import RefusedError
from bentos.gateway.legacy.languages import language_of
from models.base.exceptions import SameLanguageError, UnsupportedLanguageError


def codes_of(source: str, target: str) -> tuple[str, str]:
    """The FLORES codes of what was written; `auto` as a source stays.

    Raises:
        RefusedError: It means no language.
    """
    if target.lower() == AUTO:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "Target language cannot be 'auto'")
    known = AUTO if source.lower() == AUTO else _code_of(source)
    if known is None:
        raise _unsupported("source", source)
    wanted = _code_of(target)
    if wanted is None:
        raise _unsupported("target", target)
    return known, wanted


def refusal_of(error: Exception, wanted: Wanted | None = None) -> RefusedError:
    """An error as its status and what may be said of it; nothing of one that is not ours."""
    status, message = status_of(error), detail_of(error).message
    if isinstance(error, SameLanguageError):
        message = "Source and target languages cannot be the same"
    elif isinstance(error, UnsupportedLanguageError):
        return _not_spoken(str(error.details.get("language")), wanted)
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = f"Translation failed: {message}"
    return RefusedError(status, message, headers_of(error))


def _code_of(written: str) -> str | None:
    known = language_of(written.strip())
    return known.code if known else None


def _not_spoken(language: str, wanted: Wanted | None) -> RefusedError:
    """As the caller wrote it; a source that was found and not said, by its code."""
    if wanted is None:
        return _unsupported("source", language)
    source, target = wanted.written or (wanted.source, wanted.target)
    if language == wanted.target:
        return _unsupported("target", target)
    return _unsupported("source", source if language == wanted.source else language)


def _unsupported(side: str, language: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, f"Unsupported {side} language: {language}")
