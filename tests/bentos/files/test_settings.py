"""Settings of files: documented as they are, and what they come to for one file."""

from pathlib import Path

import pytest

from bentos.files.settings import FileSettings
from common.files.document import Limits
from tests.test_docs import ROOT, rows_of, section_of, settings_rows


def test_the_page_has_exactly_the_settings_that_exist() -> None:
    section = section_of(ROOT / "docs" / "files.md", "Settings")
    assert rows_of(section) == settings_rows(FileSettings)


def test_limits_are_those_that_were_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_FILES_MAX_BYTES", "2048")
    monkeypatch.setenv("LINGUA_NEXUS_FILES_MAX_CHARS", "5")
    limits = FileSettings().limits()
    assert (limits.max_bytes, limits.max_chars) == (2048, 5)
    assert limits.max_depth == Limits().max_depth


def test_an_empty_folder_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_FILES_FOLDER", "")
    assert FileSettings().folder is None
    monkeypatch.setenv("LINGUA_NEXUS_FILES_FOLDER", "/data")
    assert FileSettings().folder == Path("/data")
