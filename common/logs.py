"""How every line of the log looks, and what must never be in one; not what is worth logging.

Whatever a caller wrote may sit in the message of an exception (`invalid literal: 'my secret'`), so
tracebacks show where and what kind, and the message only where it cannot come from a caller.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

from typing_extensions import override

from common.settings import ServiceSettings

request_id: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""Of the request that the running code works for."""

WITH_MESSAGES: Final[Mapping[str, bool]] = {"with_messages": True}
"""`logger.exception("...", extra=WITH_MESSAGES)` shows messages too: where no caller had a part."""

_OURS: Final = ("bentos", "common", "models", "bentoml")
_SILENT: Final = ("bentoml.access", "uvicorn.access")
"""They print the client's address and the query."""

_HARMLESS: Final = (OSError, ImportError, MemoryError)
_BREAKS: Final = str.maketrans(
    {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
    | {0x2028: "\\u2028", 0x2029: "\\u2029"}
)


def fields(**values: str | float | None) -> dict[str, dict[str, str | float | None]]:
    """`extra` for a log call: values that stand beside the message, by name."""
    return {"fields": values}


def configure(settings: ServiceSettings) -> None:
    """Give this process's loggers our handler and nothing else; may be called again."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Other people's INFO and DEBUG may hold addresses, query strings, bodies.
    root.setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level)))
    for name in ("bentoml", "circus", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    for name in _OURS:
        logging.getLogger(name).setLevel(settings.log_level)
    for name in _SILENT:
        logging.getLogger(name).disabled = True


class _Formatter(logging.Formatter):
    """What both forms share: the values of a line, free of what callers wrote."""

    def values_of(self, record: logging.LogRecord) -> dict[str, str | float | None]:
        extra: dict[str, str | float | None] = getattr(record, "fields", {})
        return {"request_id": request_id.get(), **extra}

    @staticmethod
    def message_of(record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name == "asyncio":  # "Task exception was never retrieved\nfuture: <... repr ...>"
            message = message.partition("\n")[0].partition("<")[0].partition("(")[0]
        return message

    @staticmethod
    def traceback_of(record: logging.LogRecord) -> str | None:
        if not record.exc_info or record.exc_info[1] is None:
            return None
        with_messages = getattr(record, "with_messages", False)
        return "\n".join(_lines_of(record.exc_info[1], with_messages=with_messages))


class TextFormatter(_Formatter):
    """Lines for people."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        values = "".join(
            f" {name}={value}"
            for name, value in self.values_of(record).items()
            if value is not None
        )
        head = f"{_time_of(record)} {record.levelname} {record.name}:"
        # Nobody writes lines of his own into the log.
        line = f"{head} {self.message_of(record)}{values}".translate(_BREAKS)
        trace = self.traceback_of(record)
        return f"{line}\n{trace}" if trace else line


class JsonFormatter(_Formatter):
    """One JSON object a line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, str | float | None] = {
            "time": _time_of(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message_of(record),
            **self.values_of(record),
        }
        if trace := self.traceback_of(record):
            entry["exception"] = trace
        return json.dumps(entry)


def _time_of(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _lines_of(error: BaseException, *, with_messages: bool, depth: int = 0) -> Iterator[str]:
    """The error and what led to it, each with its frames; the latest last, as Python prints it."""
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None and depth < 10:  # noqa: PLR2004 - a chain may be a ring
        yield from _lines_of(earlier, with_messages=with_messages, depth=depth + 1)
        yield "which led to:"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    shown = with_messages or isinstance(error, _HARMLESS)
    yield f"{kind}: {str(error).translate(_BREAKS)}" if shown else kind
