import json
import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from models.base.exceptions import InitializationError
from models.nllb.loading import find, limits_of, load
from models.nllb.settings import NLLBSettings
from models.nllb.weights import DEMO, read

ON_CPU = NLLBSettings(device="cpu", threads=1)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return shutil.copytree(DEMO, tmp_path / "weights")


def test_what_was_loaded_is_told_and_can_be_freed() -> None:
    loaded = load(read(DEMO), ON_CPU)
    assert loaded.backend.device == "cpu"
    assert loaded.backend.compute_type.startswith("int8")
    assert loaded.weights.demo
    loaded.backend.close()


def memory_of_the_demo() -> int:
    return load(read(DEMO), ON_CPU).memory_bytes


def test_the_memory_that_loading_adds_is_measured() -> None:
    # In a process of its own: one that has freed a model before needs no new memory for the next.
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawning) as pool:
        added = pool.submit(memory_of_the_demo).result()
    assert (DEMO / "model.bin").stat().st_size < added < 2**30


def test_a_path_in_the_settings_goes_before_the_store(weights: Path) -> None:
    set_path = NLLBSettings(model_path=weights)
    assert find(set_path, DEMO).path == weights
    assert find(NLLBSettings(), weights).path == weights
    assert find(NLLBSettings(), None).path == DEMO


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json", "config.json"])
def test_a_missing_file_is_named(weights: Path, name: str) -> None:
    (weights / name).unlink()
    with pytest.raises(InitializationError, match=name):
        find(NLLBSettings(model_path=weights), None)


def test_a_broken_model_is_refused(weights: Path) -> None:
    size = (weights / "model.bin").stat().st_size
    (weights / "model.bin").write_bytes(b"no model".ljust(size))
    with pytest.raises(InitializationError, match="CTranslate2 cannot load"):
        load(read(weights).model_copy(), ON_CPU)


def test_a_model_that_was_cut_short_is_refused(weights: Path) -> None:
    (weights / "model.bin").write_bytes(b"no model")
    with pytest.raises(InitializationError, match="8 bytes"):
        read(weights)


def test_a_broken_tokenizer_is_refused(weights: Path) -> None:
    size = (weights / "tokenizer.json").stat().st_size
    (weights / "tokenizer.json").write_text("{}".ljust(size))
    with pytest.raises(InitializationError, match=r"tokenizer\.json"):
        load(read(weights), ON_CPU)


def test_languages_the_tokenizer_lacks_are_refused(weights: Path) -> None:
    described = read(weights).model_copy(update={"languages": ("eng_Latn", "xxx_Latn")})
    with pytest.raises(InitializationError, match="xxx_Latn"):
        load(described, ON_CPU)


def test_a_vocabulary_that_is_not_the_models_is_refused(weights: Path) -> None:
    pieces = json.loads((weights / "shared_vocabulary.json").read_text(encoding="utf-8"))
    size = (weights / "shared_vocabulary.json").stat().st_size
    (weights / "shared_vocabulary.json").write_text(json.dumps(pieces[:100]).ljust(size))
    with pytest.raises(InitializationError, match=r"CTranslate2|vocabulary"):
        load(read(weights), ON_CPU)


def test_a_shortlist_needs_its_file(weights: Path) -> None:
    (weights / "vmap.txt").unlink(missing_ok=True)
    with pytest.raises(InitializationError, match=r"vmap\.txt"):
        load(read(weights), NLLBSettings(device="cpu", shortlist=True))


def test_an_arithmetic_the_machine_has_not_is_refused() -> None:
    with pytest.raises(InitializationError, match="float16"):
        load(read(DEMO), NLLBSettings(device="cpu", compute_type="float16"))


def test_transformers_finds_its_own_format(tmp_path: Path) -> None:
    with pytest.raises(InitializationError, match="transformers' format"):
        find(NLLBSettings(engine="transformers", model_path=tmp_path), None)
    demo = find(NLLBSettings(engine="transformers"), None)
    assert demo.demo
    assert demo.calibration == read(DEMO).calibration is not None
    assert set(demo.languages) == {"eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn"}
    elsewhere = find(NLLBSettings(engine="transformers", model_path=demo.path.resolve()), None)
    assert elsewhere.path == demo.path


def test_limits_suit_the_weights_and_can_be_set() -> None:
    full, demo = (limits_of(NLLBSettings(), demo=demo) for demo in (False, True))
    assert full.segment_tokens == 512
    assert demo.segment_tokens < full.segment_tokens
    wanted = NLLBSettings(max_segment_tokens=1000, max_output_tokens=1020)
    assert limits_of(wanted, demo=False).output_pieces == 1020
    # The demo's engine has 512 positions, and fails beyond them.
    assert limits_of(wanted, demo=True).segment_tokens == 512
    assert limits_of(wanted, demo=True).output_pieces == 510
