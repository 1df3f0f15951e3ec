import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

from common.catalogue.catalogue import Catalogue
from common.catalogue.entry import (
    Architecture,
    Engine,
    Entry,
    HubFile,
    Kind,
    QuantizationOffer,
)
from common.catalogue.estimate import (
    PROCESS_BYTES,
    active_bytes,
    active_parameters,
    disk_bytes,
    download_bytes,
    estimate,
    is_format,
    recommended,
    required,
    weights_bytes,
)
from common.catalogue.mixes import MIXES
from common.catalogue.serving import Serving
from models.engines.llamacpp.gguf import inspect
from models.nllb.memory import architecture
from tests.common.catalogue.shapes import (
    AYA_8B,
    LLAMA_8B,
    LLAMA_70B,
    MINI_LM,
    MIXTRAL,
    NLLB_600M,
    PHI_3,
    entry,
)
from tests.e2e.calls import ask
from tests.e2e.found import DEMOS, Demo

MB = 10**6
GB = 10**9
AYA_MIXES = ("Q4_K_M", "Q8_0", "Q6_K", "Q2_K")
AYA = entry(AYA_8B, *AYA_MIXES)
NLLB = entry(NLLB_600M, "int8", "float32", engine=Engine.CTRANSLATE2)
# As they were measured: load_tests/README.md.
AYA_FILE, AYA_LOADED = 5_056_981_856, 6_131_953_664
NLLB_LOADED = 769_802_240


def test_full_shape_of_aya_is_estimated_within_a_tenth() -> None:
    serving = Serving(16, 384, prefix_tokens=1024, sequences=32, rows=64)
    measured = entry(AYA_8B, "Q4_K_M", sizes={"Q4_K_M": AYA_FILE})
    for each in (AYA, measured):
        assert estimate(each, "Q4_K_M", serving).total == pytest.approx(AYA_LOADED, rel=0.1)


def test_full_shape_of_nllb_is_estimated_within_a_tenth() -> None:
    assert estimate(NLLB, "int8").total == pytest.approx(NLLB_LOADED, rel=0.1)


@pytest.mark.parametrize(
    ("model", "mix", "gigabytes"),
    [
        # The sizes that the publishers' pages give.
        (LLAMA_8B, "Q8_0", 8.54),
        (LLAMA_8B, "Q6_K", 6.60),
        (LLAMA_8B, "Q5_K_M", 5.73),
        (LLAMA_8B, "Q4_K_M", 4.92),
        (LLAMA_8B, "Q3_K_L", 4.32),
        (LLAMA_8B, "Q2_K", 3.18),
        (LLAMA_8B, "IQ3_M", 3.78),
        (LLAMA_8B, "IQ2_M", 2.95),
        (LLAMA_70B, "Q4_K_M", 42.52),
        (LLAMA_70B, "Q2_K", 26.38),
        (LLAMA_70B, "IQ1_S", 15.34),
        (PHI_3, "Q4_K_M", 2.39),
        (MIXTRAL, "Q8_0", 49.62),
        (AYA_8B, "F16", 16.07),
        (AYA_8B, "Q4_K_M", AYA_FILE / GB),
    ],
)
def test_files_are_as_large_as_published(model: Architecture, mix: str, gigabytes: float) -> None:
    found = weights_bytes(model, Engine.LLAMACPP, mix)
    assert found / GB == pytest.approx(gigabytes, rel=0.005)


def test_files_of_the_catalogue_are_as_large_as_its_architectures_tell() -> None:
    # Made by a llama.cpp that mixed otherwise.
    older = {("openchat-3.5", "Q2_K")}
    published = [
        (one, offer.name, offer.file.size)
        for one in Catalogue.load().entries
        for offer in one.quantizations
        if offer.file and offer.file.size and (one.id, offer.name) not in older
    ]
    assert len(published) > 50
    for one, name, size in published:
        found = weights_bytes(one.architecture, one.engine, name)
        assert found == pytest.approx(size, rel=0.02), (one.id, name)


