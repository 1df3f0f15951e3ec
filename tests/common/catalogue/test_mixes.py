import pytest

from common.catalogue.mixes import BLOCKS, MIXES, Traits, bytes_of, is_mix, type_of
from common.catalogue.parts import Matrix, Part
from models.engines.llamacpp.header import QUANTIZATIONS, TYPES

SHARED = Traits(queries_per_key=4, layers=32)
ALONE = Traits(queries_per_key=1, layers=32)
MIXTURE = Traits(queries_per_key=4, experts=8, layers=32)
LARGE = Traits(queries_per_key=8, layers=80)


def of(part: Part, layer: int = 10, columns: int = 4096, layers: int = 32) -> Matrix:
    return Matrix(part, columns, columns * 1024, layer, layers)


def test_blocks_are_those_that_files_are_read_with() -> None:
    known = {name: (elements, size) for name, elements, size in TYPES.values()}
    assert {name: known[name] for name in BLOCKS} == BLOCKS


def test_every_quantization_of_a_file_can_be_estimated() -> None:
    # NVFP4 has another scale for every tensor, and no published model of ours.
    assert set(QUANTIZATIONS.values()) - {"NVFP4"} <= MIXES
    assert is_mix("q4_k_m")
    assert not is_mix("int8")


def test_q4_k_m_has_more_bits_where_llama_cpp_gives_them() -> None:
    finer = [
        layer for layer in range(32) if type_of("Q4_K_M", of(Part.DOWN, layer), SHARED) == "Q6_K"
    ]
    assert finer == [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31]


@pytest.mark.parametrize(
    ("mix", "matrix", "traits", "found"),
    [
        ("Q4_K_M", of(Part.QUERY), SHARED, "Q4_K"),
        ("q4_k_m", of(Part.VALUE), SHARED, "Q4_K"),
        ("Q4_K_M", of(Part.VALUE, 0), SHARED, "Q6_K"),
        ("Q4_K_M", of(Part.VALUE), LARGE, "Q5_K"),
        ("Q4_K_M", of(Part.VALUE, 0), MIXTURE, "Q8_0"),
        ("Q4_K_M", of(Part.KEY), MIXTURE, "Q8_0"),
        ("Q4_K_M", of(Part.JOIN), MIXTURE, "Q5_K"),
        ("Q4_K_M", of(Part.JOIN), SHARED, "Q4_K"),
        ("Q4_K_S", of(Part.VALUE, 3), SHARED, "Q5_K"),
        ("Q4_K_S", of(Part.VALUE, 4), SHARED, "Q4_K"),
        ("Q4_K_S", of(Part.DOWN, 3), SHARED, "Q5_K"),
        ("Q5_K_M", of(Part.DOWN, 9), SHARED, "Q6_K"),
        ("Q4_0", of(Part.DOWN, 0), SHARED, "Q4_1"),
        ("Q4_0", of(Part.DOWN, 4), SHARED, "Q4_0"),
        ("Q3_K_M", of(Part.VALUE, 1), SHARED, "Q5_K"),
        ("Q3_K_M", of(Part.VALUE, 2), SHARED, "Q4_K"),
        ("Q3_K_M", of(Part.DOWN, 1), SHARED, "Q5_K"),
        ("Q3_K_M", of(Part.DOWN, 2), SHARED, "Q4_K"),
        ("Q3_K_L", of(Part.JOIN), SHARED, "Q5_K"),
        ("Q3_K_L", of(Part.JOIN), MIXTURE, "Q3_K"),
        ("Q2_K", of(Part.VALUE), SHARED, "Q4_K"),
        ("Q2_K", of(Part.VALUE), ALONE, "Q3_K"),
        ("Q2_K", of(Part.DOWN), ALONE, "Q3_K"),
        ("Q2_K", of(Part.INPUT), ALONE, "Q2_K"),
        ("IQ1_S", of(Part.VALUE), ALONE, "Q2_K"),
        ("IQ1_S", of(Part.KEY), MIXTURE, "Q4_K"),
        ("IQ1_S", of(Part.JOIN), ALONE, "IQ2_XXS"),
        ("IQ2_M", of(Part.VALUE), ALONE, "IQ3_S"),
        ("IQ2_M", of(Part.DOWN, 1), ALONE, "IQ3_S"),
        ("IQ2_M", of(Part.DOWN, 9), ALONE, "IQ2_S"),
        ("IQ3_M", of(Part.DOWN, 9), MIXTURE, "Q4_K"),
        ("IQ3_M", of(Part.DOWN, 9), SHARED, "IQ3_S"),
        ("IQ3_XS", of(Part.UP, 9), SHARED, "IQ3_XXS"),
        ("IQ3_XS", of(Part.UP, 31), SHARED, "IQ3_S"),
        ("IQ3_XXS", of(Part.QUERY), SHARED, "IQ2_S"),
        ("IQ4_XS", of(Part.VALUE), SHARED, "Q5_K"),
        ("IQ4_XS", of(Part.VALUE), ALONE, "IQ4_XS"),
        ("MXFP4_MOE", of(Part.UP), MIXTURE, "MXFP4"),
        ("MXFP4_MOE", of(Part.UP), SHARED, "Q8_0"),
        ("MXFP4_MOE", of(Part.QUERY), MIXTURE, "Q8_0"),
        ("F16", of(Part.SMALL), SHARED, "F16"),
        ("Q8_0", of(Part.SMALL), SHARED, "F32"),
    ],
)
def test_rules_are_llama_cpps(mix: str, matrix: Matrix, traits: Traits, found: str) -> None:
    assert type_of(mix, matrix, traits) == found


