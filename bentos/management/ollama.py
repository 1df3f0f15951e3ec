"""Which models an Ollama server has; asks nothing else of it, and trusts nothing it answers."""

import time
from collections.abc import Iterable
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, StringConstraints, ValidationError

_PORT = 11434
_PORTS = {"http": 80, "https": 443}
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not bound to
_TIMEOUT_S = 3.0
_MAX_BYTES = 4_000_000
_CHUNK = 65_536
_OK = 200


class OllamaError(Exception):
    """The server's list cannot be had; the message is one line."""


class _Model(BaseModel):
    # Shown on a terminal: nothing that would move its cursor.
    name: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]


class _Tags(BaseModel):
    models: list[_Model]


def names(host: str, timeout_s: float = _TIMEOUT_S) -> list[str]:
    """What `OLLAMA_HOST` names has, in alphabetical order.

    Raises:
        OllamaError: It does not answer within `timeout_s`, or with something else.
    """
    url = _url(host)
    where = f"{url.hostname}:{url.port}"
    try:
        with closing(_connect(url, timeout_s)) as connection:
            content = _get(connection, f"{url.path.rstrip('/')}/api/tags", timeout_s)
        found = _Tags.model_validate_json(content)
    except TimeoutError as error:
        raise OllamaError(f"Ollama at {where} does not answer in time.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OllamaError(f"Ollama at {where} cannot be reached: {reason}.") from error
    except (HTTPException, ValidationError, ValueError) as error:
        raise OllamaError(f"What answers at {where} is no Ollama server.") from error
    return sorted({model.name for model in found.models})


def _url(host: str) -> SplitResult:
    """As Ollama's own programs read it: a scheme's port where there is one, else theirs."""
    written = host.strip().strip("\"'")
    has_scheme = "://" in written
    try:
        url = urlsplit(written if has_scheme else f"http://{written}")
        port = url.port or (_PORTS.get(url.scheme, _PORT) if has_scheme else _PORT)
    except ValueError as error:
        raise OllamaError(f"OLLAMA_HOST is no host: {written!r}.") from error
    name = _EVERYWHERE.get(url.hostname or "", url.hostname)
    if url.scheme not in _PORTS or not name or not written.isprintable() or " " in written:
        raise OllamaError(f"OLLAMA_HOST is no host: {written!r}.")
    bracketed = f"[{name}]" if ":" in name else name
    return url._replace(netloc=f"{bracketed}:{port}")


def _connect(url: SplitResult, timeout_s: float) -> HTTPConnection:
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    return kind(url.hostname or "", url.port, timeout=timeout_s)


def _get(connection: HTTPConnection, path: str, timeout_s: float) -> bytes:
    """The answer's body, within the time and size that a list of models may take."""
    until = time.monotonic() + timeout_s
    connection.request("GET", path, headers={"Accept": "application/json"})
    response = connection.getresponse()
    if response.status != _OK:
        raise HTTPException(response.status)
    return b"".join(_bounded(response, until))


def _bounded(response: HTTPResponse, until: float) -> Iterable[bytes]:
    size = 0
    while chunk := response.read1(_CHUNK):
        size += len(chunk)
        if size > _MAX_BYTES:
            raise HTTPException("too large")
        if time.monotonic() > until:
            raise TimeoutError
        yield chunk
