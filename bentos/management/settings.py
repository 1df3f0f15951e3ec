"""What managing models reads of others' environment variables; ours are in common.settings."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class ManagementSettings(BaseSettings):
    """Read once, when the manager is constructed."""

    model_config = SettingsConfigDict(frozen=True, use_attribute_docstrings=True)

    ollama_host: str | None = None
    """Ollama server whose models `sync` lists, written as Ollama's own programs take it: a host,
    `host:port` or a URL. Unset: none."""
