"""A server on loopback that lists models like Ollama, or worse."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

_TAGS = {"models": [{"name": "llama3.2:1b", "size": 5}, {"name": "aya:8b"}, {"name": "aya:8b"}]}


@dataclass
class Ollama:
    """A server that answers like Ollama, or worse."""

    body: bytes = json.dumps(_TAGS).encode()
    status: int = 200
    stalled: bool = False
    """Sends a byte now and then."""
    release: threading.Event = field(default_factory=threading.Event)
    paths: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def running() -> Iterator[Ollama]:
    """On loopback, until left."""
    served = Ollama()

    class Handler(BaseHTTPRequestHandler):
        @override
        def log_message(self, format: str, *args: Any) -> None:
            del format, args

        def do_GET(self) -> None:
            served.paths.append(self.path)
            self.send_response(served.status)
            self.end_headers()
            try:
                while served.stalled and not served.release.wait(0.02):
                    self.wfile.write(b" ")
                self.wfile.write(served.body)
            except OSError:
                return

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    served.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield served
    served.release.set()
    http.shutdown()
    http.server_close()
    thread.join()
