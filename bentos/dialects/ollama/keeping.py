"""How long a model is kept in memory, as Ollama's clients say it; loads and unloads by that."""

import math
import re
from typing import Final, Literal, Protocol, runtime_checkable

from starlette.requests import Request

from bentos.auth import MANAGE
from bentos.contract import ModelState
from bentos.dialects.conversing import backing_of
from bentos.dialects.ollama.requests import KeepAlive
from bentos.errors import ForbiddenError, InvalidRequestError, UnauthorizedError
from bentos.glossaries.viewing import viewer_of

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,9})?")
_PART: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})(ns|us|µs|ms|s|m|h)")
_DURATION: Final = re.compile(rf"[+-]?(?:{_PART.pattern})++")
_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST_TEXT: Final = 64
_DAY_S: Final = 86_400.0


@runtime_checkable
class Keeping(Protocol):
    """Models of which some stay only while they are used."""

    def keep_alive(self, name: str, seconds: float | None) -> ModelState: ...


def seconds_of(written: KeepAlive) -> float | None:
    """Seconds; None: for good, which everything below zero means.

    Raises:
        InvalidRequestError: It is neither a number nor a duration as `1h30m`.
    """
    seconds = float(written) if isinstance(written, int | float) else _read(written)
    if not math.isfinite(seconds):
        raise _no_duration()
    return None if seconds < 0 else min(seconds, 365 * _DAY_S)


async def kept(
    request: Request, name: str, keep_alive: KeepAlive | None
) -> Literal["load", "unload"]:
    """Loads a model, or unloads it where it is to be kept no time at all.

    Raises:
        UnauthorizedError, ForbiddenError: The caller may not unload.
    """
    backing = backing_of(request)
    if keep_alive is not None and seconds_of(keep_alive) == 0:
        if not may_manage(request):
            raise ForbiddenError(MANAGE) if backing.keyring.configured else UnauthorizedError
        await backing.models.unload(name)
        return "unload"
    await backing.models.load(name)
    heed(request, name, keep_alive)
    return "load"


def heed(request: Request, name: str, keep_alive: KeepAlive | None) -> None:
    """Keeps a model as long as its caller says, where he may say so; else as it was."""
    models = backing_of(request).models
    if keep_alive is not None:
        seconds = seconds_of(keep_alive)
        if isinstance(models, Keeping) and may_manage(request):
            models.keep_alive(name, seconds)


def may_manage(request: Request) -> bool:
    """Whether the key that came with a request is good for managing."""
    return viewer_of(request, backing_of(request)).is_manager


def _read(written: str) -> float:
    text = written.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if len(text) > _LONGEST_TEXT or not _DURATION.fullmatch(text):
        raise _no_duration()
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return -seconds if text.startswith("-") else seconds


def _no_duration() -> InvalidRequestError:
    return InvalidRequestError("keep_alive is no duration", field="keep_alive")
