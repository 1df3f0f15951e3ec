"""What the catalogue says agrees with the models' own code, and with itself."""

import json
import re
from pathlib import Path

import pytest

from common.catalogue.catalogue import DATA, Catalogue
from common.catalogue.entry import Architecture, Engine, Entry, Family, Kind
from common.catalogue.estimate import weights_bytes
from common.catalogue.files import read
from common.languages import LANGUAGES
from models.aya import prompt, quantization
from models.aya import source as aya_source
from models.nllb import source as nllb_source
from models.nllb import weights as nllb_weights
from tests.test_bentofiles import BENTOFILES, shipped

ROOT = Path(__file__).parents[3]
OURS = Catalogue.load()
NLLB = [entry for entry in OURS.entries if entry.bento == "nllb"]
GGUF = [entry for entry in OURS.entries if entry.engine is Engine.LLAMACPP]
SIZED = [entry for entry in OURS.entries if "architecture" not in entry.unverified]


def id_of(entry: Entry) -> str:
    return entry.id


def found(name: str) -> Entry:
    entry = OURS.find(name)
    assert entry
    return entry


def in_all(model: Architecture) -> int:
    """Parameters by the layers of the architecture, for the kinds that are in the catalogue."""
    return {
        "m2m_100": _m2m_100,
        "bert": _bert,
        "cohere": _gated,
        "llama": _gated,
        "mixtral": _gated,
        "phi3": _gated,
        "lfm2": _gated,
    }[model.name](model)


def _m2m_100(model: Architecture) -> int:
    width, inner = model.dimension, model.inner_dimension
    attention, norm = 4 * (width * width + width), 2 * width
    feed_forward = 2 * width * inner + inner + width
    encoder = model.encoder_layers * (attention + feed_forward + 2 * norm)
    decoder = model.layers * (2 * attention + feed_forward + 3 * norm)
    return model.vocabulary * width + encoder + decoder + 2 * norm


def _bert(model: Architecture) -> int:
    width, inner = model.dimension, model.inner_dimension
    positions, kinds_of_text = 512, 2
    attention, norm = 4 * (width * width + width), 2 * width
    layer = attention + 2 * width * inner + inner + width + 2 * norm
    pooler = width * width + width
    return (
        (model.vocabulary + positions + kinds_of_text) * width
        + norm
        + model.layers * layer
        + pooler
    )


def _gated(model: Architecture) -> int:
    width = model.dimension
    head = width // model.heads
    keys = (model.kv_heads or model.heads) * head
    attention_layers = model.layers if model.attention_layers is None else model.attention_layers
    attention = 2 * width * width + 2 * width * keys
    experts = 8 if model.name == "mixtral" else 1
    feed_forward = 3 * width * model.inner_dimension * experts + (experts > 1) * width * experts
    norms = width if model.name == "cohere" else 2 * width  # Command-R has one norm a layer
    tables = (1 if model.tied_embeddings else 2) * model.vocabulary * width
    total = tables + attention_layers * attention + model.layers * (feed_forward + norms) + width
    if model.name == "lfm2":  # short convolutions of three tokens; a norm of queries and of keys
        total += (model.layers - attention_layers) * (4 * width * width + 3 * width)
        total += attention_layers * 2 * head
    return total


def test_every_file_holds_the_family_it_is_named_after() -> None:
    assert {file.stem for file in DATA.iterdir()} == {family.value for family in Family}
    for file in DATA.iterdir():
        assert {entry.family.value for entry in read(file)} == {file.stem}


def test_every_family_begins_with_translation_and_has_a_default() -> None:
    assert OURS.entries[0].family is Family.TRANSLATION
    assert {family: OURS.default(family).id for family in Family} == {
        Family.TRANSLATION: "nllb-200-distilled-600m",
        Family.EMBEDDING: "all-minilm-l6-v2",
        Family.CHAT: "llama-3.2-3b",
        Family.VISION: "lfm2-vl-1.6b",
    }


@pytest.mark.parametrize("bento", BENTOFILES)
def test_every_bento_of_a_model_is_in_the_catalogue_and_carries_it(bento: str) -> None:
    if (ROOT / "models" / bento / "source.py").exists():
        assert any(entry.bento == bento for entry in OURS.entries)
    files = {str(file.relative_to(ROOT)) for file in DATA.iterdir()}
    assert files <= shipped(bento)


def test_every_bento_that_is_named_exists() -> None:
    named = {entry.bento for entry in OURS.entries if entry.bento}
    assert named == {"nllb", "aya"}
    assert named <= BENTOFILES.keys()


@pytest.mark.parametrize("entry", OURS.entries, ids=id_of)
def test_languages_are_codes_of_ours(entry: Entry) -> None:
    assert set(entry.languages) <= LANGUAGES.keys()
    assert len(set(entry.languages)) == len(entry.languages)


@pytest.mark.parametrize("entry", OURS.entries, ids=id_of)
def test_a_description_is_short_sentences(entry: Entry) -> None:
    assert re.fullmatch(r"[A-Z].{10,250}\.", entry.description)


@pytest.mark.parametrize("entry", NLLB, ids=id_of)
def test_nllb_offers_what_pulling_it_makes(entry: Entry) -> None:
    assert tuple(offer.name for offer in entry.quantizations) == nllb_weights.QUANTIZATIONS
    assert entry.default_quantization == nllb_source.DEFAULT_QUANTIZATION
    assert entry.license == nllb_source.LICENSE
    assert {offer.file for offer in entry.quantizations} == {None}
    assert len(entry.languages) == 202


def test_what_is_pulled_as_nllb_by_itself_is_the_default() -> None:
    assert found("nllb").repository == nllb_source.DEFAULT_MODEL
    assert found("nllb") == OURS.default(Family.TRANSLATION)
    assert len(NLLB) == 4


