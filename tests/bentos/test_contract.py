"""The contract's defaults are those of a gateway that was told nothing."""

from bentos.contract import Call, Models, ModelState, Status
from models.base.exceptions import LinguaNexusError
from models.base.request_models import TranslationRequest
from tests.bentos.gateway.fakes import Echo


def _of(models: Models) -> Models:
    return models


async def test_a_batch_has_an_outcome_for_each() -> None:
    models = _of(Echo())
    good = TranslationRequest(text="Hello.", source_lang="eng_Latn", target_lang="fra_Latn")
    bad = good.model_copy(update={"target_lang": "xx"})
    outcomes = await models.translate_batch([good, bad], Call())
    assert not isinstance(outcomes[0], LinguaNexusError)
    assert outcomes[0].response.translated_text == "[fra_Latn] Hello."
    assert isinstance(outcomes[1], LinguaNexusError)


def test_nothing_is_known_of_a_model_at_first() -> None:
    state = ModelState(name="nllb", status=Status.COLD)
    assert (state.languages, dict(state.details), state.on_demand) == ((), {}, False)
