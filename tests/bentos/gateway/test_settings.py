import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from bentos.gateway.settings import GatewaySettings
from tests.test_docs import ROOT, rows_of, section_of, settings_rows

PREFIX = "LINGUA_NEXUS_GATEWAY_"


def of(monkeypatch: pytest.MonkeyPatch, **values: str) -> GatewaySettings:
    for name, value in values.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)
    return GatewaySettings()


def test_page_has_exactly_the_settings_that_exist() -> None:
    section = section_of(ROOT / "docs" / "gateway.md", "Settings")
    assert rows_of(section) == settings_rows(GatewaySettings)


def test_a_gateway_that_is_told_nothing_keeps_nothing_and_speaks_as_the_main_server() -> None:
    settings = GatewaySettings()
    assert (settings.file, settings.backends, settings.cache) == (None, None, "off")
    assert (settings.profile, settings.legacy_rate_limits) == ("main", True)
    assert (settings.audit_file, settings.quota_characters_per_day) == (None, None)


def test_every_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = of(
        monkeypatch,
        file="/etc/gateway.toml",
        profile="aya",
        legacy_rate_limits="false",
        deprecation_date="2026-12-01",
        sunset_date="2027-06-01",
        deprecation_link="https://example.org/guide",
        cache="rediss://cache.example:6380/1",
        cache_size="5",
        cache_ttl_s="1.5",
        audit_file="audit.log",
        quota_characters_per_day="1000",
    )
    assert settings.file == Path("/etc/gateway.toml")
    assert (settings.profile, settings.legacy_rate_limits) == ("aya", False)
    assert (settings.deprecation_date, settings.sunset_date) == (
        date(2026, 12, 1),
        date(2027, 6, 1),
    )
    assert settings.cache == "rediss://cache.example:6380/1"
    assert (settings.cache_size, settings.cache_ttl_s) == (5, 1.5)
    assert (settings.audit_file, settings.quota_characters_per_day) == (Path("audit.log"), 1000)


@pytest.mark.parametrize(
    "name",
    [
        *("file", "backends", "deprecation_date", "sunset_date", "deprecation_link"),
        *("audit_file", "quota_characters_per_day"),
    ],
)
def test_what_is_empty_is_not_there(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert getattr(of(monkeypatch, **{name: ""}), name) is None


@pytest.mark.parametrize(
    "cache", ["off", "memory", "redis://cache", "redis://:secret@cache:6379/0"]
)
def test_a_cache_that_is_known_is_taken(monkeypatch: pytest.MonkeyPatch, cache: str) -> None:
    assert of(monkeypatch, cache=cache).cache == cache


@pytest.mark.parametrize(
    "cache", ["", "on", "http://secret", "redis://", "redis://[secret", "redis://secret:99999"]
)
def test_any_other_is_refused_without_being_quoted(
    monkeypatch: pytest.MonkeyPatch, cache: str
) -> None:
    with pytest.raises(ValidationError, match="must be off, memory, or redis") as raised:
        of(monkeypatch, cache=cache)
    assert "secret" not in str(raised.value)


def test_what_may_hold_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "secret" not in repr(of(monkeypatch, cache="redis://:secret@cache:6379/0"))


@pytest.mark.parametrize("link", ["/docs", "/", "https://example.org/a?b=c#d", "http://h"])
def test_a_link_is_a_url_or_a_path(monkeypatch: pytest.MonkeyPatch, link: str) -> None:
    assert of(monkeypatch, deprecation_link=link).deprecation_link == link


@pytest.mark.parametrize("link", ["docs", "javascript:x", "https://h/>; rel=x", "/a\r\nX: y"])
def test_a_link_cannot_leave_its_header(monkeypatch: pytest.MonkeyPatch, link: str) -> None:
    with pytest.raises(ValidationError, match=re.escape("must be an http(s) URL")):
        of(monkeypatch, deprecation_link=link)


def test_nothing_is_gone_before_it_is_deprecated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="sunset_date lies before deprecation_date"):
        of(monkeypatch, deprecation_date="2027-01-01", sunset_date="2026-12-31")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("profile", "server"),
        ("cache_size", "0"),
        ("cache_ttl_s", "inf"),
        ("quota_characters_per_day", "0"),
    ],
)
def test_a_value_out_of_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ValidationError, match=name):
        of(monkeypatch, **{name: value})
