"""A hub on loopback: answers what our downloads ask for, and breaks on demand."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from typing_extensions import override

_LARGE = (".bin", ".safetensors", ".gguf", "tokenizer.json")
_API = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+?)(/revision/(?P<revision>[^/?]+))?(\?.*)?")
_RESOLVE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")


@dataclass
class Faults:
    """What goes wrong, by file name; "" is the repository's description."""

    status: dict[str, list[int]] = field(default_factory=dict)
    """Answers in place of the file, one a request, until they are used up."""
    cut_after: dict[str, list[int]] = field(default_factory=dict)
    """Bytes to send before the connection is closed, one a request."""
    stall_after: dict[str, int] = field(default_factory=dict)
    """Bytes to send before waiting for `release`."""
    wrong: set[str] = field(default_factory=set)
    """Sent with one byte changed."""
    announced: dict[str, int] = field(default_factory=dict)
    """Sizes that the repository's description gives in place of the true ones."""
    moved_to: dict[str, str] = field(default_factory=dict)
    """Where another server has the file."""
    commit: str | None = None
    """In the repository's description in place of the true one."""
    no_ranges: bool = False
    nonsense: bool = False
    """The repository's description is a page for people."""
    gated: bool = False
    stalled: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


class Hub:
    """The server's content, its faults, and what it was asked."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.requests: list[tuple[str, str, str | None]] = []
        """Method, path and Range of each."""
        self.tokens: list[str | None] = []
        """The Authorization of each."""
        self._repositories: dict[str, tuple[str, dict[str, bytes]]] = {}
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def publish(self, repo: str, files: dict[str, bytes]) -> str:
        """Replaces the repository; the new commit."""
        digest = hashlib.sha1(usedforsecurity=False)
        for name, content in sorted(files.items()):
            digest.update(name.encode() + content)
        self._repositories[repo] = (digest.hexdigest(), files)
        return digest.hexdigest()

    def publish_folder(self, repo: str, folder: Path) -> str:
        return self.publish(repo, {path.name: path.read_bytes() for path in folder.iterdir()})

    def ranges(self, name: str) -> list[str | None]:
        """The Range of each request for a file's content, in order."""
        return [
            asked
            for method, path, asked in self.requests
            if method == "GET" and path.endswith(f"/{name}")
        ]

    def find(self, repo: str) -> tuple[str, dict[str, bytes]] | None:
        return self._repositories.get(repo)

    @contextmanager
    def running(self) -> Iterator["Hub"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.faults.release.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    @override
    def log_message(self, format: str, *args: Any) -> None:
        del format, args

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.hub.requests.append((self.command, self.path, self.headers.get("Range")))
        self.hub.tokens.append(self.headers.get("Authorization"))
        if api := _API.fullmatch(self.path):
            self._describe(api["repo"], api["revision"])
        elif file := _RESOLVE.fullmatch(self.path):
            self._file(file["repo"], file["file"])
        else:
            self._refuse(404, "RepoNotFound")

    def _describe(self, repo: str, revision: str | None) -> None:
        found, faults = self.hub.find(repo), self.hub.faults
        if faults.status.get(""):
            self._refuse(faults.status[""].pop(0))
        elif faults.nonsense:
            self._send(b"<html>Please log in.</html>")
        elif faults.gated:
            self._refuse(401, "GatedRepo")
        elif found is None:
            self._refuse(404, "RepoNotFound")
        elif revision not in {None, "main", found[0]}:
            self._refuse(404, "RevisionNotFound")
        else:
            siblings = [_described(name, content) for name, content in sorted(found[1].items())]
            for sibling in siblings:
                sibling["size"] = faults.announced.get(sibling["rfilename"], sibling["size"])
            commit = found[0] if faults.commit is None else faults.commit
            self._send(json.dumps({"id": repo, "sha": commit, "siblings": siblings}).encode())

    def _file(self, repo: str, name: str) -> None:
        found, faults = self.hub.find(repo), self.hub.faults
        if faults.status.get(name):
            self._refuse(faults.status[name].pop(0))
        elif name in faults.moved_to:
            self._refuse(302, location=faults.moved_to[name])
        elif found is None or name not in found[1]:
            self._refuse(404, "EntryNotFound")
        else:
            content = found[1][name]
            if name in faults.wrong:
                content = bytes([content[0] ^ 1]) + content[1:]
            self._ranged(name, content, found[0])

    def _ranged(self, name: str, content: bytes, commit: str) -> None:
        asked = None if self.hub.faults.no_ranges else self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if start >= len(content) > 0:
            self._refuse(416)
            return
        described = _described(name, content)
        lfs = cast("dict[str, Any] | None", described.get("lfs"))
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("ETag", f'"{lfs["sha256"] if lfs else described["blobId"]}"')
        self.send_header("X-Repo-Commit", commit)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if self.command == "GET":
            self._body(name, content[start:])

    def _body(self, name: str, body: bytes) -> None:
        faults = self.hub.faults
        if faults.cut_after.get(name):
            self.wfile.write(body[: faults.cut_after[name].pop(0)])
            self.close_connection = True
            return
        if name in faults.stall_after:
            sent = faults.stall_after.pop(name)
            self.wfile.write(body[:sent])
            self.wfile.flush()
            faults.stalled.set()
            faults.release.wait(60)
            self.close_connection = True
            return
        self.wfile.write(body)

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: int, code: str | None = None, location: str | None = None) -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _described(name: str, content: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    described: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": blob}
    if name.endswith(_LARGE):
        digest = hashlib.sha256(content).hexdigest()
        described["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 134}
    return described
