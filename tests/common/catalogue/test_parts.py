import pytest

from common.catalogue.entry import Architecture
from common.catalogue.parts import (
    Part,
    attention_layers,
    encoder_parameters,
    experts,
    key_width,
    matrices,
)
from tests.common.catalogue.shapes import (
    AYA_8B,
    LLAMA_8B,
    LLAMA_70B,
    MINI_LM,
    MIXTRAL,
    NLLB_600M,
    PHI_3,
)

ALL = [AYA_8B, LLAMA_8B, LLAMA_70B, MIXTRAL, PHI_3, NLLB_600M, MINI_LM]


def elements(model: Architecture, part: Part) -> int:
    return sum(matrix.elements for matrix in matrices(model) if matrix.part is part)


@pytest.mark.parametrize("model", ALL, ids=lambda model: f"{model.name} {model.parameters}")
def test_matrices_add_up_to_the_parameters(model: Architecture) -> None:
    found = list(matrices(model))
    assert sum(matrix.elements for matrix in found) == model.parameters
    left = elements(model, Part.OTHER)
    assert abs(left) < 0.02 * model.parameters


def test_gates_and_experts_are_told_by_the_parameters() -> None:
    assert [experts(model) for model in (AYA_8B, PHI_3, MIXTRAL, NLLB_600M)] == [1, 1, 8, 1]
    gated, plain = elements(LLAMA_8B, Part.UP), elements(NLLB_600M, Part.UP)
    assert gated == 2 * elements(LLAMA_8B, Part.DOWN)
    assert plain == elements(NLLB_600M, Part.DOWN)
    assert elements(MIXTRAL, Part.DOWN) == 8 * elements(LLAMA_8B, Part.DOWN)


def test_keys_have_their_own_number_of_heads() -> None:
    assert (key_width(AYA_8B), key_width(PHI_3)) == (1024, 3072)
    wide = AYA_8B.model_copy(update={"head_dimension": 256})
    assert key_width(wide) == 2048


def test_only_layers_with_attention_have_its_matrices() -> None:
    hybrid = LLAMA_8B.model_copy(update={"attention_layers": 8})
    assert attention_layers(hybrid) == 8
    assert attention_layers(LLAMA_8B) == 32
    assert elements(hybrid, Part.KEY) * 4 == elements(LLAMA_8B, Part.KEY)


def test_a_decoder_looks_at_its_encoder_too() -> None:
    assert elements(NLLB_600M, Part.QUERY) == (12 + 2 * 12) * 1024 * 1024
    assert encoder_parameters(NLLB_600M) == 12 * (4 * 1024 * 1024 + 2 * 1024 * 4096)
    assert encoder_parameters(AYA_8B) == 0


def test_embeddings_are_one_matrix_or_two() -> None:
    table = 128_256 * 4096
    assert elements(LLAMA_8B, Part.INPUT) == elements(LLAMA_8B, Part.OUTPUT) == table
    assert elements(AYA_8B, Part.SHARED) == 256_000 * 4096
    assert elements(AYA_8B, Part.OUTPUT) == 0


def test_fused_matrices_count_as_values() -> None:
    assert elements(PHI_3, Part.QUERY) == elements(PHI_3, Part.KEY) == 0
    assert elements(PHI_3, Part.VALUE) == 3 * 32 * 3072 * 3072
