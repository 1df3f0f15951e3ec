import pytest

from common.catalogue.entry import Engine
from common.catalogue.estimate import required
from models.nllb.memory import architecture, needed_bytes
from models.nllb.settings import NLLBSettings
from tests.common.catalogue.shapes import NLLB_600M, entry

# Of facebook/nllb-200-distilled-600M, whose other numbers are the usual ones.
CONFIG = {"model_type": "m2m_100", "vocab_size": 256_206, "d_model": 1024}
PARAMETERS = 615_073_792
USUAL = NLLBSettings()


def test_configuration_is_the_catalogues_architecture() -> None:
    assert architecture(CONFIG, PARAMETERS) == NLLB_600M


def test_what_is_needed_is_what_the_catalogue_plans() -> None:
    planned = entry(NLLB_600M, "int8", engine=Engine.CTRANSLATE2)
    assert needed_bytes(CONFIG, PARAMETERS, "int8", USUAL) == required(planned, "int8")


@pytest.mark.parametrize(
    "smaller", [{"max_batch_tokens": 512}, {"beam_size": 1}, {"max_batch_segments": 1}]
)
def test_smaller_batches_need_less(smaller: dict[str, int]) -> None:
    settings = USUAL.model_copy(update=smaller)
    usual = needed_bytes(CONFIG, PARAMETERS, "int8", USUAL)
    assert needed_bytes(CONFIG, PARAMETERS, "int8", settings) < usual


def test_more_segments_than_tokens_are_counted_as_one_token_each() -> None:
    settings = USUAL.model_copy(update={"max_batch_tokens": 16})
    assert needed_bytes(CONFIG, PARAMETERS, "int8", settings) > PARAMETERS
