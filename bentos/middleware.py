"""What every request passes before anything reads it; not what is done with it then.

request id and log line -> CORS -> every error answered -> key and rate limit -> body limit -> app
"""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bentos.auth import TRANSLATE, Keyring, Scopes, digest_of, needed_scope, sent_key
from bentos.backing import KEY
from bentos.body import BodyLimit
from bentos.dialects.dialect import ADMIT, path_of
from bentos.dialects.registry import dialect_at
from bentos.errors import (
    ForbiddenError,
    InternalError,
    UnauthorizedError,
    response_of,
)
from bentos.files.settings import FileSettings
from bentos.throttle import Throttle, address_of
from common import logs, metrics
from common.settings import ServiceSettings
from models.base.exceptions import LinguaNexusError

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_CORS_HEADERS: Final = (
    *("Authorization", "Content-Type", "X-API-Key", "X-Goog-Api-Key", "X-Request-Id"),
    # OpenAI's client for JavaScript sends these with every request.
    *(f"X-Stainless-{name}" for name in ("Lang", "Package-Version", "OS", "Arch", "Runtime")),
    *(f"X-Stainless-{name}" for name in ("Runtime-Version", "Retry-Count", "Timeout")),
)
_CORS_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CORS_EXPOSED: Final = ("X-Request-Id", "Retry-After")
_OUR_WORDS: Final = frozenset(
    {"", "livez", "readyz", "healthz", "metrics", "health", "docs", "openapi.json", "docs.json"}
    | {"page", "page.css", "page.js", "icon.svg", "bento", "schema.json", "api", "v1", "models"}
    | {"translate", "batch", "stream", "translate_batch", "detect", "languages", "model"}
)
_PROBES: Final = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_EXCHANGE: Final = "lingua_nexus_exchange"
_CLIENT_LEFT: Final = 499
_BESIDE_A_FILE: Final = 1024 * 1024

logger = logging.getLogger(__name__)


def install(app: FastAPI, settings: ServiceSettings, model_name: str) -> None:
    """Put the gatekeeper before an app; harmless where one stands before the whole service."""
    app.add_middleware(Gatekeeper, settings=settings, model_name=model_name)


