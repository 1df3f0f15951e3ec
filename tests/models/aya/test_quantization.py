from dataclasses import replace

import pytest

from common.catalogue.catalogue import Catalogue
from common.catalogue.estimate import required
from common.catalogue.serving import Serving
from common.memory import Memory
from models.aya.quantization import EXPANSE_8B, ORDER, choose, need
from models.base.weights import WeightsError
from models.engines.llamacpp.contract import EngineSettings

GB = 10**9
WORK = EngineSettings(slots=4, context_tokens=2048, prefix_tokens=0)
SIZES = {
    "Q4_K_M": 5 * GB,
    "F16": 16 * GB,
    "Q8_0": 8 * GB,
    "Q2_K": 3 * GB,
    "Q6_K": 6 * GB,
    "Q4_0_8_8": 5 * GB,
}


def memory(gigabytes: float) -> Memory:
    return Memory(int(gigabytes * GB), "free on this machine")


def test_need_is_the_file_the_cache_the_batch_and_the_service() -> None:
    found = need(5 * GB, WORK)
    assert (found.weights, found.cache) == (5 * GB, 8192 * 68 * 1024)
    assert 0.05 * GB < found.batch < 0.2 * GB
    assert 0.2 * GB < found.service < 0.3 * GB
    assert found.total == 5 * GB + found.cache + found.batch + found.service
    assert "KV cache 0.57 GB" in str(found)
    exact = replace(WORK, cache_type="f16")
    assert need(5 * GB, exact).cache == 8192 * 128 * 1024


def test_cache_grows_with_the_context_and_the_batch_with_its_rows() -> None:
    longer = EngineSettings(slots=4, context_tokens=4096, prefix_tokens=0)
    assert need(0, longer).cache == 2 * need(0, WORK).cache
    more = EngineSettings(slots=4, context_tokens=2048, prefix_tokens=0, prefill_tokens=4096)
    assert need(0, more).batch > 10 * need(0, WORK).batch
    narrow = EXPANSE_8B.model_copy(update={"kv_heads": 1, "head_dimension": 32, "layers": 1})
    assert need(0, WORK, narrow).cache == 2 * 34 * 8192


def test_what_is_needed_is_what_the_catalogue_plans() -> None:
    planned = Catalogue.load().find("aya")
    assert planned
    assert planned.architecture == EXPANSE_8B
    size = required(planned, "Q4_K_M", Serving(8, 2048, 1024, sequences=24, rows=64))
    offer = planned.quantization("Q4_K_M")
    assert offer
    assert offer.file
    assert need(offer.file.size or 0, EngineSettings()).total == size


@pytest.mark.parametrize(
    ("there", "names"),
    [
        (64, ("Q8_0", "Q6_K", "Q4_K_M", "Q2_K")),
        (8.5, ("Q6_K", "Q4_K_M", "Q2_K")),
        (6.5, ("Q4_K_M", "Q2_K")),
        (5, ("Q2_K",)),
    ],
)
def test_auto_is_the_largest_that_fits_and_then_the_smaller_ones(
    there: float, names: tuple[str, ...]
) -> None:
    for wanted in (None, "auto", "AUTO"):
        choice = choose(SIZES, wanted, memory(there), WORK)
        assert choice.names == names
        assert f"the largest quantisation that fits {there:.2f} GB free on" in choice.why


def test_auto_says_what_the_next_larger_one_would_need() -> None:
    why = choose(SIZES, None, memory(6.5), WORK).why
    assert f"Q6_K would need {need(6 * GB, WORK).total / GB:.2f} GB" in why
    assert "would need" not in choose(SIZES, None, memory(64), WORK).why


def test_exactly_enough_memory_is_enough() -> None:
    exact = need(8 * GB, WORK).total
    assert choose(SIZES, None, Memory(exact, ""), WORK).names[0] == "Q8_0"
    assert choose(SIZES, None, Memory(exact - 1, ""), WORK).names[0] == "Q6_K"


def test_where_none_fits_the_smallest_is_named_with_how_to_take_it() -> None:
    with pytest.raises(WeightsError, match=r"the smallest, Q2_K, needs .*QUANT=Q2_K"):
        choose(SIZES, None, memory(2), WORK)


def test_unquantised_weights_are_taken_when_asked_for_alone() -> None:
    with pytest.raises(WeightsError, match="no quantization to choose from"):
        choose({"F16": GB}, None, memory(64), WORK)
    choice = choose(SIZES, "f16", memory(64), WORK)
    assert choice.names == ("F16", "Q8_0", "Q6_K", "Q4_K_M", "Q2_K")


def test_what_is_asked_for_is_taken_and_said_where_it_does_not_fit() -> None:
    choice = choose(SIZES, "q4_k_m", memory(64), WORK)
    assert (choice.names, choice.why) == (("Q4_K_M", "Q2_K"), "as asked for")
    tight = choose(SIZES, "Q8_0", memory(4), WORK)
    assert tight.names[0] == "Q8_0"
    assert tight.why.endswith("of memory, more than 4.00 GB free on this machine")


def test_quantization_that_is_lacking_gives_the_next_smaller_one() -> None:
    choice = choose(SIZES, "Q5_K_M", memory(64), WORK)
    assert choice.names == ("Q4_K_M", "Q2_K")
    assert choice.why == "there is no Q5_K_M, this is the next smaller one"
    with pytest.raises(WeightsError, match="There is no IQ1_S and none smaller; there are F16, Q8"):
        choose(SIZES, "IQ1_S", memory(64), WORK)


@pytest.mark.parametrize("name", ["Q4_K_N", "int8", "Q9"])
def test_what_is_no_quantization_is_refused(name: str) -> None:
    with pytest.raises(WeightsError, match=r"No quantization .*there are F16, .*Q2_K, and auto"):
        choose(SIZES, name, memory(64), WORK)


def test_format_that_llama_cpp_no_longer_reads_is_refused() -> None:
    with pytest.raises(WeightsError, match=r"Q4_0_8_8 is a format .* no longer reads"):
        choose(SIZES, "q4_0_8_8", memory(64), WORK)


def test_order_has_each_once() -> None:
    assert len(set(ORDER)) == len(ORDER)
