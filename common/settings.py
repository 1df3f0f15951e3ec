"""What every Bento reads from `LINGUA_NEXUS_*`; a model's own settings are in its package."""

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MAX_TIMEOUT_S = 120

_STATE: Final = Path("lingua-nexus", "state.sqlite3")
_STATE_FILE: Final = Path("~/.local/state") / _STATE


class ServiceSettings(BaseSettings):
    """Limits, keys and logs of the HTTP service. Read once, when the service is constructed."""

    model_config = SettingsConfigDict(
        env_prefix="LINGUA_NEXUS_", frozen=True, use_attribute_docstrings=True
    )

    max_text_chars: int = Field(default=1_000_000, ge=1)
    """Characters a text may have; a longer one is answered with 413."""

    max_body_bytes: int = Field(default=8 * 1024 * 1024, ge=1024)
    """Bytes a request body may have; a larger one gets 413 before it is read to its end."""

    body_timeout_s: float = Field(default=60, gt=0)
    """Seconds a request's body may take to come; a slower one is answered with 408. A caller who
    does not read his answer on for as long loses the connection."""

    max_batch_items: int = Field(default=128, ge=1)
    """Items a call of /translate/batch may have; more are answered with 413."""

    timeout_s: float = Field(default=MAX_TIMEOUT_S, gt=0, le=MAX_TIMEOUT_S)
    """Seconds a translation may take before it is answered with 504; in a stream, each segment."""

    retry_lost: bool = True
    """Whether a segment whose translation lost a placeholder, a number or a glossary's term is
    translated once more to mend it; else it is only told. A model that loses much takes several
    times as long with it."""

    api_keys: SecretStr | None = None
    """Keys, separated by commas, each `KEY` or `KEY:SCOPE+SCOPE`, the scopes `translate` and
    `manage` (`translate` when none is given). No key here and none in the file: translating is
    open, managing closed."""

    api_keys_file: Path | None = None
    """File of further keys in the same form, one a line, `#` begins a comment; read again whenever
    it changes."""

    rate_limit: str | None = Field(default=None, examples=["120/minute"])
    """Requests a key, or an address without one, may make, as `120/minute`; unset: no limit."""

    cors_origins: list[str] = Field(default_factory=list)
    """Origins whose pages may call the service, as a JSON list; empty: none."""

    log_format: Literal["text", "json"] = "text"
    """Lines for people, or one JSON object a line."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe messages that are logged."""

    state_file: Path | None = Field(default=_STATE_FILE, validate_default=True)
    """SQLite file for statistics of use, measured memory and the models chosen; several services
    may share it. Unset: below `$XDG_STATE_HOME` where that is set. Empty: nothing is kept."""

    catalogue_file: Path | None = None
    """TOML file of further models for the catalogue, or of others in place of its own."""

    @field_validator("state_file", "catalogue_file", mode="before")
    @classmethod
    def _none_where_empty(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("state_file")
    @classmethod
    def _placed(cls, value: Path | None) -> Path | None:
        """The default where this user keeps such files, if there is such a place."""
        if value is None or value != _STATE_FILE:
            return value
        home = Path(os.environ.get("XDG_STATE_HOME", ""))  # noqa: TID251 - this is the place to
        if home.is_absolute():
            return home / _STATE
        try:
            return value.expanduser()
        except RuntimeError:
            return None  # a container's user without a home
