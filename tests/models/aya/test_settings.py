from pathlib import Path

import pytest
from pydantic import ValidationError

from models.aya.settings import AyaSettings


def test_defaults_serve_without_configuration() -> None:
    settings = AyaSettings()
    assert settings.model_path is None
    assert (settings.temperature, settings.gpu_layers) == (0, -1)


def test_the_environment_is_read_with_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AYA_MODEL_PATH", "weights/here.gguf")
    monkeypatch.setenv("AYA_SLOTS", "3")
    settings = AyaSettings()
    assert (settings.model_path, settings.slots) == (Path("weights/here.gguf"), 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLOTS", "0"),
        ("CONTEXT_TOKENS", "100"),
        ("GPU_LAYERS", "-2"),
        ("MAX_SEGMENT_TOKENS", "2"),
        ("MAX_OUTPUT_TOKENS", "100000"),
        ("TEMPERATURE", "3"),
        ("TOP_P", "0"),
        ("REPEAT_PENALTY", "0.5"),
        ("SEED", "-1"),
    ],
)
def test_values_out_of_bounds_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"AYA_{name}", value)
    with pytest.raises(ValidationError):
        AyaSettings()


@pytest.mark.parametrize("name", AyaSettings.model_fields)
def test_every_setting_is_explained(name: str) -> None:
    assert AyaSettings.model_fields[name].description
