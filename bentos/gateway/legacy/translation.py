"""One text translated as the predecessor's servers were asked to; not how each is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from bentos.contract import Answer, ModelState
from bentos.gateway.legacy.endpoint import Asked
from bentos.gateway.legacy.errors import VOICES, RefusedError, refused
from bentos.gateway.legacy.languages import AUTO, iso_of, language_of, name_of, spoken
from bentos.gateway.legacy.models import device_of, usable
from bentos.gateway.legacy.profiles import Profile
from models.base.exceptions import (
    LinguaNexusError,
    UnsupportedLanguageError,
)
from models.base.request_models import TranslationRequest, TranslationResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A translation as it was asked for: languages in the caller's own spelling."""

    server: Profile
    text: str
    source: str | None
    """`auto`, or None where the server takes that for it."""
    target: str
    model: str | None = None
    """The gateway's name; None: the configuration decides."""
    shown_model: str = "model"
    """As error messages name it."""

    @property
    def detects(self) -> bool:
        return self.source == AUTO

    def unsupported(self, *, target: bool) -> RefusedError:
        """One of the languages is unknown, or the model's not."""
        if self.server is not Profile.MULTIMODEL:
            side, code = ("target", self.target) if target else ("source", self.source)
            message = f"Unsupported {side} language: {code}"
        elif self.detects and target:
            name = self.shown_model
            message = f"Model '{name}' does not support target language '{self.target}'"
        else:
            pair = f"from '{self.source}' to '{self.target}'"
            message = f"Model '{self.shown_model}' does not support translation {pair}"
        return RefusedError(HTTPStatus.BAD_REQUEST, message)


@dataclass(frozen=True, slots=True)
class Done:
    """A translation, and what every server's answer says of it."""

    body: dict[str, Any]
    headers: Mapping[str, str]


Check = Callable[[Wanted, str | None, str], None]
"""A server's own rule over the two codes; raises what it refuses with."""


def require_usable(states: list[ModelState], server: Profile) -> None:
    """Before anything else is looked at.

    Raises:
        RefusedError: No model can answer.
    """
    if not any(map(usable, states)):
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, VOICES[server].not_ready)


async def translate(asked: Asked, wanted: Wanted, check: Check | None = None) -> Done:
    """Translate, or refuse in the server's words.

    Raises:
        RefusedError: It cannot be done.
    """
    require_usable(asked.states, wanted.server)
    source, target = _codes(wanted)
    if check is not None:
        check(wanted, source, target)
    if source == target:
        return _done(wanted, _unchanged(asked, wanted, target), asked.states)
    request = TranslationRequest(text=wanted.text, source_lang=source or AUTO, target_lang=target)
    try:
        answer = await asked.models.translate(request, asked.call(wanted.model))
    except UnsupportedLanguageError as error:
        raise _unspoken(wanted, error, target) from error
    except LinguaNexusError as error:
        raise refused(error, wanted.server, wanted.shown_model) from error
    return _done(wanted, answer, asked.states)


def _codes(wanted: Wanted) -> tuple[str | None, str]:
    """FLORES-200 of both; None: to be detected. `auto` is left to a server's own check."""
    source = None if wanted.detects else language_of(str(wanted.source))
    if source is None and not wanted.detects:
        raise wanted.unsupported(target=False)
    target = language_of(wanted.target)
    if target is None and wanted.server is Profile.MAIN and wanted.target == AUTO:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "Target language cannot be 'auto'")
    if target is None:
        raise wanted.unsupported(target=True)
    return source.code if source else None, target.code


def _unspoken(wanted: Wanted, error: UnsupportedLanguageError, target: str) -> RefusedError:
    language = error.details.get("language")
    if language == target:
        return wanted.unsupported(target=True)
    if not wanted.detects or not isinstance(language, str):
        return wanted.unsupported(target=False)
    found = language if wanted.server is Profile.MAIN else iso_of(language)
    named = Wanted(
        server=wanted.server,
        text=wanted.text,
        source=found,
        target=wanted.target,
        shown_model=wanted.shown_model,
    )
    return named.unsupported(target=False)


def _unchanged(asked: Asked, wanted: Wanted, code: str) -> Answer:
    """Both languages are one: there is nothing to ask a model."""
    name = wanted.model or next(state.name for state in asked.states if usable(state))
    response = TranslationResponse(
        translated_text=wanted.text,
        source_lang=code,
        target_lang=code,
        detected_source_lang=None,
        confidence=None,
        model_name=name,
        processing_time_ms=0,
        warnings=[],
        metadata={},
    )
    return Answer(response=response, model=name)


def _done(wanted: Wanted, answer: Answer, states: Sequence[ModelState]) -> Done:
    """The members of all servers' answers: whoever reads one finds his."""
    response = answer.response
    detected = spoken(response.detected_source_lang) if wanted.detects else None
    body = {
        "translated_text": response.translated_text,
        "detected_source": detected or wanted.source,
        "time_ms": max(1, round(response.processing_time_ms)),
        "detected_source_lang": iso_of(detected) if detected else None,
        "processing_time_ms": response.processing_time_ms,
        "model_used": answer.model,
        "source_lang": wanted.source,
        "target_lang": wanted.target,
        "model_name": response.model_name,
        "confidence": None,
        "confidence_score": None,
        "metadata": _metadata(answer, detected or response.source_lang, states),
    }
    return Done(body, {"X-Cache": answer.cache} if answer.cache else {})


def _metadata(answer: Answer, source: str, states: Sequence[ModelState]) -> dict[str, Any]:
    response = answer.response
    state = next((state for state in states if state.name == answer.model), None)
    return {
        **response.metadata,
        "source_lang_code": source,
        "target_lang_code": response.target_lang,
        "source_lang_name": name_of(source),
        "target_lang_name": name_of(response.target_lang),
        "device": device_of(state),
        "reason": answer.reason,
        "arm": answer.arm,
        "warnings": [warning.model_dump(mode="json") for warning in response.warnings],
    }
