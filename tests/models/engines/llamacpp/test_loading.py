from pathlib import Path

import pytest

from models.engines.llamacpp.context import Context
from models.engines.llamacpp.contract import EngineLoadError, EngineSettings
from models.engines.llamacpp.loading import layers_to_try, load
from models.engines.llamacpp.model import LoadedModel
from tests.tiny_gguf import tiny_gguf

SMALL = EngineSettings(slots=2, context_tokens=4096, prefix_tokens=0, threads=1)


@pytest.mark.parametrize(
    ("set_", "has_gpu", "first", "last"), [(-1, True, 999, 0), (-1, False, 0, 0), (7, True, 7, 7)]
)
def test_all_layers_that_fit_go_to_the_gpu(set_: int, has_gpu: bool, first: int, last: int) -> None:
    layers = layers_to_try(set_, has_gpu=has_gpu)
    assert (layers[0], layers[-1]) == (first, last)
    assert list(layers) == sorted(layers, reverse=True)


def test_request_may_not_be_longer_than_the_model_was_trained_for(tmp_path: Path) -> None:
    loaded = load(tiny_gguf(tmp_path, context=512), SMALL, Context)
    assert (loaded.settings.context_tokens, loaded.settings.cells) == (512, 1024)
    loaded.close()


def test_context_without_room_is_an_error_of_loading(tmp_path: Path) -> None:
    def no_room(model: LoadedModel, settings: EngineSettings) -> Context:
        raise EngineLoadError(f"no room for {settings.cells} cells of {model.facts.name}")

    with pytest.raises(EngineLoadError, match="no room for 2048 cells of Tiny"):
        load(tiny_gguf(tmp_path), SMALL, no_room)


def test_fewer_layers_are_tried_until_they_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[EngineSettings] = []

    def at_third(model: LoadedModel, settings: EngineSettings) -> Context:
        tried.append(settings)
        if len(tried) < 3:
            raise EngineLoadError("no room")
        return Context(model, settings)

    monkeypatch.setattr(
        "models.engines.llamacpp.loading.layers_to_try",
        lambda layers, *, has_gpu: layers_to_try(layers, has_gpu=has_gpu or True),
    )
    loaded = load(tiny_gguf(tmp_path), SMALL, at_third)
    assert len(tried) == 3
    loaded.close()
