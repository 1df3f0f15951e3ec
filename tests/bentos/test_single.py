import pytest

from bentos.contract import Answer, Call, Reason, Status
from bentos.errors import InternalError
from bentos.management.errors import UnknownModelError
from bentos.single import OneModel
from models.base.exceptions import EmptyTextError, ModelNotReadyError
from models.base.request_models import TranslationRequest, TranslationResponse
from tests.fakes import BrokenModel, EchoModel, Served

ASKED = TranslationRequest(text="one. two", source_lang="en", target_lang="fr")


async def loaded(model: EchoModel | None = None) -> OneModel:
    return OneModel((await Served(model).load()).translator)


@pytest.mark.parametrize(("model", "reason"), [(None, Reason.FIRST), ("echo", Reason.ASKED)])
async def test_it_is_the_only_model(model: str | None, reason: Reason) -> None:
    answer = await (await loaded()).translate(ASKED, Call(model=model))
    assert answer.response.translated_text == "ONE. TWO"
    assert (answer.model, answer.reason, answer.cache) == ("echo", reason, None)


async def test_others_are_not_known() -> None:
    models, call = await loaded(), Call(model="aya")
    for asked in (
        models.translate(ASKED, call),
        models.translate_batch([ASKED], call),
        models.detect("one", call),
        models.load("aya"),
        models.unload("aya"),
    ):
        with pytest.raises(UnknownModelError):
            await asked


async def test_each_text_of_a_batch_fails_alone() -> None:
    blank = ASKED.model_copy(update={"text": " "})
    first, second, third = await (await loaded()).translate_batch([ASKED, blank, ASKED], Call())
    assert isinstance(first, Answer)
    assert isinstance(second, EmptyTextError)
    assert isinstance(third, Answer)


async def test_what_nobody_foresaw_harms_one_text_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    served = await Served().load()
    translate = served.translator.translate

    async def stumble(request: TranslationRequest) -> TranslationResponse:
        if request.text == "stumble":
            raise RuntimeError(request.text)
        return await translate(request)

    monkeypatch.setattr(served.translator, "translate", stumble)
    bad = ASKED.model_copy(update={"text": "stumble"})
    first, second = await OneModel(served.translator).translate_batch([bad, ASKED], Call())
    assert isinstance(first, InternalError)
    assert isinstance(second, Answer)
    assert "Unforeseen" in caplog.text


async def test_its_state_is_that_of_the_service() -> None:
    served = Served()
    models = OneModel(served.translator)
    assert models.states()[0].status is Status.STARTING
    await served.load()
    (state,) = models.states()
    assert (state.name, state.status) == ("echo", Status.READY)
    assert set(state.languages) == set(served.model.languages)
    assert state.details["license"] == "MIT"
    assert await models.load("echo") == await models.unload("echo") == state
    await served.lifecycle.stop()
    assert models.states()[0].status is Status.DOWN


async def test_a_model_that_did_not_load_says_why() -> None:
    models = await loaded(BrokenModel())
    (state,) = models.states()
    assert state.status is Status.DOWN
    assert "pull" in (state.message or "")
    (outcome,) = await models.translate_batch([ASKED], Call())
    assert isinstance(outcome, ModelNotReadyError)


async def test_a_language_is_told() -> None:
    found = await (await loaded()).detect("Guten Morgen, wie geht es Ihnen heute?", Call())
    assert found.language == "deu_Latn"
