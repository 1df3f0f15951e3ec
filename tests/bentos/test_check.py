import pytest
from typing_extensions import override

from bentos.base import TranslationServiceBase
from bentos.check import check, main
from models.base.exceptions import InitializationError
from models.base.translation_model import ModelInfo, TranslationModel


class Doubling(TranslationModel):
    """Says everything twice; counts its lives."""

    def __init__(self) -> None:
        self.lives: list[str] = []

    @override
    async def initialize(self) -> None:
        self.lives.append("initialize")

    @override
    async def translate(self, text: str, source_lang: str, target_lang: str) -> str:
        self.lives.append("translate")
        return text + text

    @override
    async def health_check(self) -> bool:
        return True

    @override
    def get_model_info(self) -> ModelInfo:
        return ModelInfo(
            name="doubling",
            version="3",
            supported_languages=["eng_Latn", "fra_Latn"],
            max_tokens=9,
            memory_requirements="none",
            description="",
        )

    @override
    async def cleanup(self) -> None:
        self.lives.append("cleanup")


class Broken(Doubling):
    """Loads, but cannot translate."""

    @override
    async def translate(self, text: str, source_lang: str, target_lang: str) -> str:
        raise InitializationError("The weights are of another model.")


class Service(TranslationServiceBase):
    """Around whatever model it is given."""

    def __init__(self, model: TranslationModel) -> None:
        self._given = model
        super().__init__()

    @override
    def create_model(self) -> TranslationModel:
        return self._given


async def test_model_is_loaded_asked_once_and_cleaned_up() -> None:
    model = Doubling()
    assert await check(Service(model)) == "doubling 3: 2 languages"
    assert model.lives == ["initialize", "translate", "cleanup"]


async def test_model_that_cannot_translate_does_not_pass_and_is_cleaned_up() -> None:
    model = Broken()
    with pytest.raises(InitializationError, match="another model"):
        await check(Service(model))
    assert model.lives[-1] == "cleanup"


def test_command_loads_a_real_bento(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bentos.nllb:NLLBService"]) == 0
    assert capsys.readouterr().out.startswith("nllb ")


def test_command_fails_where_the_weights_are_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NLLB_MODEL_PATH", "nowhere")
    assert main(["bentos.nllb:NLLBService"]) == 1
    assert "nowhere" in capsys.readouterr().err
