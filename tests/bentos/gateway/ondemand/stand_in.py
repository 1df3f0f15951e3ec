"""A light Bento for the tests beside it: a process that answers, and misbehaves when told to.

It imports nothing of ours: it is run as a file. `--fork` starts a child in a session of its own.
"""

import argparse
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

parser = argparse.ArgumentParser()
parser.add_argument("--host")
parser.add_argument("--port", type=int)
parser.add_argument("--fork", action="store_true")
parser.add_argument("--end", type=int, help="at once, with this status")
parser.add_argument("--deaf", action="store_true", help="takes no notice of SIGTERM")
parser.add_argument("--eat-mb", type=int, default=0)
parser.add_argument("--gate", type=Path, help="ready once this file is there")
parser.add_argument("--status", type=int, default=200, help="of a translation")
parser.add_argument("--languages", default='[{"code": "fra_Latn"}, {"code": "eng_Latn"}]')
parser.add_argument("--starts", type=Path, help="gets a line a start")
parser.add_argument("--worker", action="store_true", help="serves in a process of its own")
parser.add_argument("--long-line", action="store_true")
given = parser.parse_args()


class Handler(BaseHTTPRequestHandler):
    translations: list[Any] = []  # noqa: RUF012 - one server

    def do_GET(self) -> None:
        if self.path == "/readyz":
            held = given.gate is not None and not given.gate.exists()
            self.answer(503 if held else 200, {})
        elif self.path == "/languages":
            self.answer(200, {"languages": json.loads(given.languages)})
        elif self.path == "/model":
            self.answer(200, {"name": "stand-in", "pid": os.getpid()})
        elif self.path == "/environment":
            self.answer(200, dict(os.environ))  # noqa: TID251 - what the test asks for
        elif self.path == "/translations":
            self.answer(200, self.translations)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.translations.append({**body, "key": self.headers["X-API-Key"]})
        self.answer(given.status, {"translated_text": "bonjour"})

    def answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response_only(status)  # logs nothing: the tests count lines
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    asked = signal.SIG_IGN if given.deaf else lambda *_: os._exit(0)
    signal.signal(signal.SIGTERM, asked)
    print("starting", flush=True)  # noqa: T201
    if given.long_line:
        sys.stdout.write("x" * 200_000 + "\nno end")
        sys.stdout.flush()
    if given.starts:
        with given.starts.open("a") as starts:
            starts.write(f"{os.getpid()}\n")
    if given.end is not None:
        sys.exit(given.end)
    if given.fork and os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(60)
    kept = b"x" * (given.eat_mb * 1024 * 1024)
    server = ThreadingHTTPServer((given.host, given.port), Handler)
    if given.worker and os.fork():
        signal.pause()
    server.serve_forever()
    del kept


if __name__ == "__main__":
    main()
