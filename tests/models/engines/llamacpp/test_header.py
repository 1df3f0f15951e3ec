from pathlib import Path

import gguf as reference
import pytest

from models.engines.llamacpp.gguf import inspect
from models.engines.llamacpp.header import QUANTIZATIONS, TYPES, GGUFHeader, Scalar
from tests.tiny_gguf import SPECIALS, tiny_gguf


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf(tmp_path_factory.mktemp("whole"))


def test_facts_of_the_model_are_read(whole: Path) -> None:
    header = inspect(whole)
    assert (header.version, header.architecture, header.name) == (3, "command-r", "Tiny")
    assert (header.layers, header.width, header.heads, header.kv_heads) == (2, 64, 4, 2)
    assert (header.context_length, header.vocabulary) == (1024, 400)
    assert (header.quantization, header.control_tokens) == ("Q8_0", frozenset(SPECIALS))
    assert header.file_size == whole.stat().st_size
    per_layer = 4 * 64 * 64 - 2 * 32 * 64 + 3 * 64 * 128 + 64
    assert header.parameters == 400 * 64 + 64 + 2 * per_layer


def test_names_of_types_are_llama_cpps() -> None:
    theirs = {int(kind): (kind.name, *size) for kind, size in reference.GGML_QUANT_SIZES.items()}
    never_stored = {"Q8_1", "Q8_K"}
    assert {name for name, *_ in theirs.values()} - {name for name, *_ in TYPES.values()} <= (
        never_stored
    )
    assert all(theirs.get(number, kind) == kind for number, kind in TYPES.items())
    for kind in reference.LlamaFileType:
        name = kind.name.removeprefix("MOSTLY_").removeprefix("ALL_")
        assert QUANTIZATIONS.get(kind.value, "GUESSED") == name


def test_what_a_file_does_not_say_is_empty() -> None:
    header = GGUFHeader(3, {"general.name": 7, "a": True, "b": 2.0}, {}, frozenset(), {}, 64)
    assert (header.name, header.architecture, header.quantization) == ("", "", "unknown")
    assert (header.layers, header.vocabulary, header.parameters, header.file_size) == (0, 0, 0, 0)
    assert (header.number("a", 5), header.number("b", 5)) == (5, 5)


def test_heads_of_keys_and_values_are_as_many_as_heads_where_the_file_says_no_other_number() -> (
    None
):
    facts: dict[str, Scalar] = {"general.architecture": "x", "x.attention.head_count": 8}
    header = GGUFHeader(3, facts, {}, frozenset(), {}, 64)
    assert header.kv_heads == 8
