"""Who changed what of the models, and when; never a text, a key or a body."""

import json
import logging
import os
import queue
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from bentos.auth import MANAGE, label_of, needed_scope, sent_key
from bentos.throttle import address_of
from common import logs

LOGGER: Final = "lingua_nexus.audit"
"""Where entries go without a file."""
MODEL: Final = "audited_model"
"""Of `request.state`: there a handler puts the model's name that stands in no path."""

_MAX_WAITING: Final = 10_000
_STOP_S: Final = 5.0
_RIGHTS: Final = 0o640
_FOLDERS: Final = frozenset({"models", "backends"})
_WORDS: Final = frozenset(
    {"export", "import", "keep_alive", "load", "pull", "sync", "unload", "use"}
)
_OLD: Final = re.compile(r"/models/[^/]+(/load|/unload)?")
"""The predecessor's paths that load and unload."""
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_METHOD: Final = re.compile(r"[A-Z]{1,16}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_FAILED: Final = 500
_CLIENT_LEFT: Final = 499

logger = logging.getLogger(__name__)

Entry = dict[str, str | int | None]


class Audit:
    """Written in order by a thread of its own: `record` waits for nothing and never raises.

    A file is appended to line by line, each one JSON object, and opened anew when it was moved
    away. What cannot be written is counted in `lost`, and said in the log once.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = _File(file) if file else None
        if self._file is None:
            logging.getLogger(LOGGER).setLevel(logging.INFO)
        self._waiting: queue.Queue[Entry | None] = queue.Queue(_MAX_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failing = False
        self.lost = 0
        """Entries that were not written."""

    def record(
        self,
        *,
        caller: str,
        action: str,
        status: int,
        model: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """One call: by whom, as `label_of` gives it; what, as `POST /api/v1/models/pull`."""
        entry: Entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "caller": caller,
            "action": action,
            "model": model,
            "status": status,
            "request_id": request_id,
        }
        self._start()
        try:
            self._waiting.put_nowait(entry)
        except queue.Full:
            self._lose("too many are waiting")

    def close(self) -> None:
        """Writes what is left, unless that takes longer than some seconds; may be called twice."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            with suppress(queue.Full):
                self._waiting.put(None, timeout=_STOP_S)
                thread.join(_STOP_S)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (entry := self._waiting.get()) is not None:
            try:
                self._write(entry)
            except OSError as error:
                self._lose(error.strerror or type(error).__name__)
            else:
                self._failing = False
        if self._file is not None:
            self._file.drop()

    def _write(self, entry: Entry) -> None:
        if self._file is not None:
            self._file.append(json.dumps(entry))
            return
        values = {name: value for name, value in entry.items() if name not in {"time", "action"}}
        logging.getLogger(LOGGER).info("%s", entry["action"], extra=logs.fields(**values))

    def _lose(self, reason: str) -> None:
        with self._lock:
            self.lost += 1
        if not self._failing:
            self._failing = True
            logger.error("The audit log cannot be written, entries are lost: %s.", reason)


class _File(WatchedFileHandler):
    """Raises what keeps a line from being written, and begins anew with the next one."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", delay=True)
        self._is_torn = False

    def append(self, line: str) -> None:
        try:
            self.reopenIfNeeded()
            if self.stream is None:
                self.stream = self._open()
                self._statstream()
            # A disk that was full may have taken half a line.
            start, self._is_torn = "\n" if self._is_torn else "", True
            self.stream.write(f"{start}{line}\n")
            self.stream.flush()
            self._is_torn = False
        except OSError:
            self.drop()
            raise

    def drop(self) -> None:
        """Drops what the stream holds back: it was counted as lost."""
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()

    @override
    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return open(self.baseFilename, "a", encoding="utf-8", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _RIGHTS)


def caller_of(scope: Scope) -> str:
    """Who calls: the key's label, right or wrong, or else the address."""
    return label_of(sent_key(scope["headers"]), address_of(scope.get("client")))


class AuditTrail:
    """Before an app, or before its gatekeeper, so that refused calls are recorded too."""

    def __init__(
        self, app: ASGIApp, audit: Audit, caller_of: Callable[[Scope], str] = caller_of
    ) -> None:
        self._app = app
        self._audit = audit
        self._caller_of = caller_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_management(scope["path"], scope["method"]):
            await self._app(scope, receive, send)
            return
        method, path, caller = scope["method"], scope["path"], self._caller_of(scope)
        status = _CLIENT_LEFT

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_seen)
        except Exception:
            status = _FAILED
            raise
        finally:
            template, model = _template_of(path)
            state = scope.get("state", {})
            self._audit.record(
                caller=caller,
                action=f"{method if _METHOD.fullmatch(method) else '?'} {template}",
                status=status,
                model=_name_of(state.get(MODEL, model)),
                request_id=state.get("request_id"),
            )


def _is_management(path: str, method: str) -> bool:
    if needed_scope(path, method) == MANAGE:
        return True
    return method not in _READING and _OLD.fullmatch(path) is not None


def _template_of(path: str) -> tuple[str, str | None]:
    """The path with `{model}` in place of its name, and the name; nothing else a caller wrote."""
    model, parts, is_below = None, [], False
    for part in path.split("/"):
        if not is_below or part in _WORDS:
            parts.append(part)
        elif model is None:
            model = part
            parts.append("{model}")
        else:
            parts.append("?")
        is_below = is_below or part in _FOLDERS
    return "/".join(parts), model


def _name_of(model: object) -> str | None:
    if model is None:
        return None
    return model if isinstance(model, str) and _NAME.fullmatch(model) else "?"
