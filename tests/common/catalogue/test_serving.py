import pytest

from common.catalogue.entry import Engine
from common.catalogue.serving import Serving, cache_bytes, step_bytes
from models.engines.llamacpp.contract import EngineSettings
from models.nllb.settings import NLLBSettings
from tests.common.catalogue.shapes import AYA_8B, MINI_LM, NLLB_600M, entry

AYA = entry(AYA_8B, "Q4_K_M")
NLLB = entry(NLLB_600M, "int8", engine=Engine.CTRANSLATE2)


def test_cache_has_two_numbers_of_two_bytes_for_every_key_head() -> None:
    assert cache_bytes(AYA_8B, Serving(8, 2048)) == 8 * 2048 * 32 * 2 * 1024 * 2
    with_prefixes = Serving(8, 2048, prefix_tokens=1024)
    assert cache_bytes(AYA_8B, with_prefixes) == (8 * 2048 + 1024) * 128 * 1024
    hybrid = AYA_8B.model_copy(update={"attention_layers": 8})
    assert cache_bytes(hybrid, Serving(8, 2048)) * 4 == cache_bytes(AYA_8B, Serving(8, 2048))


def test_no_slot_has_more_tokens_than_the_model_can_use() -> None:
    assert cache_bytes(AYA_8B, Serving(2, 9000)) == cache_bytes(AYA_8B, Serving(2, 8192))


def test_a_decoder_keeps_its_source_once_and_what_it_writes_for_every_hypothesis() -> None:
    of_token = 12 * 2 * 1024 * 4
    assert cache_bytes(NLLB_600M, Serving(32, 64), 4) == 32 * 64 * 2 * of_token
    assert cache_bytes(NLLB_600M, Serving(32, 64, beam=2), 4) == 32 * 64 * 3 * of_token
    assert cache_bytes(MINI_LM, Serving(32, 64)) == 0


def test_steps_grow_with_rows_and_outputs() -> None:
    one, more = (Serving(8, 2048, sequences=24, rows=rows) for rows in (64, 512))
    assert step_bytes(AYA_8B, more) > step_bytes(AYA_8B, one)
    fewer = Serving(8, 2048, sequences=8, rows=64)
    saved = step_bytes(AYA_8B, one) - step_bytes(AYA_8B, fewer)
    assert saved == 16 * 2 * 4 * AYA_8B.vocabulary
    assert step_bytes(MINI_LM, Serving(1, 512)) == 512 * 4 * (3 * 1536 + 6 * 384)


def test_usual_settings_are_the_engines_own() -> None:
    usual, found = EngineSettings(), Serving.of(AYA)
    assert (found.slots, found.context_tokens, found.prefix_tokens) == (
        usual.slots,
        usual.context_tokens,
        usual.prefix_tokens,
    )
    assert (found.sequences, found.rows) == (usual.sequences, usual.rows)
    assert Serving.busiest(AYA) == found


@pytest.mark.parametrize("slots", [1, 16, 100])
def test_asked_slots_are_the_engines_own(slots: int) -> None:
    settings, found = EngineSettings(slots=slots), Serving.asked(AYA, slots, None)
    assert found
    assert found.cells(AYA_8B) == settings.cells
    assert (found.sequences, found.rows) == (settings.sequences, settings.rows)


def test_what_is_not_asked_is_usual() -> None:
    assert Serving.asked(AYA, None, None) is None
    longer, wider = Serving.asked(AYA, None, 4096), Serving.asked(NLLB, 8, None)
    assert longer
    assert (longer.slots, longer.context_tokens) == (8, 4096)
    assert wider == Serving(8, 64, beam=2)


def test_a_full_batch_is_the_largest_that_nllbs_settings_allow() -> None:
    usual, found = NLLBSettings(), Serving.busiest(NLLB)
    assert found.slots == usual.max_batch_segments
    assert found.slots * found.context_tokens == usual.max_batch_tokens
    assert found.beam == usual.beam_size
