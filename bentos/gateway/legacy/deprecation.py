"""Marks the answers of paths that will go, and counts who still asks for them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from prometheus_client import Counter
from starlette.datastructures import MutableHeaders

ANONYMOUS: Final = "anonymous"

REQUESTS: Final = Counter(
    "gateway_deprecated_requests_total",
    "Requests for paths that will go, by path and by the caller's key (the first digits of its "
    "digest; anonymous without a known one).",
    ["path", "caller"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Since when the paths are marked, when they may go, and where that is told."""

    deprecated: datetime
    sunset: datetime | None = None
    """None: it is not decided."""
    guide: str | None = None
    """Address of the guide, absolute or relative to the gateway."""

    def __post_init__(self) -> None:
        dates = [self.deprecated, *([self.sunset] if self.sunset else [])]
        if any(date.tzinfo is None for date in dates):
            raise ValueError("both dates need a time zone")
        if dates[-1] < dates[0]:
            raise ValueError("the paths cannot go before they are marked")

    def headers(self) -> dict[str, str]:
        """RFC 9745's `Deprecation`, RFC 8594's `Sunset`, and `Link` to the guide for both."""
        headers = {"Deprecation": f"@{int(self.deprecated.timestamp())}"}
        if self.sunset is not None:
            headers["Sunset"] = format_datetime(self.sunset.astimezone(UTC), usegmt=True)
        if self.guide is not None:
            relations = ("deprecation", "sunset") if self.sunset else ("deprecation",)
            headers["Link"] = ", ".join(f'<{self.guide}>; rel="{rel}"' for rel in relations)
        return headers


@dataclass(frozen=True, slots=True)
class Use:
    """How often one caller asked for one path since the gateway started."""

    path: str
    caller: str
    requests: int
    last: float
    """Seconds since 1970."""


class Deprecation:
    """Of one gateway. Paths are templates and callers known keys: both are bounded."""

    def __init__(self, dates: Dates | None, clock: Callable[[], float] = time.time) -> None:
        self._headers = dates.headers() if dates else {}
        self._clock = clock
        self._uses: dict[tuple[str, str], Use] = {}

    def mark(self, headers: MutableHeaders, path: str, caller: str) -> None:
        """Count a request, and say in its answer that the path will go."""
        headers.update(self._headers)
        REQUESTS.labels(path, caller).inc()
        before = self._uses.get((path, caller))
        count = before.requests + 1 if before else 1
        self._uses[path, caller] = Use(path, caller, count, self._clock())

    def uses(self) -> list[Use]:
        """Who still has to move: the most frequent first."""
        return sorted(self._uses.values(), key=lambda use: (-use.requests, use.path, use.caller))
