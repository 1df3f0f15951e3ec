"""A backend that speaks a translation Bento's API and answers at once; translates nothing.

`python -m load_tests.benchmarks.fleet.instant PORT` serves it.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from typing_extensions import override

from load_tests.server import ServerProcess

_LANGUAGES = {
    "eng_Latn": "English",
    "deu_Latn": "German",
    "fra_Latn": "French",
    "spa_Latn": "Spanish",
}
_TRANSLATION: dict[str, Any] = {
    "translated_text": "Where the station is, nobody here knows.",
    "source_lang": "eng_Latn",
    "target_lang": "deu_Latn",
    "detected_source_lang": None,
    "confidence": None,
    "model_name": "instant",
    "processing_time_ms": 0.0,
    "warnings": [],
    "metadata": {"segments": 1, "tokens_in": 8, "tokens_out": 8, "demo": True},
}
_ANSWERS: dict[str, Any] = {
    "/readyz": {},
    "/livez": {},
    "/health": {"status": "ready", "message": None},
    "/model": {"name": "instant", "version": "1", "engine": "none"},
    "/languages": {
        "languages": [{"code": code, "name": name} for code, name in _LANGUAGES.items()]
    },
    "/translate": _TRANSLATION,
}


def _encoded(status: str, content: object) -> bytes:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


_ENCODED = {path: _encoded("200 OK", content) for path, content in _ANSWERS.items()}
_NOT_FOUND = _encoded("404 Not Found", {"error": {"code": "not_found", "message": "No such path."}})


class Answering(asyncio.Protocol):
    """One connection. Bodies are read and not looked at."""

    def __init__(self) -> None:
        self._received = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # of TCP
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        while (size := _size(self._received)) is not None:
            request, self._received = self._received[:size], self._received[size:]
            path = request.split(b" ", 2)[1].split(b"?")[0].decode()
            self._transport.write(_ENCODED.get(path, _NOT_FOUND))


def _size(received: bytes) -> int | None:
    """Of the first request; None while some of it has not come."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return None
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return len(head) + len(end) + length if len(body) >= length else None


class Instant(ServerProcess):
    """The same, in a process of its own."""

    @property
    @override
    def command(self) -> list[str]:
        return [sys.executable, "-m", "load_tests.benchmarks.fleet.instant", str(self.port)]

    @property
    @override
    def probe(self) -> str:
        return "/readyz"


async def serve(port: int) -> None:
    """Until it is cancelled."""
    server = await asyncio.get_running_loop().create_server(
        Answering, "127.0.0.1", port, backlog=1024
    )
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(prog=Path(__file__).stem, description=__doc__)
    parser.add_argument("port", type=int)
    asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