def test_everything_in_the_catalogue_can_be_estimated() -> None:
    for one in Catalogue.load().entries:
        for offer in one.quantizations:
            assert 0 < estimate(one, offer.name).total < required(one, offer.name)


@pytest.mark.parametrize(
    ("quantization", "of_a_weight"),
    [
        ("float32", 4),
        ("fp32", 4),
        ("float16", 2),
        ("BF16", 2),
        ("int16", 2),
        ("int8", 1),
        ("int8_float32", 1),
        ("int8_float16", 1),
    ],
)
def test_other_formats_take_their_width(quantization: str, of_a_weight: int) -> None:
    found = weights_bytes(NLLB_600M, Engine.CTRANSLATE2, quantization)
    assert found == pytest.approx(of_a_weight * NLLB_600M.parameters, rel=0.02)


def test_int4_leaves_the_embeddings_as_they_are() -> None:
    tables = 2 * LLAMA_8B.vocabulary * LLAMA_8B.dimension
    found = weights_bytes(LLAMA_8B, Engine.TRANSFORMERS, "int4")
    rest = LLAMA_8B.parameters - tables
    assert found == pytest.approx(2 * tables + rest * 4.25 / 8, rel=0.001)


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        (Engine.LLAMACPP, "int8"),
        (Engine.LLAMACPP, "Q9"),
        (Engine.CTRANSLATE2, "Q4_K_M"),
        (Engine.TRANSFORMERS, "int8_Q4"),
    ],
)
def test_what_the_engine_has_not_is_refused(engine: Engine, name: str) -> None:
    assert not is_format(engine, name)
    with pytest.raises(ValueError, match=f"{engine} has no format '{name}'"):
        weights_bytes(AYA_8B, engine, name)


@pytest.mark.parametrize("mix", sorted(MIXES))
def test_every_mix_of_every_shape_has_a_size(mix: str) -> None:
    for model in (AYA_8B, LLAMA_70B, MIXTRAL, PHI_3, MINI_LM):
        found = weights_bytes(model, Engine.LLAMACPP, mix)
        assert model.parameters / 9 < found < 4.2 * model.parameters


def test_a_full_batch_takes_what_was_measured_of_one() -> None:
    # CTranslate2, 32 texts of 64 tokens to 60, beam 2: the process grew to 1,829 MB.
    assert required(NLLB, "int8") == pytest.approx(1829 * MB, rel=0.1)
    encoder = entry(MINI_LM, "float32", engine=Engine.TRANSFORMERS)
    assert Serving.busiest(encoder).beam == 1
    assert PROCESS_BYTES < required(encoder, "float32") < 1.2 * GB


def test_given_slots_are_what_is_required() -> None:
    serving = Serving(1, 64)
    assert required(AYA, "Q2_K", serving) == (PROCESS_BYTES + estimate(AYA, "Q2_K", serving).total)


def test_the_largest_that_fits_is_recommended() -> None:
    exactly = required(AYA, "Q6_K")
    assert recommended(AYA, 64 * GB) == "Q8_0"
    assert recommended(AYA, exactly) == "Q6_K"
    assert recommended(AYA, exactly - 1) == "Q4_K_M"
    assert recommended(AYA, 1) == "Q2_K"


