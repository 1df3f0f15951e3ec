import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import save_file

from common import downloads
from common.checksums import sha256
from models.base.weights import PullRequest, WeightsError
from models.nllb import source, weights
from tests.hub import Hub
from tests.tiny import silent

REPO = "facebook/nllb-200-distilled-600M"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, original: Path) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with Hub().running() as server:
        server.publish_folder(REPO, original)
        yield server


def plan(hub: Hub, workspace: Path, **request: object) -> source.Plan:
    client = downloads.Hub(hub.endpoint, attempts=2, pause_s=0)
    return source.plan(PullRequest(**request), workspace, client)  # type: ignore[arg-type]


def test_pulled_weights_say_where_they_come_from(hub: Hub, tmp_path: Path) -> None:
    wanted = plan(hub, tmp_path)
    read = weights.read(wanted.make(silent))
    found = hub.find(REPO)
    assert found is not None
    assert (read.source, read.revision) == (REPO, found[0])
    assert read.version == f"distilled-600m-int8-{found[0][:8]}" == wanted.description.version
    assert (read.license, read.quantization, read.demo) == ("CC-BY-NC-4.0", "int8", False)
    assert len(read.languages) == 202
    assert read.checksums["model.bin"] == sha256(read.path / "model.bin")
    assert read.sizes.keys() == {*weights.FILES}


@pytest.mark.parametrize("name", ["distilled-600M", "nllb-200-distilled-600M", None])
def test_short_names_mean_facebooks_models(hub: Hub, tmp_path: Path, name: str | None) -> None:
    assert plan(hub, tmp_path, model=name).description.source == REPO


@pytest.mark.parametrize("quantization", ["float32", "int8_float32", "float16"])
def test_quantization_is_a_choice(
    original: Path, tmp_path: Path, made: Path, quantization: str
) -> None:
    wanted = source.plan(PullRequest(folder=original, quantization=quantization), tmp_path)
    read = weights.read(wanted.make(silent))
    assert read.quantization == quantization
    larger = read.sizes["model.bin"] > 1.5 * (made / "model.bin").stat().st_size
    assert larger == quantization.startswith("float")


def test_unknown_quantization_is_refused(original: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="No quantization 'int3'; there are int8"):
        source.plan(PullRequest(folder=original, quantization="int3"), tmp_path)


def test_only_what_is_needed_is_downloaded(hub: Hub, tmp_path: Path, original: Path) -> None:
    files = {path.name: path.read_bytes() for path in original.iterdir()}
    extra = {"README.md": b"x", "flax_model.msgpack": b"x", "tf_model.h5": b"x"}
    hub.publish(REPO, files | extra)
    wanted = plan(hub, tmp_path)
    wanted.make(silent)
    fetched = {path.name for path in wanted.folder.iterdir() if path.is_file()}
    assert fetched == {"config.json", "tokenizer.json", "pytorch_model.bin"}


def test_safetensors_go_before_pickles(hub: Hub, tmp_path: Path, original: Path) -> None:
    state = torch.load(original / "pytorch_model.bin", weights_only=True)
    save_file(
        {name: tensor.clone() for name, tensor in state.items()}, tmp_path / "model.safetensors"
    )
    files = {path.name: path.read_bytes() for path in original.iterdir()}
    hub.publish(REPO, files | {"model.safetensors": (tmp_path / "model.safetensors").read_bytes()})
    wanted = plan(hub, tmp_path / "work")
    weights.read(wanted.make(silent))
    assert hub.ranges("pytorch_model.bin") == []
    assert hub.ranges("model.safetensors") == [None]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", b'{"model_type": "nllb-moe"}', "architecture is 'nllb-moe'"),
        ("config.json", b"<html>", "config.json is not a model configuration"),
        (
            "tokenizer.json",
            b'{"added_tokens": [{"content": "__en__"}]}',
            "no FLORES-200 language codes",
        ),
        ("tokenizer.json", b"[]", "not a tokenizer in the format"),
    ],
)
def test_other_models_are_refused_before_their_weights_are_downloaded(
    hub: Hub, tmp_path: Path, *, name: str, content: bytes, message: str
) -> None:
    published = hub.find(REPO)
    assert published is not None
    hub.publish(REPO, published[1] | {name: content})
    with pytest.raises(WeightsError, match=message):
        plan(hub, tmp_path)
    assert hub.ranges("pytorch_model.bin") == []


@pytest.mark.parametrize("lacking", ["config.json", "tokenizer.json", "pytorch_model.bin"])
def test_incomplete_repository_is_refused(
    hub: Hub, tmp_path: Path, original: Path, lacking: str
) -> None:
    hub.publish(
        REPO, {path.name: path.read_bytes() for path in original.iterdir() if path.name != lacking}
    )
    with pytest.raises(WeightsError, match=f"it lacks .*{lacking}"):
        plan(hub, tmp_path)


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="There is no folder"):
        source.plan(PullRequest(folder=tmp_path / "none"), tmp_path)


def test_needed_space_counts_what_is_downloaded_already(
    hub: Hub, tmp_path: Path, copy: Path
) -> None:
    wanted = plan(hub, tmp_path / "work")
    before = wanted.needed_bytes()
    shutil.copyfile(copy / "pytorch_model.bin", wanted.folder / "pytorch_model.bin")
    assert before - wanted.needed_bytes() == (copy / "pytorch_model.bin").stat().st_size


def test_missing_libraries_are_named_with_where_to_get_them(
    monkeypatch: pytest.MonkeyPatch, original: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(weights, "_TOOLS", ("json", "no_such_library"))
    with pytest.raises(
        WeightsError, match=r"needs no_such_library: pip install -r requirements-convert\.txt"
    ):
        source.plan(PullRequest(folder=original), tmp_path).check_tools()
    assert (Path(weights.__file__).parents[2] / "requirements-convert.txt").is_file()


def test_shortlist_by_script_is_recorded_and_serves(
    original: Path, tmp_path: Path, made: Path
) -> None:
    wanted = source.plan(PullRequest(folder=original, shortlist=("fra_Latn", "deu_Latn")), tmp_path)
    read = weights.read(wanted.make(silent))
    assert read.shortlist == ("fra_Latn", "deu_Latn")
    assert (read.path / "vmap.txt").is_file()
    assert read.version != weights.read(made).version


def test_shortlist_of_a_language_the_model_lacks_is_refused(original: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not speak tlh_Latn"):
        source.plan(PullRequest(folder=original, shortlist=("tlh_Latn",)), tmp_path)


@pytest.mark.parametrize(("repeated", "enough"), [(40, True), (1, False)])
def test_shortlist_of_too_little_text_is_refused(
    original: Path, tmp_path: Path, *, repeated: int, enough: bool
) -> None:
    lines = [
        "Où est la gare ?",
        "Il ne fait pas froid.",
        "Demain nous mangerons ensemble.",
    ] * repeated
    text = tmp_path / "fra.txt"
    text.write_text("\n".join(lines), encoding="utf-8")
    request = PullRequest(folder=original, shortlist=("fra_Latn",), shortlist_texts=(text,))
    wanted = source.plan(request, tmp_path / "work")
    if enough:
        assert weights.read(wanted.make(silent)).shortlist == ("fra_Latn",)
    else:
        with pytest.raises(WeightsError, match="text is too small"):
            wanted.make(silent)
