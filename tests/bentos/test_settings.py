import re
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from bentos.settings import TracingSettings
from tests.test_docs import rows_of, section_of, settings_rows

COLLECTOR = "http://127.0.0.1:4318"


def test_without_a_collector_nothing_is_traced() -> None:
    assert not TracingSettings().on


@pytest.mark.parametrize("name", ["ENDPOINT", "TRACES_ENDPOINT"])
def test_a_collector_turns_traces_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}", COLLECTOR)
    assert TracingSettings().on
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert not TracingSettings().on


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
    assert not TracingSettings().on


def test_a_share_is_between_none_and_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "1.5")
    with pytest.raises(ValidationError, match="traces_sampler_arg"):
        TracingSettings()


@pytest.mark.parametrize(
    "missing", ["opentelemetry.exporter", "opentelemetry.exporter.otlp.proto.http"]
)
def test_a_collector_without_an_exporter_is_told_at_once(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry.exporter")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://secret@127.0.0.1:4318")
    with pytest.raises(ValidationError, match=re.escape("requirements-tracing.txt")) as raised:
        TracingSettings()
    assert "secret" not in str(raised.value)


def test_the_page_has_exactly_the_fields_that_exist() -> None:
    page = Path(__file__).parents[2] / "docs" / "operations.md"
    assert rows_of(section_of(page, "Traces")) == settings_rows(TracingSettings)
