import json
import logging
import os
import queue
import stat
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import override

from bentos.auth import label_of
from bentos.gateway import audit as module
from bentos.gateway.audit import LOGGER, MODEL, Audit, AuditTrail
from common.logs import JsonFormatter, TextFormatter

SECONDS = 20
INJECTION = 'x"}\n{"caller": "somebody else"}\r\u2028\x1b[31m'


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come to pass."
        time.sleep(0.005)


def lines(path: Path) -> list[dict[str, Any]]:
    """Its entries; a blank line is none."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def record(audit: Audit, model: str = "nllb", caller: str = "abc") -> None:
    audit.record(
        caller=caller, action="POST /models/{model}/load", status=200, model=model, request_id="r1"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "audit.jsonl"


@pytest.fixture
def audit(path: Path) -> Iterator[Audit]:
    made = Audit(path)
    yield made
    made.close()


def test_an_entry_says_who_what_when_and_what_came_of_it(audit: Audit, path: Path) -> None:
    record(audit)
    audit.close()
    audit.close()
    [entry] = lines(path)
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "caller": "abc",
        "action": "POST /models/{model}/load",
        "model": "nllb",
        "status": 200,
        "request_id": "r1",
    }
    assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0


def test_it_is_only_appended_to_line_by_line(audit: Audit, path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"caller": "before"}\n')
    record(audit, "first")
    until(lambda: len(lines(path)) == 2)
    record(audit, "second")
    until(lambda: len(lines(path)) == 3)
    assert [entry.get("model") for entry in lines(path)] == [None, "first", "second"]


def test_nobody_writes_a_line_of_his_own(audit: Audit, path: Path) -> None:
    audit.record(
        caller=INJECTION, action=INJECTION, status=200, model=INJECTION, request_id=INJECTION
    )
    record(audit, "\udcff")
    audit.close()
    assert len(path.read_bytes().splitlines()) == 2
    assert path.read_bytes().isascii()
    first, second = lines(path)
    assert {first[name] for name in ("caller", "action", "model", "request_id")} == {INJECTION}
    assert second["model"] == "\udcff"


def test_a_file_moved_away_is_left_and_a_new_one_begun(audit: Audit, path: Path) -> None:
    record(audit, "first")
    until(lambda: path.exists() and len(lines(path)) == 1)
    rotated = path.rename(path.with_name("audit.jsonl.1"))
    record(audit, "second")
    audit.close()
    assert [[entry["model"] for entry in lines(each)] for each in (rotated, path)] == [
        ["first"],
        ["second"],
    ]


def test_several_processes_may_write_to_one_file(audit: Audit, path: Path) -> None:
    other = Audit(path)
    for number in range(50):
        record(audit, f"a{number}")
        record(other, f"b{number}")
    audit.close()
    other.close()
    assert len({entry["model"] for entry in lines(path)}) == len(lines(path)) == 100


def test_a_full_disk_fails_nobody_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is what came after it torn by what the disk took of a line."""
    path, real = tmp_path / "audit.jsonl", tmp_path / "real.jsonl"
    path.symlink_to("/dev/full")
    audit = Audit(path)
    record(audit, "lost")
    record(audit, "lost too")
    until(lambda: audit.lost == 2)
    assert [entry.getMessage() for entry in caplog.records] == [
        "The audit log cannot be written, entries are lost: No space left on device."
    ]
    real.write_text('{"half": ')
    path.unlink()
    path.symlink_to(real)
    record(audit, "kept")
    audit.close()
    torn, kept = real.read_text().splitlines()
    assert torn == '{"half": '
    assert json.loads(kept)["model"] == "kept"
    assert audit.lost == 2


def test_a_file_that_cannot_be_opened_fails_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "audit.jsonl"
    path.mkdir()
    audit = Audit(path)
    record(audit)
    until(lambda: audit.lost == 1)
    assert "Is a directory" in caplog.text
    path.rmdir()
    record(audit)
    audit.close()
    assert len(lines(path)) == 1
    assert path.read_text().startswith("{")


def test_a_folder_that_vanishes_is_made_again(audit: Audit, path: Path) -> None:
    record(audit)
    until(lambda: path.exists() and len(lines(path)) == 1)
    path.unlink()
    path.parent.rmdir()
    record(audit, "later")
    audit.close()
    assert [entry["model"] for entry in lines(path)] == ["later"]


def test_a_file_that_hangs_makes_nobody_wait_and_memory_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A pipe without a reader: opening it takes until there is one."""
    monkeypatch.setattr(module, "_MAX_WAITING", 5)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    audit = Audit(path)
    began = time.monotonic()
    for _ in range(20):
        record(audit)
    assert time.monotonic() - began < SECONDS
    assert audit.lost >= 20 - 5 - 1
    assert caplog.text.count("too many are waiting") == 1
    with path.open() as reader:
        audit.close()
        assert len(reader.readlines()) == 20 - audit.lost


def test_closing_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_WAITING", 1)
    monkeypatch.setattr(module, "_STOP_S", 0.01)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    audit = Audit(path)
    for _ in range(3):
        record(audit)
    audit.close()
    [thread] = [each for each in threading.enumerate() if each.name == "audit"]
    audit._waiting = queue.Queue()  # its thread, let go on below, ends
    audit._waiting.put(None)
    with path.open():
        thread.join(SECONDS)
    assert not thread.is_alive()


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_without_a_file_entries_go_to_a_logger_of_their_own(
    caplog: pytest.LogCaptureFixture, formatter: logging.Formatter
) -> None:
    audit = Audit()
    audit.record(caller="abc", action="DELETE /m\n", status=404, model="nllb", request_id="r1")
    audit.close()
    [entry] = [each for each in caplog.records if each.name == LOGGER]
    line = formatter.format(entry)
    assert "\n" not in line
    for part in ("INFO", "DELETE /m", "abc", "404", "nllb", "r1"):
        assert part in line


class Kept(Audit):
    """Keeps in memory what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[dict[str, Any]] = []

    @override
    def record(self, **entry: Any) -> None:
        self.entries.append(entry)