class Gatekeeper:
    """The whole chain as one middleware; no exception below it or in it gets past it.

    One that reached BentoML's own middleware would hang the request for its full timeout.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServiceSettings,
        model_name: str,
        unguarded: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`unguarded` paths see to keys, rates and CORS themselves."""
        self._app = app
        self._model_name = model_name
        self._unguarded = unguarded
        limit, seconds = settings.max_body_bytes, settings.body_timeout_s
        largest_file = FileSettings().max_bytes + _BESIDE_A_FILE
        self._limited = BodyLimit(app, limit, seconds)
        self._with_file = BodyLimit(app, max(limit, largest_file), seconds)
        self._keyring = Keyring.of(settings)
        self._throttle = Throttle(settings.rate_limit)
        self._chain: ASGIApp = self._guarded
        if settings.cors_origins:
            self._chain = CORSMiddleware(
                self._guarded,
                allow_origins=settings.cors_origins,
                allow_methods=_CORS_METHODS,
                allow_headers=_CORS_HEADERS,
                expose_headers=_CORS_EXPOSED,
            )
        self._announced = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _EXCHANGE in scope.get("state", {}):  # one of us stands before the whole service
            await self._relay(scope, receive, send)
            return
        if not self._announced:
            self._announced = True
            self._keyring.announce()
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(_request_id_of(scope), receive, send)
        state = scope.setdefault("state", {})
        state["request_id"] = exchange.request_id
        state[_EXCHANGE] = exchange
        token = logs.request_id.set(exchange.request_id)
        try:
            chain = self._bounded if self._unguarded(path_of(scope)) else self._chain
            await chain(scope, exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - answered and logged with its traceback
            await self._fail(error, scope, exchange.receive, exchange.send)
        finally:
            self._log(scope, exchange)
            logs.request_id.reset(token)

    async def _relay(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is raised is answered here: what lies between us and the other one would."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - answered and logged with its traceback
            await self._fail(error, scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Inside of CORS, so that pages elsewhere can read the errors too."""
        try:
            self._admit(scope)
            await self._bounded(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - answered and logged with its traceback
            await self._fail(error, scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            limited = self._with_file if _is_form(scope) else self._limited
            await limited(scope, receive, send)
            if not scope["state"][_EXCHANGE].started:
                await self._fail(InternalError(), scope, receive, send)
        except Exception as error:  # noqa: BLE001 - answered and logged with its traceback
            await self._fail(error, scope, receive, send)

    def _admit(self, scope: Scope) -> None:
        path, method = path_of(scope), scope["method"]
        dialect = dialect_at(path)
        needed = (
            dialect.scope_of(path[len(dialect.base_of(path) or "") :], method)
            if dialect
            else needed_scope(path, method)
        )
        if needed is None:
            return
        address = address_of(scope.get("client"))
        self._keyring.refresh()
        key = dialect.key_of(scope) if dialect else sent_key(scope["headers"])

        def admit(key: bytes | None) -> None:
            self._check(key, needed, address)
            scope["state"][KEY] = key

        if key is None and dialect is not None and dialect.has_body_key:
            scope["state"][ADMIT] = admit
        else:
            admit(key)

    def _check(self, key: bytes | None, needed: str, address: str) -> None:
        if not self._keyring.configured or key is None:
            self._throttle.count_address(address)
            if self._keyring.configured or needed != TRANSLATE:
                raise UnauthorizedError
            return
        scopes = self._identify(digest_of(key), address)
        if needed not in scopes:
            raise ForbiddenError(needed)

    def _identify(self, digest: bytes, address: str) -> Scopes:
        self._throttle.refuse_guesser(address, digest)
        scopes = self._keyring.scopes_of(digest)
        if scopes is None:
            self._throttle.count_wrong_key(address)
            raise UnauthorizedError("This API key is not known.", key_sent=True)
        self._throttle.trust(address, digest)
        self._throttle.count_key(digest)
        return scopes

    async def _fail(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: _Exchange = scope["state"][_EXCHANGE]
        if isinstance(error, ClientDisconnect):
            response = Response(status_code=_CLIENT_LEFT)  # read by the layers above us only
        else:
            code = error.code if isinstance(error, LinguaNexusError) else InternalError.code
            metrics.ERRORS.labels(self._model_name, code).inc()
            if code == InternalError.code:
                logger.error("Unforeseen error", exc_info=error)
            dialect = dialect_at(path_of(scope))
            answer = dialect.response_of if dialect else response_of
            response = answer(error, exchange.request_id)
        if not exchange.started:
            await response(scope, receive, send)

    def _log(self, scope: Scope, exchange: "_Exchange") -> None:
        path = _path_to_log(scope)
        level = logging.DEBUG if path in _PROBES else logging.INFO
        logger.log(
            level,
            "%s %s %d",
            scope["method"] if scope["method"] in _METHODS else "?",
            path,
            exchange.status or _CLIENT_LEFT,
            extra=logs.fields(
                duration_ms=round((time.perf_counter() - exchange.began) * 1000, 1),
                bytes_in=exchange.bytes_in,
                bytes_out=exchange.bytes_out,
            ),
        )


class _Exchange:
    """One request and its answer as they pass: the id put in, the bytes counted."""

    def __init__(self, request_id: str, receive: Receive, send: Send) -> None:
        self.request_id = request_id
        self.began = time.perf_counter()
        self.status = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self._receive = receive
        self._send = send

    @property
    def started(self) -> bool:
        return self.status > 0

    async def receive(self) -> Message:
        message = await self._receive()
        self.bytes_in += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            headers["X-Request-Id"] = self.request_id
            headers.setdefault("X-Content-Type-Options", "nosniff")
            message = {**message, "headers": headers.raw}
        self.bytes_out += len(message.get("body", b""))
        await self._send(message)


def _request_id_of(scope: Scope) -> str:
    """The caller's, where it may stand in a header and a log."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode("ascii"))
    return uuid.uuid4().hex


def _is_form(scope: Scope) -> bool:
    """Whether a file may be in the body."""
    sent_as = Headers(scope=scope).get("content-type", "")
    return sent_as.lower().startswith("multipart/form-data")


def _path_to_log(scope: Scope) -> str:
    """The route's template, or before routing a path of our own words; never what was typed."""
    route = scope.get("route")
    template = "" if isinstance(route, Mount) else getattr(route, "path", "")
    path = path_of(scope)
    if template or not _OUR_WORDS.issuperset(path.split("/")):
        return str(template) or "-"
    return path