def test_more_memory_never_gives_a_smaller_quantization() -> None:
    every = entry(LLAMA_8B, *sorted(MIXES))
    found = [recommended(every, step * GB // 4) for step in range(1, 160)]
    sizes = [required(every, name) for name in found]
    assert sizes == sorted(sizes)
    assert len(set(found)) > 20


def test_what_is_slower_and_no_better_is_recommended_only_where_it_is_usual() -> None:
    assert recommended(entry(AYA_8B, "Q4_K_M", "F16"), 64 * GB) == "Q4_K_M"
    assert recommended(entry(AYA_8B, "F16", "Q4_K_M"), 64 * GB) == "F16"
    assert recommended(entry(AYA_8B, "F16", "Q4_K_M"), 9 * GB) == "Q4_K_M"
    assert recommended(NLLB, 64 * GB) == "int8"


def test_download_is_the_quantizations_file_or_all_files() -> None:
    published = entry(AYA_8B, *AYA_MIXES, sizes={"Q4_K_M": 5 * GB, "Q8_0": 8 * GB})
    assert download_bytes(published, "q4_k_m") == 5 * GB
    assert disk_bytes(published, "Q4_K_M") == 5 * GB
    assert download_bytes(published, "Q2_K") is None
    files = (HubFile(name="config.json", size=1000), HubFile(name="model.bin", size=GB))
    converted = NLLB.model_copy(update={"files": files})
    assert download_bytes(converted, "int8") == GB + 1000
    found = disk_bytes(converted, "int8")
    assert found == GB + 1000 + weights_bytes(NLLB_600M, Engine.CTRANSLATE2, "int8")


def test_a_size_that_is_not_known_is_none() -> None:
    assert download_bytes(NLLB, "int8") is None
    assert disk_bytes(NLLB, "int8") is None
    unknown = NLLB.model_copy(update={"files": (HubFile(name="a", size=1), HubFile(name="b"))})
    assert download_bytes(unknown, "int8") is None


def test_a_file_beside_the_quantizations_is_downloaded_too() -> None:
    offers = (QuantizationOffer(name="Q8_0", file=HubFile(name="model.gguf", size=1000)),)
    files = (HubFile(name="model.gguf", size=1000), HubFile(name="projector.gguf", size=500))
    vision = AYA.model_copy(update={"quantizations": offers, "files": files})
    assert download_bytes(vision, "Q8_0") == 1500


def test_only_active_weights_are_read_for_a_token() -> None:
    assert active_parameters(MIXTRAL) == MIXTRAL.active_parameters
    assert active_parameters(AYA_8B) == AYA_8B.parameters
    assert active_parameters(LLAMA_8B) == LLAMA_8B.parameters - 128_256 * 4096
    assert active_parameters(NLLB_600M) == pytest.approx(464 * MB, rel=0.01)
    assert active_parameters(MINI_LM) == MINI_LM.parameters
    weights = weights_bytes(AYA_8B, Engine.LLAMACPP, "Q4_K_M")
    assert active_bytes(AYA, "Q4_K_M") == weights


def demo_entry(model: str) -> Entry:
    """As its own files describe it."""
    folder = Path("models") / model / "demo"
    if model == "aya":
        (file,) = (folder / "weights").glob("*.gguf")
        header = inspect(file)
        shape = Architecture(
            name=header.architecture,
            kind=Kind.DECODER,
            parameters=header.parameters,
            layers=header.layers,
            heads=header.heads,
            kv_heads=header.kv_heads,
            dimension=header.width,
            inner_dimension=header.number(f"{header.architecture}.feed_forward_length"),
            vocabulary=header.vocabulary,
            context=header.context_length,
        )
        return entry(shape, header.quantization)
    network = json.loads((folder / "transformers" / "config.json").read_bytes())
    tensors = load_file(folder / "transformers" / "model.safetensors")
    parameters = sum(tensor.numel() for tensor in tensors.values())
    return entry(architecture(network, parameters), "int8", engine=Engine.CTRANSLATE2)


@pytest.mark.parametrize("model", DEMOS)
def test_demos_take_what_is_estimated_of_them(model: str, tmp_path: Path) -> None:
    described = demo_entry(model)
    with Demo(model, tmp_path) as server:
        measured = json.loads(ask(server, "/model")[1])["memory_bytes"]
    found = estimate(described, described.default_quantization).total
    assert abs(found - measured) <= max(0.25 * measured, 20 * MB), (found, measured)
