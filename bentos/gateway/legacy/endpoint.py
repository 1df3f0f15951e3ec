"""One path of the predecessor's and the checks before its handler; not which paths there are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bentos.auth import TRANSLATE, Keyring, digest_of, label_of, sent_key
from bentos.contract import Call, Models, ModelState
from bentos.gateway.legacy.deprecation import ANONYMOUS, Deprecation
from bentos.gateway.legacy.errors import InvalidError, RefusedError
from bentos.gateway.legacy.limits import Limits
from bentos.gateway.legacy.profiles import Profile
from bentos.gateway.legacy.reading import Reader, json_of, validated
from bentos.gateway.switch import SHADOW
from bentos.throttle import address_of

Page = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request that has passed the checks."""

    request: Request
    models: Models
    caller: str
    body: Any = None
    page: Page | None = None
    deprecated: bool = False
    """To be set where it depends on the request."""
    states: list[ModelState] = field(init=False)
    """As they were when it came."""

    def __post_init__(self) -> None:
        self.states = list(self.models.states())

    def call(self, model: str | None = None) -> Call:
        return Call(
            model=model,
            request_id=self.request.scope.get("state", {}).get("request_id"),
            caller=self.caller,
            headers=dict(self.request.headers),
        )


Handler = Callable[[Asked], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A method and path of one of the predecessor's servers."""

    server: Profile
    method: str
    path: str
    handler: Handler
    reader: Reader | None = None
    """Of its body; None: a body is not looked at."""
    limit: str | None = None
    scope: str | None = TRANSLATE
    """None: open to everybody."""
    deprecated: bool = False


class Gate:
    """What every endpoint of a gateway goes through.

    JSON (422) -> key (403) -> body (422) -> limit (429) -> handler
    """

    def __init__(
        self,
        profile: Profile,
        models: Models,
        *,
        keyring: Keyring,
        limits: Limits,
        deprecation: Deprecation,
        page: Page | None,
    ) -> None:
        self._models = models
        self._keyring = keyring
        self._limits = limits
        self._deprecation = deprecation
        self._page = page
        self._echoes_body = profile in {Profile.MAIN, Profile.SINGLE}

    def route(self, endpoint: Endpoint) -> Route:
        """The endpoint behind all checks; the predecessor knew no HEAD."""

        async def serve(request: Request) -> Response:
            return await self._serve(endpoint, request)

        route = Route(endpoint.path, serve, methods=[endpoint.method], include_in_schema=False)
        route.methods = {endpoint.method}
        return route

    async def _serve(self, endpoint: Endpoint, request: Request) -> Response:
        label = self._label(request)
        address = address_of(request.scope.get("client"))
        # What is asked for comparison only is nobody's use.
        shadow = request.scope.get(SHADOW, False)
        asked = Asked(
            request=request,
            models=self._models,
            caller="" if shadow else address if label == ANONYMOUS else label,
            page=self._page,
            deprecated=endpoint.deprecated,
        )
        try:
            await self._check(endpoint, asked, address)
            response = await endpoint.handler(asked)
        except InvalidError as error:
            error.with_body = self._echoes_body
            response = error.response()
        except RefusedError as error:
            response = error.response()
        if asked.deprecated and not shadow:
            headers = MutableHeaders(raw=response.raw_headers)
            self._deprecation.mark(headers, endpoint.path, label)
        return response

    async def _check(self, endpoint: Endpoint, asked: Asked, address: str) -> None:
        sent = await json_of(asked.request) if endpoint.reader else None
        self._admit(endpoint.scope, asked.request)
        if endpoint.reader:
            asked.body = validated(sent, endpoint.reader)
        if endpoint.limit:
            self._limits.count(endpoint.limit, asked.request.scope["path"], address)

    def _admit(self, scope: str | None, request: Request) -> None:
        if scope is None or (scope == TRANSLATE and not self._keyring.configured):
            return  # without keys managing is closed: any web page could unload models
        key = sent_key(request.scope["headers"])
        scopes = self._keyring.scopes_of(digest_of(key)) if key else None
        if scopes is None:
            raise RefusedError(HTTPStatus.FORBIDDEN, "Invalid API Key")
        if scope not in scopes:
            message = f"This API key does not have the scope '{scope}'"
            raise RefusedError(HTTPStatus.FORBIDDEN, message)

    def _label(self, request: Request) -> str:
        """Of a key that is known: what others send would make labels without end."""
        self._keyring.refresh()
        key = sent_key(request.scope["headers"])
        if key is None or self._keyring.scopes_of(digest_of(key)) is None:
            return ANONYMOUS
        return label_of(key)
