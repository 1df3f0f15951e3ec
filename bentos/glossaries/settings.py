"""What stored glossaries read from `LINGUA_NEXUS_GLOSSARIES_*`; their file is the service's."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class GlossarySettings(BaseSettings):
    """How much may be kept. Read once, with the service's."""

    model_config = SettingsConfigDict(
        env_prefix="LINGUA_NEXUS_GLOSSARIES_", frozen=True, use_attribute_docstrings=True
    )

    max_per_key: int = Field(default=1000, ge=0)
    """Glossaries that a key may keep; without keys, all callers together."""

    max_chars_per_key: int = Field(default=20_000_000, ge=0)
    """Characters that the entries of a key's glossaries may have together."""
