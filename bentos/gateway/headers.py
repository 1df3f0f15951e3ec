"""Which headers pass the gateway, on the way to a backend and back; changes no body."""

from collections.abc import Mapping
from typing import Final

_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "http2-settings", "proxy-authenticate", "proxy-authorization"}
)
"""RFC 9110 7.6.1: of this connection and none other."""

_OF_THE_CALLER: Final = frozenset(
    {"host", "content-length", "expect", "accept-encoding", "origin"}
    | {"authorization", "x-api-key", "cookie"}
    # A backend on this machine would believe them, and they are whatever the caller likes.
    | {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
)
_OF_THE_BACKEND: Final = frozenset(
    {"content-length", "content-encoding", "set-cookie", "www-authenticate", "date", "server"}
)


def forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    """Of a caller's request, what a backend gets; by lower-case name."""
    return _without(headers, _OF_THE_CALLER)


def returned(headers: Mapping[str, str]) -> dict[str, str]:
    """Of a backend's answer, what a caller gets; by lower-case name."""
    return _without(headers, _OF_THE_BACKEND)


def _without(headers: Mapping[str, str], dropped: frozenset[str]) -> dict[str, str]:
    """Of a name that is there several times, the values are joined as RFC 9110 5.3 allows."""
    kept: dict[str, str] = {}
    named: set[str] = set()
    for given, value in headers.items():
        name = given.lower()
        if name == "connection":
            named.update(token.strip().lower() for token in value.split(","))
        if name not in dropped and name not in _OF_THE_CONNECTION:
            kept[name] = f"{kept[name]}, {value}" if name in kept else value
    return {name: value for name, value in kept.items() if name not in named} if named else kept
