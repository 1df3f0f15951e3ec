import logging
from pathlib import Path

import pytest
from typing_extensions import override

from models.aya.loading import llamacpp, load_first
from models.aya.settings import AyaSettings
from models.base.exceptions import InitializationError
from models.engines.llamacpp.contract import EngineFailedError, EngineLoadError
from tests.models.aya.conftest import folder_of_weights
from tests.models.aya.fakes import FakeEngine, Seen


class Engines:
    """Makes fakes; those whose file is larger than there is room for do not load."""

    def __init__(self, room: float = float("inf")) -> None:
        self.room = room
        self.made: list[FakeEngine] = []
        self.settings: list[AyaSettings] = []
        self.failure: Exception | None = None

    def __call__(self, path: Path, settings: AyaSettings) -> FakeEngine:
        self.settings.append(settings)
        engine = FakeEngine(self._answer)
        if path.stat().st_size > self.room:
            engine.broken = EngineLoadError("There is no room.")
        self.made.append(engine)
        return engine

    def _answer(self, _: Seen) -> str:
        if self.failure is not None:
            raise self.failure
        return "Salut."


async def test_what_is_loaded_has_translated_once(tiny: Path) -> None:
    engines = Engines()
    loaded = await load_first(AyaSettings(model_path=tiny), None, engines)
    assert [seen.text for seen in engines.made[0].seen] == ["Hello."]
    assert loaded.origin == "tests/tiny"
    assert loaded.limits.request == loaded.engine.request_tokens


async def test_weights_that_do_not_load_are_refused_with_the_reason(tiny: Path) -> None:
    engines = Engines(room=0)
    with pytest.raises(InitializationError, match="no room"):
        await load_first(AyaSettings(model_path=tiny), None, engines)
    assert engines.made[0].is_closed


async def test_weights_that_load_and_cannot_translate_are_refused(tiny: Path) -> None:
    engines = Engines()
    engines.failure = EngineFailedError("broken")
    with pytest.raises(InitializationError, match="cannot translate"):
        await load_first(AyaSettings(model_path=tiny), None, engines)
    assert engines.made[0].is_closed


async def test_an_engine_is_closed_whatever_happens(tiny: Path) -> None:
    engines = Engines()
    engines.failure = RuntimeError("unforeseen")
    with pytest.raises(RuntimeError):
        await load_first(AyaSettings(model_path=tiny), None, engines)
    assert engines.made[0].is_closed


async def test_the_next_smaller_weights_are_loaded_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    large = folder_of_weights(tmp_path / "store" / "large", layers=3)
    small = folder_of_weights(tmp_path / "store" / "small", layers=1)
    engines = Engines(room=(small / "tiny.gguf").stat().st_size)
    with caplog.at_level(logging.WARNING):
        loaded = await load_first(AyaSettings(), large, engines)
    assert loaded.weights.path.parent == small
    assert loaded.origin == "tests/tiny (in place of large)"
    assert "large cannot be served" in caplog.text
    assert [engine.is_closed for engine in engines.made] == [True, False]


class _WithoutTurns(FakeEngine):
    @override
    def tokenize(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        return super().tokenize(text)


async def test_weights_whose_turns_are_no_tokens_are_refused(tiny: Path) -> None:
    with pytest.raises(InitializationError, match="no such turn tokens: <BOS_TOKEN>"):
        await load_first(AyaSettings(model_path=tiny), None, lambda *_: _WithoutTurns())


async def test_the_demo_has_longer_steps_unless_they_are_set(tiny: Path, tiny_demo: Path) -> None:
    engines = Engines()
    for path, most in ((tiny, None), (tiny_demo, None), (tiny_demo, 32)):
        await load_first(AyaSettings(model_path=path, prefill_tokens=most), None, engines)
    assert [settings.prefill_tokens for settings in engines.settings] == [None, 256, 32]


async def test_the_engine_gets_what_is_set(tiny: Path) -> None:
    settings = AyaSettings(slots=2, context_tokens=512, threads=1, gpu_layers=0)
    engine = llamacpp(tiny / "tiny.gguf", settings)
    await engine.start()
    assert engine.request_tokens == 512
    assert engine.ready
    await engine.close()