@pytest.mark.parametrize("entry", NLLB, ids=id_of)
def test_nllb_speaks_what_its_tokenizer_knows(entry: Entry) -> None:
    file = ROOT / "models" / "nllb" / "demo" / "weights" / "tokenizer.json"
    added = [token["content"] for token in json.loads(file.read_text())["added_tokens"]]
    codes = {code for code in added if re.fullmatch(r"[a-z]{3}_[A-Z][a-z]{3}", code)}
    assert codes <= set(entry.languages)
    assert codes


def test_aya_offers_what_pulling_it_takes() -> None:
    aya = found("aya")
    assert (aya.repository, aya.license) == (aya_source.REPOSITORY, aya_source.LICENSE)
    assert set(aya_source.ALIASES) <= set(aya.aliases)
    assert aya.languages == tuple(prompt.NAMES)
    for offer in aya.quantizations:
        assert offer.name in quantization.ORDER
        assert offer.file
        named = re.fullmatch(r"aya-expanse-8b-(\w+)\.gguf", offer.file.name)
        assert named
        assert named[1].upper() == offer.name


def test_ayas_architecture_is_the_one_its_memory_is_reckoned_with() -> None:
    assert found("aya").architecture == quantization.EXPANSE_8B


@pytest.mark.parametrize("entry", SIZED, ids=id_of)
def test_parameters_are_those_of_the_architecture(entry: Entry) -> None:
    model = entry.architecture
    counted = in_all(model)
    assert model.parameters == counted


@pytest.mark.parametrize("entry", OURS.entries, ids=id_of)
def test_only_a_mixture_computes_with_some_of_its_parameters(entry: Entry) -> None:
    model = entry.architecture
    assert (model.active_parameters is not None) == (model.name == "mixtral")
    assert (model.active_parameters or 0) < model.parameters


@pytest.mark.parametrize(
    "name", ["nllb-200-distilled-600m", "nllb-200-1.3b", "nllb-200-distilled-1.3b"]
)
def test_nllbs_file_is_its_parameters_in_float32(name: str) -> None:
    entry = found(name)
    [size] = [file.size for file in entry.files if file.name.endswith(".bin")]
    assert size
    assert size == pytest.approx(4 * entry.architecture.parameters, rel=0.005)


def test_the_largest_nllb_holds_its_embeddings_three_times() -> None:
    entry = found("nllb-200-3.3b")
    model = entry.architecture
    size = sum(file.size or 0 for file in entry.files if file.name.endswith(".bin"))
    extra = 2 * model.vocabulary * model.dimension
    assert size == pytest.approx(4 * (model.parameters + extra), rel=0.005)


@pytest.mark.parametrize("entry", GGUF, ids=id_of)
def test_each_quantization_is_one_file_of_a_plausible_size(entry: Entry) -> None:
    files = [offer.file for offer in entry.quantizations]
    names = {file.name for file in files if file}
    assert len(names) == len(files)
    for file in files:
        assert file
        assert file.name.endswith(".gguf")
        bits = 8 * (file.size or 0) / entry.architecture.parameters
        assert not file.size or 2.3 < bits < 16.2


@pytest.mark.parametrize("entry", GGUF, ids=id_of)
def test_published_sizes_are_what_the_architecture_and_the_mix_come_to(entry: Entry) -> None:
    for offer in entry.quantizations:
        of_an_older_mix = (entry.id, offer.name) == ("openchat-3.5", "Q2_K")
        if offer.file and offer.file.size and not of_an_older_mix:
            expected = weights_bytes(entry.architecture, entry.engine, offer.name)
            assert expected == pytest.approx(offer.file.size, rel=0.01), offer.name


@pytest.mark.parametrize("entry", OURS.entries, ids=id_of)
def test_a_size_that_is_unknown_is_not_rounded_and_a_rounded_one_is(entry: Entry) -> None:
    files = [*entry.files, *(offer.file for offer in entry.quantizations if offer.file)]
    for file in files:
        digits = len(str(file.size or 0).rstrip("0"))
        assert digits <= 3 if file.rounded else (file.size or 0) < 1000
        assert file.size or not file.rounded


@pytest.mark.parametrize("entry", OURS.entries, ids=id_of)
def test_files_of_unknown_size_are_called_unverified(entry: Entry) -> None:
    if any(file.size is None for file in entry.files):
        assert "files" in entry.unverified
    sizes = [offer.file.size for offer in entry.quantizations if offer.file]
    if sizes and not any(sizes):
        assert "quantizations" in entry.unverified


def test_what_the_embeddings_are_made_of() -> None:
    shapes = {
        entry.id: (entry.architecture.dimension, entry.architecture.context)
        for entry in OURS.entries
        if entry.family is Family.EMBEDDING and entry.engine is Engine.TRANSFORMERS
    }
    assert shapes == {
        "all-minilm-l6-v2": (384, 256),
        "bert-base-uncased": (768, 512),
        "e5-small-v2": (384, 512),
        "instructor-base": (768, 512),
    }
    assert {entry.architecture.kind for entry in OURS.entries if entry.family == "embedding"} == {
        Kind.ENCODER
    }


def test_the_chat_models_that_were_asked_for_are_there() -> None:
    wanted = ["mixtral-8x7b-instruct", "hermes-2", "openchat-3.5", "phi-3-mini", "llama-3.2-1b"]
    wanted += ["llama-3.2-3b", "llama-3.1-8b", "llama-3.1-70b", "lfm2"]
    assert {found(name).family for name in wanted} == {Family.CHAT}
    assert found("lfm2-embedding").family is Family.EMBEDDING
    assert found("lfm2-vl").family is Family.VISION
