from pathlib import Path

import pytest
from pydantic import ValidationError

from models.nllb.settings import NLLBSettings


def test_defaults_serve_without_configuration() -> None:
    settings = NLLBSettings()
    assert (settings.engine, settings.device, settings.compute_type) == (
        "ctranslate2",
        "auto",
        "auto",
    )
    assert settings.model_path is None
    assert not settings.shortlist


def test_the_environment_is_read_with_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLLB_MODEL_PATH", "weights/here")
    monkeypatch.setenv("NLLB_BEAM_SIZE", "4")
    monkeypatch.setenv("NLLB_SHORTLIST", "true")
    settings = NLLBSettings()
    assert (settings.model_path, settings.beam_size) == (Path("weights/here"), 4)
    assert settings.shortlist


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BEAM_SIZE", "0"),
        ("BEAM_SIZE", "5"),
        ("MAX_SEGMENT_TOKENS", "2"),
        ("MAX_OUTPUT_TOKENS", "100000"),
        ("MAX_BATCH_SEGMENTS", "0"),
        ("THREADS", "-1"),
        ("DEVICE", "tpu"),
        ("ENGINE", "other"),
        ("COMPUTE_TYPE", "int3"),
        ("REPETITION_PENALTY", "0.5"),
    ],
)
def test_values_out_of_bounds_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"NLLB_{name}", value)
    with pytest.raises(ValidationError):
        NLLBSettings()


@pytest.mark.parametrize("name", NLLBSettings.model_fields)
def test_every_setting_is_explained(name: str) -> None:
    assert NLLBSettings.model_fields[name].description
