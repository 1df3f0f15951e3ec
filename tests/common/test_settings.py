from pathlib import Path

import pytest
from pydantic import ValidationError

from common.settings import MAX_TIMEOUT_S, ServiceSettings


def test_the_defaults_are_the_documented_limits() -> None:
    settings = ServiceSettings()
    assert settings.max_text_chars == 1_000_000
    assert settings.max_body_bytes == 8 * 2**20
    assert settings.max_batch_items == 128


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_TIMEOUT_S", "2.5")
    monkeypatch.setenv("LINGUA_NEXUS_CORS_ORIGINS", '["https://a.example"]')
    monkeypatch.setenv("LINGUA_NEXUS_API_KEYS_FILE", "keys.txt")
    settings = ServiceSettings()
    assert settings.timeout_s == 2.5
    assert settings.cors_origins == ["https://a.example"]
    assert settings.api_keys_file == Path("keys.txt")


def test_keys_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_API_KEYS", "very-secret")
    assert "very-secret" not in repr(ServiceSettings())


def test_the_state_file_is_where_the_user_keeps_such_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rest = Path("lingua-nexus/state.sqlite3")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert ServiceSettings().state_file == tmp_path / "state" / rest
    for ignored in ("", "not/absolute"):
        monkeypatch.setenv("XDG_STATE_HOME", ignored)
        assert ServiceSettings().state_file == tmp_path / ".local/state" / rest
    monkeypatch.delenv("XDG_STATE_HOME")
    assert ServiceSettings().state_file == tmp_path / ".local/state" / rest
    monkeypatch.setenv("LINGUA_NEXUS_STATE_FILE", "here.sqlite3")
    assert ServiceSettings().state_file == Path("here.sqlite3")


def test_a_user_without_a_home_keeps_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    assert ServiceSettings().state_file is None


def test_an_empty_name_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE_FILE", "CATALOGUE_FILE"):
        monkeypatch.setenv(f"LINGUA_NEXUS_{name}", "")
    settings = ServiceSettings()
    assert (settings.state_file, settings.catalogue_file) == (None, None)
    monkeypatch.setenv("LINGUA_NEXUS_CATALOGUE_FILE", "more.toml")
    assert ServiceSettings().catalogue_file == Path("more.toml")


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIMEOUT_S", str(MAX_TIMEOUT_S + 1)), ("MAX_BATCH_ITEMS", "0"), ("LOG_FORMAT", "xml")],
)
def test_a_value_out_of_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"LINGUA_NEXUS_{name}", value)
    with pytest.raises(ValidationError):
        ServiceSettings()
