"""What translating files reads from `LINGUA_NEXUS_FILES_*`; the service's own is in common."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.files.document import Limits

_MIB = 1024 * 1024


class FileSettings(BaseSettings):
    """Limits of files and of the jobs that translate them. Read once, with the service's."""

    model_config = SettingsConfigDict(
        env_prefix="LINGUA_NEXUS_FILES_", frozen=True, use_attribute_docstrings=True
    )

    max_bytes: int = Field(default=20 * _MIB, ge=1024)
    """Bytes a file may have; a larger one is answered with 413."""

    max_unpacked_bytes: int = Field(default=200 * _MIB, ge=1024)
    """Bytes an office file may unpack to; one that unpacks to more is refused."""

    max_chars: int = Field(default=1_000_000, ge=1)
    """Characters that all texts of a file may have together."""

    max_texts: int = Field(default=50_000, ge=1)
    """Texts a file may have: paragraphs, cells, subtitles, strings."""

    keep_s: float = Field(default=3600, gt=0, le=30 * 86_400)
    """Seconds that a translated file and its job are kept; then both are removed."""

    max_jobs: int = Field(default=100, ge=1)
    """Jobs kept at once, waiting and ended ones together; one more is answered with 503."""

    max_jobs_per_key: int = Field(default=20, ge=1)
    """Jobs of one API key that wait or run; one more is answered with 503."""

    max_stored_bytes: int = Field(default=256 * _MIB, ge=1024)
    """Bytes that all kept files may have together; one more is answered with 503."""

    running: int = Field(default=2, ge=1, le=64)
    """Files translated at the same time; the others wait."""

    patience_s: float = Field(default=600, ge=0, le=86_400)
    """Seconds that a file waits for a model that is busy or not ready, before its job fails."""

    folder: Path | None = None
    """Folder that files are kept below, in one of their own that nobody else may read. Unset: the
    system's for temporary files."""

    @field_validator("folder", mode="before")
    @classmethod
    def _none_where_empty(cls, value: object) -> object:
        return None if value == "" else value

    def limits(self) -> Limits:
        """What one file may cost."""
        return Limits(
            max_bytes=self.max_bytes,
            max_unpacked_bytes=self.max_unpacked_bytes,
            max_chars=self.max_chars,
            max_texts=self.max_texts,
        )