@pytest.mark.parametrize(
    ("mix", "shared", "read", "written"),
    [
        ("Q4_K_M", "Q6_K", "Q4_K", "Q6_K"),
        ("Q4_K_L", "Q8_0", "Q8_0", "Q8_0"),
        ("Q8_0", "Q8_0", "Q8_0", "Q8_0"),
        ("F16", "F16", "F16", "F16"),
        ("IQ1_S", "Q5_K", "Q2_K", "Q5_K"),
        ("IQ2_S", "Q5_K", "IQ3_S", "Q5_K"),
        ("IQ3_XXS", "Q5_K", "IQ3_S", "Q5_K"),
        ("IQ4_XS", "Q6_K", "IQ4_XS", "Q6_K"),
        ("TQ1_0", "Q6_K", "Q4_K", "Q6_K"),
    ],
)
def test_embeddings_have_a_type_of_their_own(
    mix: str, shared: str, read: str, written: str
) -> None:
    parts = (Part.SHARED, Part.INPUT, Part.OUTPUT)
    assert [type_of(mix, of(part), SHARED) for part in parts] == [shared, read, written]


@pytest.mark.parametrize(
    ("mix", "part", "columns", "found"),
    [
        ("Q4_K_M", Part.QUERY, 384, "Q5_0"),
        ("Q6_K", Part.QUERY, 384, "Q8_0"),
        ("Q2_K", Part.QUERY, 384, "Q4_0"),
        ("IQ3_S", Part.QUERY, 384, "IQ4_NL"),
        ("Q4_K_M", Part.SHARED, 384, "Q8_0"),
        ("Q4_K_M", Part.QUERY, 40, "F16"),
        ("Q8_0", Part.QUERY, 40, "F16"),
    ],
)
def test_rows_that_are_no_multiple_of_a_block_have_another_type(
    mix: str, part: Part, columns: int, found: str
) -> None:
    assert type_of(mix, of(part, columns=columns), ALONE) == found


def test_bytes_are_those_of_whole_blocks() -> None:
    assert bytes_of("Q4_K", 512) == 288
    assert bytes_of("F16", 3) == 6


def test_what_is_no_mix_has_no_types() -> None:
    with pytest.raises(KeyError):
        type_of("Q9", of(Part.QUERY), SHARED)
