"""Which pages elsewhere may read the answers, as each of the predecessor's servers allowed."""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Send
from typing_extensions import override

from bentos.gateway.legacy.profiles import Profile

_METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_METHODS_OF_AYA: Final = ("GET", "POST", "PUT", "DELETE", "OPTIONS")


def opened(app: ASGIApp, profile: Profile) -> ASGIApp:
    """The app behind the profile's CORS: any origin, as its clients are pages of others."""
    if profile is Profile.AYA:
        return _Open(
            app,
            allow_origins=["*"],
            allow_methods=_METHODS_OF_AYA,
            allow_headers=["*"],
            expose_headers=["*"],
        )
    return _Open(
        app,
        allow_origins=["*"],
        allow_credentials=True,
        allow_methods=_METHODS,
        allow_headers=["*"],
    )


class _Open(CORSMiddleware):
    @override
    def preflight_response(self, request_headers: Headers) -> Response:
        """Says nothing of private networks; to refuse them would lock out pages of the internet."""
        asked = MutableHeaders(raw=list(request_headers.raw))
        del asked["access-control-request-private-network"]
        return super().preflight_response(asked)

    @override
    async def send(self, message: Message, send: Send, request_headers: Headers) -> None:
        """Names the origin to those only who send a cookie."""
        anyone = "origin" in request_headers and "cookie" not in request_headers
        if anyone and message["type"] == "http.response.start":
            message.setdefault("headers", [])
            MutableHeaders(scope=message).update(self.simple_headers)
            await send(message)
        else:
            await super().send(message, send, request_headers)
