"""Says what is wrong with a request, and never what it held."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import JsonValue

from bentos.errors import InvalidRequestError
from models.base.exceptions import EmptyTextError, TextTooLongError

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_HOLDS_TEXT: Final = "glossary"
_MOST: Final = 20


def invalid(errors: Iterable[Mapping[str, Any]]) -> InvalidRequestError:
    """The error for what pydantic, FastAPI or BentoML found."""
    fields = [_field(error) for error, _ in zip(errors, range(_MOST), strict=False)]
    names = ", ".join(dict.fromkeys(str(field["field"]) for field in fields))
    return InvalidRequestError(f"The request is not valid: {names}.", fields=list(fields))


def check_text(text: str, most: int) -> None:
    """Lets a text pass that there is something to translate in.

    Raises:
        TextTooLongError: It has more than `most` characters.
        EmptyTextError: It has nothing but white space.
    """
    if len(text) > most:
        message = f"The text is longer than {most} characters."
        raise TextTooLongError(message, limit=most, characters=len(text))
    if not text.strip():
        raise EmptyTextError("The text is blank.")


def check_items(items: int, most: int) -> None:
    """Lets a batch pass that is not too long; raises `TextTooLongError`."""
    if items > most:
        raise TextTooLongError(f"More than {most} items.", limit=most, items=items)


def _field(error: Mapping[str, Any]) -> dict[str, JsonValue]:
    kind = str(error["type"])
    return {
        "field": ".".join(_path(error["loc"], kind)) or "body",
        # json's own message may quote; a validator's says only what was expected.
        "message": "The body is not valid JSON." if kind == "json_invalid" else str(error["msg"]),
        "type": kind,
    }


def _path(location: Iterable[str | int], kind: str) -> Iterable[str]:
    """Its names, but for a glossary's, which are the caller's words."""
    for part in location:
        if part == "body" or kind == "json_invalid":
            continue
        yield str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "?"
        if part == _HOLDS_TEXT:
            return
