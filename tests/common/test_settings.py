import json

import pytest
from pydantic import ValidationError

from common.settings import MAX_TIMEOUT_S, ServiceSettings


def test_defaults_serve_without_configuration() -> None:
    settings = ServiceSettings()
    assert (settings.max_text_chars, settings.max_batch_items) == (1_000_000, 128)
    assert settings.max_body_bytes == 8 * 1024 * 1024
    assert settings.api_keys is None
    assert settings.api_keys_file is None
    assert settings.rate_limit is None
    assert settings.cors_origins == []


def test_environment_is_read_with_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_MAX_TEXT_CHARS", "5000")
    monkeypatch.setenv("LINGUA_NEXUS_CORS_ORIGINS", json.dumps(["https://one.example"]))
    monkeypatch.setenv("MAX_BATCH_ITEMS", "3")
    settings = ServiceSettings()
    assert settings.max_text_chars == 5000
    assert settings.cors_origins == ["https://one.example"]
    assert settings.max_batch_items == 128


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_TEXT_CHARS", "0"),
        ("MAX_BODY_BYTES", "1023"),
        ("MAX_BATCH_ITEMS", "0"),
        ("TIMEOUT_S", "0"),
        ("TIMEOUT_S", str(MAX_TIMEOUT_S + 1)),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "CHATTY"),
        ("CORS_ORIGINS", '"https://one.example"'),
    ],
)
def test_value_that_cannot_be_kept_is_refused_at_the_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"LINGUA_NEXUS_{name}", value)
    with pytest.raises(ValidationError):
        ServiceSettings()


def test_keys_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_API_KEYS", "very-secret:translate")
    settings = ServiceSettings()
    assert settings.api_keys is not None
    assert settings.api_keys.get_secret_value() == "very-secret:translate"
    assert "very-secret" not in f"{settings!r}{settings}{settings.model_dump_json()}"


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ServiceSettings().max_batch_items = 1  # type: ignore[misc]


def test_every_setting_says_what_it_does() -> None:
    assert [
        name for name, field in ServiceSettings.model_fields.items() if not field.description
    ] == []
