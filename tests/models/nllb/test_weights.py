import json
import os
import pickle
import shutil
from pathlib import Path

import pytest
from typing_extensions import override

from models.base.exceptions import InitializationError
from models.base.weights import PullRequest, WeightsError
from models.nllb import source, weights
from tests.tiny import silent

REPO = "facebook/nllb-200-distilled-600M"


@pytest.fixture
def broken(made: Path, tmp_path: Path) -> Path:
    """A copy to be broken."""
    return shutil.copytree(made, tmp_path / "weights")


def test_explicit_path_goes_before_the_store_and_the_store_before_the_demo(
    made: Path, broken: Path
) -> None:
    assert weights.resolve(made, broken).path == made
    assert weights.resolve(None, broken).path == broken
    demo = weights.resolve(None, None)
    assert (demo.path, demo.demo) == (weights.DEMO, True)
    assert set(demo.languages) == {"eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn"}


def test_broken_choice_is_an_error_and_not_the_next_choice(tmp_path: Path, made: Path) -> None:
    with pytest.raises(InitializationError, match=r"lingua-nexus\.json, model\.bin"):
        weights.resolve(tmp_path, made)


@pytest.mark.parametrize("name", [weights.MANIFEST, *weights.FILES])
def test_missing_file_is_named(broken: Path, name: str) -> None:
    (broken / name).unlink()
    with pytest.raises(InitializationError, match=f"{name} missing"):
        weights.read(broken)


@pytest.mark.parametrize("name", weights.FILES)
def test_truncated_file_is_named(broken: Path, name: str) -> None:
    os.truncate(broken / name, 10)
    with pytest.raises(InitializationError, match=rf"{name} has 10 bytes, not \d+: it is damaged"):
        weights.read(broken)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"surprise": 1}, "surprise: Extra inputs are not permitted"),
        ({"version": None}, "version: Input should be a valid string"),
        ({"languages": ["fra_Latn"]}, "languages: Tuple should have at least 2 items"),
    ],
)
def test_manifest_that_is_not_valid_is_named(
    broken: Path, change: dict[str, object], message: str
) -> None:
    manifest = json.loads((broken / weights.MANIFEST).read_bytes())
    (broken / weights.MANIFEST).write_text(json.dumps(manifest | change))
    with pytest.raises(InitializationError, match=f"is not valid: {message}"):
        weights.read(broken)


def test_manifest_that_is_no_json_is_named(broken: Path) -> None:
    (broken / weights.MANIFEST).write_text("{")
    with pytest.raises(InitializationError, match="is not valid: content: Invalid JSON"):
        weights.read(broken)


def test_converted_vocabulary_is_the_tokenizers_with_the_models_spare_rows(made: Path) -> None:
    tokenizer = json.loads((made / "tokenizer.json").read_bytes())
    pieces = weights.vocabulary(made)
    assert pieces[-2:] == ["madeupword0", "madeupword1"]
    assert all(pieces[token["id"]] == token["content"] for token in tokenizer["added_tokens"])


class _Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    @override
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_code_in_a_pickle_is_not_run(copy: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    (copy / "pytorch_model.bin").write_bytes(pickle.dumps({"lm_head.weight": _Evil(trap)}))
    with pytest.raises(WeightsError, match="cannot be converted"):
        source.plan(PullRequest(folder=copy), tmp_path / "work").make(silent)
    assert not trap.exists()


def test_truncated_weights_are_refused(copy: Path, tmp_path: Path) -> None:
    os.truncate(copy / "pytorch_model.bin", 1000)
    with pytest.raises(WeightsError, match="cannot be converted"):
        source.plan(PullRequest(folder=copy), tmp_path / "work").make(silent)


def test_tokenizer_of_another_model_is_refused(broken: Path) -> None:
    pieces = weights.vocabulary(broken)
    pieces[10], pieces[11] = pieces[11], pieces[10]
    (broken / "shared_vocabulary.json").write_text(json.dumps(pieces))
    with pytest.raises(WeightsError, match="Tokenizer and weights do not fit"):
        weights.check(broken)


def test_engine_that_cannot_load_is_said(broken: Path) -> None:
    os.truncate(broken / "model.bin", 1000)
    with pytest.raises(WeightsError, match="cannot be loaded"):
        weights.check(broken)