class App:
    """Answers with a status, or does what it is told instead."""

    def __init__(self, status: int = 200, model: object = None) -> None:
        self.status = status
        self.model = model
        self.failure: BaseException | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["request_id"] = "r1"
        if self.model is not None:
            state[MODEL] = self.model
        if self.failure is not None:
            raise self.failure
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def nothing() -> Message:
    return {"type": "http.request", "body": b"a secret text"}


async def called(
    app: App,
    method: str,
    path: str,
    headers: list[tuple[bytes, bytes]] | None = None,
    kept: Kept | None = None,
) -> tuple[list[dict[str, Any]], list[Message]]:
    kept, sent = kept or Kept(), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"q=a+secret+text",
        "headers": headers or [],
        "client": ("10.0.0.1", 5),
    }
    await AuditTrail(app, kept)(scope, nothing, send)
    return kept.entries, sent


@pytest.mark.parametrize(
    ("method", "path", "action", "model"),
    [
        ("POST", "/api/v1/models/pull", "POST /api/v1/models/pull", None),
        ("POST", "/api/v1/models/use", "POST /api/v1/models/use", None),
        ("GET", "/api/v1/models/export", "GET /api/v1/models/export", None),
        ("DELETE", "/api/v1/models/nllb", "DELETE /api/v1/models/{model}", "nllb"),
        ("POST", "/api/v1/models/a:1/load", "POST /api/v1/models/{model}/load", "a:1"),
        ("POST", "/api/v1/models/a/unload", "POST /api/v1/models/{model}/unload", "a"),
        ("POST", "/api/v1/models/a/b/c", "POST /api/v1/models/{model}/?/?", "a"),
        ("POST", "/api/v1/backends/a/load", "POST /api/v1/backends/{model}/load", "a"),
        ("PUT", "/api/v1/backends/a/x", "PUT /api/v1/backends/{model}/?", "a"),
        ("POST", "/models/nllb/load", "POST /models/{model}/load", "nllb"),
        ("DELETE", "/models/nllb", "DELETE /models/{model}", "nllb"),
        ("DELETE", "/api/v1/models/a secret text", "DELETE /api/v1/models/{model}", "?"),
        ("DELETE", "/api/v1/models/" + "x" * 65, "DELETE /api/v1/models/{model}", "?"),
        ("DELETE", "/api/v1/models/a\n", "DELETE /api/v1/models/{model}", "?"),
        ("a secret", "/api/v1/models/a", "? /api/v1/models/{model}", "a"),
    ],
)
async def test_what_changes_models_is_recorded(
    method: str, path: str, action: str, model: str | None
) -> None:
    entries, sent = await called(App(201), method, path)
    assert entries == [
        {
            "caller": "10.0.0.1",
            "action": action,
            "status": 201,
            "model": model,
            "request_id": "r1",
        }
    ]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/models"),
        ("GET", "/api/v1/models/nllb"),
        ("OPTIONS", "/api/v1/models/pull"),
        ("POST", "/api/v1/models/plan"),
        ("POST", "/api/v1/translate"),
        ("GET", "/models/nllb"),
        ("POST", "/models"),
        ("POST", "/translate"),
    ],
)
async def test_what_reads_or_translates_is_not(method: str, path: str) -> None:
    entries, sent = await called(App(), method, path)
    assert entries == []
    assert len(sent) == 2


async def test_what_is_no_request_passes() -> None:
    kept, seen = Kept(), list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        seen.append(scope["type"])

    async def send(message: Message) -> None:
        raise AssertionError(message)

    await AuditTrail(app, kept)({"type": "lifespan"}, nothing, send)
    assert (seen, kept.entries) == (["lifespan"], [])


@pytest.mark.parametrize(
    "headers", [[(b"x-api-key", b"a-secret-key")], [(b"authorization", b"Bearer a-secret-key")]]
)
async def test_who_calls_is_the_keys_label_and_refusals_are_recorded_too(
    headers: list[tuple[bytes, bytes]],
) -> None:
    entries, _ = await called(App(403), "POST", "/api/v1/models/pull", headers)
    assert (entries[0]["caller"], entries[0]["status"]) == (label_of(b"a-secret-key"), 403)
    assert "secret" not in str(entries)


@pytest.mark.parametrize(
    ("told", "kept"), [("nllb", "nllb"), ("a secret text", "?"), (["nllb"], "?")]
)
async def test_a_handler_may_name_the_model_of_a_body(told: object, kept: str) -> None:
    entries, _ = await called(App(model=told), "POST", "/api/v1/models/pull")
    assert entries[0]["model"] == kept


@pytest.mark.parametrize(
    ("failure", "status"), [(RuntimeError("inside"), 500), (KeyboardInterrupt(), 499)]
)
async def test_a_call_that_fails_or_is_left_is_recorded(
    failure: BaseException, status: int
) -> None:
    app, kept = App(), Kept()
    app.failure = failure
    with pytest.raises(type(failure)):
        await called(app, "POST", "/api/v1/models/pull", kept=kept)
    [entry] = kept.entries
    assert entry["status"] == status
