"""Several texts of one request, translated together; knows no API's shapes."""

from collections.abc import Sequence

from pydantic import ValidationError

from bentos.contract import Answer, Call, Models
from bentos.validation import invalid
from models.base.exceptions import LinguaNexusError
from models.base.request_models import TextFormat, TranslationRequest
from models.base.translation_model import TranslationOptions


async def translate_all(
    models: Models,
    texts: Sequence[str],
    call: Call,
    *,
    source: str,
    target: str,
    text_format: TextFormat = "text",
    options: TranslationOptions | None = None,
) -> list[Answer | None]:
    """One answer a text, in order; None: it stays as it is, being blank or in its target language.

    Raises:
        LinguaNexusError: What one of them, the first, fails with.
    """
    if source == target:
        return [None] * len(texts)
    asked = {"source_lang": source, "target_lang": target, "format": text_format}
    places = [place for place, text in enumerate(texts) if text.strip()]
    requests = [_request({**asked, "text": texts[place]}, options) for place in places]
    answers: list[Answer | None] = [None] * len(texts)
    for place, outcome in zip(places, await _outcomes(models, requests, call), strict=True):
        if isinstance(outcome, LinguaNexusError):
            raise outcome
        answers[place] = outcome
    return answers


async def _outcomes(
    models: Models, requests: Sequence[TranslationRequest], call: Call
) -> list[Answer | LinguaNexusError]:
    if not requests:
        return []
    if len(requests) == 1:
        return [await models.translate(requests[0], call)]
    return await models.translate_batch(requests, call)


def _request(asked: dict[str, str], options: TranslationOptions | None) -> TranslationRequest:
    try:
        return TranslationRequest.model_validate(
            {**asked, "options": options or TranslationOptions()}
        )
    except ValidationError as error:
        raise invalid(error.errors(include_input=False, include_url=False)) from None
