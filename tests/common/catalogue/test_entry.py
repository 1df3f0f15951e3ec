"""An entry says nothing that contradicts itself, and nothing unasked."""

from typing import Any

import pytest
from pydantic import ValidationError

from common.catalogue.entry import Architecture, Entry, HubFile, Kind

SMALL: dict[str, Any] = {
    "name": "llama",
    "kind": "decoder",
    "parameters": 1000,
    "layers": 4,
    "heads": 8,
    "dimension": 64,
    "inner_dimension": 128,
    "vocabulary": 100,
    "context": 32,
}
PLAIN: dict[str, Any] = {
    "id": "small",
    "family": "chat",
    "name": "Small",
    "engine": "llamacpp",
    "repository": "someone/small",
    "architecture": SMALL,
    "languages": ["eng_Latn"],
    "license": "MIT",
    "commercial_use": True,
    "quantizations": [{"name": "Q8_0"}],
    "default_quantization": "Q8_0",
    "purpose": "speed",
    "description": "Small.",
}


def test_what_is_left_out_is_unknown_or_usual() -> None:
    entry = Entry.model_validate(PLAIN)
    assert (entry.bento, entry.revision, entry.files, entry.unverified) == (None, None, (), ())
    assert not entry.servable
    assert not entry.default
    assert entry.architecture.tied_embeddings


def test_a_model_with_a_bento_can_be_served() -> None:
    assert Entry.model_validate({**PLAIN, "bento": "aya"}).servable


def test_a_quantization_is_found_in_any_case() -> None:
    entry = Entry.model_validate(PLAIN)
    assert entry.quantization("q8_0") == entry.quantizations[0]
    assert entry.quantization("Q4_0") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"default_quantization": "Q4_0"}, "not among the quantizations"),
        ({"quantizations": [{"name": "Q8_0"}, {"name": "q8_0"}]}, "named twice"),
        ({"unverified": ["weight"]}, "unverified names no members: weight"),
        ({"licence": "MIT"}, "Extra inputs"),
        ({"id": "Small"}, "pattern"),
        ({"repository": "small"}, "pattern"),
        ({"family": "music"}, "'translation'"),
        ({"languages": []}, "at least 1 item"),
    ],
)
def test_a_contradiction_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Entry.model_validate({**PLAIN, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kv_heads": 3}, "no multiple of kv_heads"),
        ({"attention_layers": 5}, "more than layers"),
        ({"encoder_layers": 4}, "an encoder-decoder's"),
        ({"kind": "encoder-decoder"}, "an encoder-decoder's"),
        ({"layers": 0}, "greater than 0"),
    ],
)
def test_an_architecture_nobody_could_compute_is_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Architecture.model_validate({**SMALL, **change})


def test_an_architecture_of_every_kind_is_taken() -> None:
    for kind in Kind:
        layers = 4 if kind is Kind.ENCODER_DECODER else 0
        change = {"kind": kind, "encoder_layers": layers, "kv_heads": 2, "attention_layers": 0}
        assert Architecture.model_validate({**SMALL, **change}).kind is kind


@pytest.mark.parametrize(
    "name", ["/model.bin", "../model.bin", "a/../b", "a//b", "..\\b", "c:b", "a\n", ""]
)
def test_a_file_never_leaves_its_folder(name: str) -> None:
    with pytest.raises(ValidationError):
        HubFile(name=name)


def test_a_checksum_is_one_or_unknown() -> None:
    assert HubFile(name="folder/model.bin", size=1, sha256="0a" * 32).sha256 == "0a" * 32
    with pytest.raises(ValidationError):
        HubFile(name="model.bin", sha256="A" * 64)
