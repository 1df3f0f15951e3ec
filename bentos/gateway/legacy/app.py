"""The predecessor's API as one ASGI app; the gateway's own API is not in it."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from bentos.auth import Keyring
from bentos.contract import Models
from bentos.gateway.legacy.cors import opened
from bentos.gateway.legacy.deprecation import Dates, Deprecation, Use
from bentos.gateway.legacy.endpoint import Gate, Page
from bentos.gateway.legacy.errors import http_error, unforeseen
from bentos.gateway.legacy.limits import Limits
from bentos.gateway.legacy.profiles import Profile
from bentos.gateway.legacy.servers import endpoints_of


class LegacyApp:
    """An ASGI app for the paths that it owns.

    It checks keys, counts requests and answers CORS by itself, in the predecessor's way: nothing
    before it may do so too. What is unforeseen is answered, and raised again to be logged.
    """

    def __init__(
        self, routes: Sequence[BaseRoute], profile: Profile, deprecation: Deprecation
    ) -> None:
        self._routes = routes
        self._deprecation = deprecation
        inner = Starlette(
            routes=list(routes),
            exception_handlers={HTTPException: http_error, Exception: unforeseen},
        )
        self._app = opened(inner, profile)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def owns(self, path: str) -> bool:
        """Whether it has this path, with whatever method, with or without a slash at its end.

        `/` is one of them; the path is that below the gateway's root.
        """
        return any(self._has(one) for one in {path, path.rstrip("/") or "/"})

    def deprecated_uses(self) -> list[Use]:
        """Who still asks for paths that will go."""
        return self._deprecation.uses()

    def _has(self, path: str) -> bool:
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
        return any(route.matches(scope)[0] is not Match.NONE for route in self._routes)


def create(
    profile: Profile,
    models: Models,
    *,
    keyring: Keyring,
    limits_on: bool = True,
    dates: Dates | None = None,
    page: Page | None = None,
    extra_routes: Sequence[BaseRoute] = (),
) -> LegacyApp:
    """The app of one profile.

    `dates` mark the answers of paths that will go; without them these are counted only. `page`
    answers a browser at `/`. `extra_routes` are in every profile, behind no check of ours.
    """
    deprecation = Deprecation(dates)
    gate = Gate(
        profile,
        models,
        keyring=keyring,
        limits=Limits(on=limits_on),
        deprecation=deprecation,
        page=page,
    )
    routes = [gate.route(endpoint) for endpoint in endpoints_of(profile)]
    return LegacyApp([*routes, *extra_routes], profile, deprecation)
