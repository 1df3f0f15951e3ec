"""What the gateway reads from `LINGUA_NEXUS_GATEWAY_*`; its models and routes are in its file."""

import re
from datetime import date
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_OPTIONAL: Final = (
    *("file", "backends", "deprecation_date", "sunset_date", "deprecation_link"),
    *("audit_file", "quota_characters_per_day", "old_url"),
)
_LINK: Final = re.compile(r"(https?://[^/?#]|/)[!-;=?-~]*")
"""Of what may stand between the angle brackets of a `Link` header."""


class GatewaySettings(BaseSettings):
    """What a gateway is told beside its configuration. Read once, when it is constructed."""

    model_config = SettingsConfigDict(
        env_prefix="LINGUA_NEXUS_GATEWAY_",
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    file: Path | None = None
    """TOML file of backends, routes, splits and flags; read again whenever it changes. Unset:
    `BACKENDS` says it."""

    backends: str | None = Field(default=None, repr=False)
    """Backends of a gateway without a file, as `NAME=URL;URL,NAME=URL`; the first is the default.
    Unset, and no file either: nllb, started with the gateway, and aya, started on demand."""

    profile: Literal["main", "multimodel", "single", "aya"] = "main"
    """Which of the predecessor's servers answers the paths on which they disagree."""

    legacy_rate_limits: bool = True
    """Whether the predecessor's limits of requests a minute hold on its paths."""

    deprecation_date: date | None = date(2026, 11, 21)
    """Day since which the predecessor's multi-model paths are deprecated, for the `Deprecation`
    header. Empty: no such header."""

    sunset_date: date | None = None
    """Day from which on they may be gone, for the `Sunset` header. Unset: no such header."""

    deprecation_link: str | None = None
    """URL or path of the guide for those who still use them, for the `Link` header. Unset: no such
    header."""

    old_url: str | None = None
    """URL of the predecessor's server while it still runs: its paths are shared with it, by
    weight. Unset: the gateway answers all of them."""

    weight_new: float = Field(default=0, ge=0, le=100)
    """Percent of those requests that the gateway answers itself when it starts; `PUT
    /api/v1/switch` changes it."""

    shadow: bool = False
    """Whether each of them is put to the other one too, to compare the answers."""

    cache: str = Field(default="off", repr=False)
    """Where translations are kept for the next who asks: `off`, `memory`, or the URL of a Redis
    server as `redis://HOST:PORT/0` (`rediss://` over TLS)."""

    cache_size: int = Field(default=10_000, ge=1)
    """Translations that the cache in memory holds at most; Redis has a limit of its own."""

    cache_ttl_s: float = Field(default=86_400, gt=0, allow_inf_nan=False)
    """Seconds after which a kept translation is forgotten."""

    audit_file: Path | None = None
    """File to which a line is added for each call that manages models: who, what, when. Unset: it
    is logged only."""

    quota_characters_per_day: int | None = Field(default=None, ge=1)
    """Characters that each key may have translated in a day (UTC), kept across restarts. Unset: no
    quota."""

    @field_validator(*_OPTIONAL, mode="before")
    @classmethod
    def _none_where_empty(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("cache")
    @classmethod
    def _known_cache(cls, value: str) -> str:
        if value in {"off", "memory"}:
            return value
        try:
            url = urlsplit(value)
            usable = url.scheme in {"redis", "rediss"} and bool(url.hostname) and url.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("must be off, memory, or redis://HOST:PORT/0")
        return value

    @field_validator("old_url")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://unset")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ValueError("must be http://HOST:PORT or https://, without credentials")
        return value

    @field_validator("deprecation_link")
    @classmethod
    def _linkable(cls, value: str | None) -> str | None:
        if value is not None and not _LINK.fullmatch(value):
            raise ValueError("must be an http(s) URL or a path that begins with /")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """RFC 9745 forbids a sunset that comes before the deprecation."""
        begins, ends = self.deprecation_date, self.sunset_date
        if begins is not None and ends is not None and ends < begins:
            raise ValueError("sunset_date lies before deprecation_date")
        return self
