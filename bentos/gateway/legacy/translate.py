"""`/translate` and `/detect` as each of the predecessor's servers took them, handler by handler."""

from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from bentos.gateway.legacy.endpoint import Asked
from bentos.gateway.legacy.errors import Json, RefusedError, refused
from bentos.gateway.legacy.languages import AUTO, iso_of, spoken
from bentos.gateway.legacy.models import AYA, prefers, usable
from bentos.gateway.legacy.profiles import Profile
from bentos.gateway.legacy.shapes import AyaRequest, DetectRequest, MainRequest, SingleRequest
from bentos.gateway.legacy.translation import Wanted, require_usable, translate
from models.base.exceptions import LinguaNexusError

_SHOWN: Final = 100


async def main(asked: Asked) -> Response:
    """Refuses what is blank, or in the target language by the caller's own word."""
    body: MainRequest = asked.body
    require_usable(asked.states, Profile.MAIN)
    if not (text := body.text.strip()):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "Empty text provided")
    wanted = Wanted(
        server=Profile.MAIN, text=text, source=body.source_lang, target=body.target_lang
    )
    done = await translate(asked, wanted, _differ)
    return Json(done.body, headers=done.headers)


async def single(asked: Asked) -> Response:
    """Of the first model that is configured."""
    body: SingleRequest = asked.body
    wanted = Wanted(
        server=Profile.SINGLE,
        text=body.text,
        source=body.source_lang,
        target=body.target_lang,
        shown_model=asked.states[0].name if asked.states else "model",
    )
    done = await translate(asked, wanted)
    return Json(done.body, headers=done.headers)


async def aya(asked: Asked) -> Response:
    """Of Aya, where the gateway has it."""
    body: AyaRequest = asked.body
    state = prefers(asked.states, AYA)
    wanted = Wanted(
        server=Profile.AYA,
        text=body.text,
        source=AUTO if body.source_lang is None else body.source_lang,
        target=body.target_lang,
        model=state.name if state else None,
    )
    done = await translate(asked, wanted)
    return Json(done.body, headers=done.headers)


async def detect(asked: Asked) -> Response:
    """English where no language can be told, as it always was."""
    body: DetectRequest = asked.body
    require_usable(asked.states, Profile.SINGLE)
    name = next(state.name for state in asked.states if usable(state))
    try:
        found = await asked.models.detect(body.text, asked.call())
    except LinguaNexusError as error:
        raise refused(error, Profile.SINGLE, name) from error
    return Json(
        {
            "text": body.text[:_SHOWN] + ("..." if len(body.text) > _SHOWN else ""),
            "detected_language": iso_of(spoken(found.language)),
            "confidence": found.confidence,
            "model": name,
        }
    )


def _differ(wanted: Wanted, source: str | None, target: str) -> None:
    del wanted
    if source == target:
        message = "Source and target languages cannot be the same"
        raise RefusedError(HTTPStatus.BAD_REQUEST, message)
