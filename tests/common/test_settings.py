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
