import asyncio
import os
import time
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from typing_extensions import override

from bentos.lifecycle import Lifecycle, Status
from common.state.file import State, StateFile
from common.state.records import Use, Weights
from models.base.exceptions import ModelNotReadyError
from models.base.translation_model import Translation, TranslationOptions
from tests.fakes import BrokenModel, EchoModel


def gauge(name: str, model: str = "echo") -> float:
    return REGISTRY.get_sample_value(name, {"model": model}) or 0.0


async def test_it_is_ready_only_after_one_real_translation() -> None:
    model = EchoModel()
    model.gate.clear()
    lifecycle = Lifecycle(model)
    lifecycle.start()
    assert lifecycle.status is Status.LOADING
    assert not await lifecycle.is_ready()
    with pytest.raises(ModelNotReadyError, match="loading"):
        lifecycle.check()
    model.gate.set()
    await lifecycle.loaded()
    assert await lifecycle.is_ready()
    lifecycle.check()
    assert model.calls == [("Hello.", "eng_Latn", "fra_Latn")]
    await lifecycle.stop()


async def test_a_model_that_loads_and_does_not_translate_is_not_ready() -> None:
    lifecycle = Lifecycle(Mute())
    lifecycle.start()
    await lifecycle.loaded()
    assert lifecycle.status is Status.FAILED
    assert not await lifecycle.is_ready()
    await lifecycle.stop()


class Mute(EchoModel):
    """Loads, and cannot translate."""

    @override
    async def translate_in_detail(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = TranslationOptions(),  # noqa: B008 - frozen
    ) -> Translation:
        del text, source_lang, target_lang, options
        message = "internal matters"
        raise RuntimeError(message)


async def test_an_unforeseen_failure_says_nothing_of_the_inside() -> None:
    lifecycle = Lifecycle(Mute())
    lifecycle.start()
    await lifecycle.loaded()
    assert lifecycle.reason is not None
    assert "internal matters" not in lifecycle.reason
    await lifecycle.stop()


async def test_a_failed_load_says_what_the_operator_can_do() -> None:
    lifecycle = Lifecycle(BrokenModel())
    lifecycle.start()
    await lifecycle.loaded()
    assert lifecycle.status is Status.FAILED
    assert lifecycle.reason == "The weights are not there; pull them."
    with pytest.raises(ModelNotReadyError, match="failed"):
        lifecycle.check()
    await lifecycle.stop()


async def test_stopping_refuses_what_is_new_and_cleans_up() -> None:
    model = EchoModel()
    lifecycle = Lifecycle(model)
    lifecycle.start()
    await lifecycle.loaded()
    await lifecycle.stop()
    assert (model.cleaned, lifecycle.status) == (1, Status.STOPPING)
    with pytest.raises(ModelNotReadyError, match="stopping"):
        lifecycle.check()


async def test_stopping_while_it_loads_ends_the_load() -> None:
    model = EchoModel()
    model.gate.clear()
    lifecycle = Lifecycle(model)
    lifecycle.start()
    async with asyncio.timeout(5):
        await lifecycle.stop()
    assert model.cleaned == 1


async def test_metrics_show_whether_it_is_loaded_and_its_memory() -> None:
    lifecycle = Lifecycle(EchoModel())
    lifecycle.start()
    await lifecycle.loaded()
    assert gauge("translation_model_loaded") == 1
    assert gauge("translation_memory_bytes") > 1_000_000
    assert gauge("translation_memory_available_bytes") > 1_000_000
    assert 0 < time.time() - gauge("translation_start_time_seconds") < 86_400
    await lifecycle.stop()
    assert gauge("translation_model_loaded") == 0


async def test_metrics_name_the_model_as_its_bento_is_named() -> None:
    lifecycle = Lifecycle(EchoModel(), "bento-of-echo")
    lifecycle.start()
    await lifecycle.loaded()
    assert gauge("translation_model_loaded", "bento-of-echo") == 1
    await lifecycle.stop()
    assert Lifecycle(EchoModel()).label == "echo"


async def test_a_model_of_one_language_can_be_ready() -> None:
    lifecycle = Lifecycle(EchoModel(["fra_Latn"]))
    lifecycle.start()
    await lifecycle.loaded()
    assert lifecycle.status is Status.OK
    await lifecycle.stop()


def until_running(file: StateFile) -> None:
    deadline = time.monotonic() + 20
    while not file.running():
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def test_what_it_loaded_and_how_it_was_used_is_kept(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state.sqlite3")
    lifecycle = Lifecycle(EchoModel(), "bento-of-echo", file.path)
    lifecycle.used(Use(1, succeeded=True))  # before it was ever ready: no use of it
    lifecycle.start()
    await lifecycle.loaded()
    lifecycle.used(Use(0.5, succeeded=True, tokens_in=1, tokens_out=2))
    await asyncio.to_thread(until_running, file)
    weights = Weights("bento-of-echo", "echo-1", "echo/echo", "loud")
    [running] = file.running()
    assert (running.weights, running.pid) == (weights, os.getpid())
    await lifecycle.stop()
    await lifecycle.stop()
    assert file.running() == []
    [usage], [measured] = file.usage(), file.measurements()
    assert (usage.weights, usage.uses, usage.tokens_out) == (weights, 1, 2)
    assert (measured.weights, measured.memory_bytes) == (weights, 1_000_000)


async def test_weights_that_say_nothing_of_themselves_are_kept_by_what_is_known(
    tmp_path: Path,
) -> None:
    model = EchoModel()
    model.manifest = None
    lifecycle = Lifecycle(model, state_file=tmp_path / "state.sqlite3")
    lifecycle.start()
    await lifecycle.loaded()
    lifecycle.used(Use(1, succeeded=True))
    await lifecycle.stop()
    [usage] = StateFile(tmp_path / "state.sqlite3").usage()
    assert usage.weights == Weights("echo", "1.0.0", "", "")


async def test_a_model_that_failed_to_load_leaves_nothing(tmp_path: Path) -> None:
    lifecycle = Lifecycle(BrokenModel(), state_file=tmp_path / "state.sqlite3")
    lifecycle.start()
    await lifecycle.loaded()
    await lifecycle.stop()
    assert StateFile(tmp_path / "state.sqlite3").dump() == State()


async def test_where_no_state_is_kept_all_else_works() -> None:
    lifecycle = Lifecycle(EchoModel())
    lifecycle.start()
    await lifecycle.loaded()
    lifecycle.used(Use(1, succeeded=True))
    await lifecycle.stop()


async def test_a_state_file_that_cannot_be_used_keeps_nobody_from_serving(tmp_path: Path) -> None:
    lifecycle = Lifecycle(EchoModel(), state_file=tmp_path)
    lifecycle.start()
    await lifecycle.loaded()
    lifecycle.used(Use(1, succeeded=True))
    assert await lifecycle.is_ready()
    await lifecycle.stop()
