"""A file's texts through the models, a few at a time; knows nothing of files or their jobs."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Final

from bentos.contract import Answer, Call, Models
from bentos.errors import BackendError, QuotaExceededError, RateLimitedError
from bentos.files.job import FileRequest, KeptText, Report
from bentos.languages import AUTO, UNDETERMINED
from common.files.document import FileText
from common.languages import find
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    InitializationError,
    LinguaNexusError,
    ModelNotReadyError,
    OverloadedError,
    SameLanguageError,
    UnsupportedLanguageError,
)
from models.base.request_models import TranslationRequest
from models.base.translation_model import TranslationOptions, WarningCode

_CHUNK_CHARS: Final = 3000
"""So few that a slow model answers in time, and that others' texts come between."""
_CHUNK_TEXTS: Final = 24
_SAMPLE_CHARS: Final = 10_000
_MOST_KEPT: Final = 1000
_BROKEN_TRIES: Final = 3
_RETRY_AFTER: Final = "retry_after_s"
_TAG: Final = re.compile(r"<[^<>]*>")
# Not one text's fault: the others would fail likewise.
_OF_ALL: Final = (
    *(InitializationError, ModelNotReadyError, OverloadedError, QuotaExceededError),
    *(RateLimitedError, SameLanguageError, UnsupportedLanguageError),
)

Outcome = Answer | LinguaNexusError
Sleep = Callable[[float], Awaitable[None]]


class FileTranslation:
    """One file's texts; `run` once. `report` says meanwhile how far it is."""

    def __init__(
        self,
        models: Models,
        call: Call,
        wanted: FileRequest,
        *,
        patience_s: float,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._models = models
        self._call = call
        self._wanted = wanted
        self._patience_s = patience_s
        self._sleep = sleep
        self._chunk_chars = _CHUNK_CHARS
        self.report = Report()

    async def run(self, texts: Sequence[FileText]) -> list[str]:
        """A translation for each text, in order; what holds no letter stays as it is.

        Raises:
            LinguaNexusError: A text could not be translated, and such were not to be kept.
        """
        places: dict[FileText, list[int]] = {}
        for place, text in enumerate(texts):
            if any(map(str.isalpha, text.text)):
                places.setdefault(text, []).append(place)
        self.report.texts = sum(map(len, places.values()))
        self.report.characters = sum(len(text.text) for text in places)
        translations = [text.text for text in texts]
        source = await self._source(places) if places else None
        if source is not None:
            for chunk in self._chunks(places):
                outcomes = await self._translated([self._request(text, source) for text in chunk])
                for text, outcome in zip(chunk, outcomes, strict=True):
                    done = self._taken(outcome, text, places[text])
                    for place in places[text]:
                        translations[place] = done
        self.report.texts_done = self.report.texts
        self.report.characters_done = self.report.characters
        return translations

    async def _source(self, texts: Iterable[FileText]) -> str | None:
        """The language of all texts: one alone may be too short to tell. None: leave them."""
        if self._wanted.source_lang.strip().lower() != AUTO:
            return self._wanted.source_lang
        found = await self._models.detect(_sample(texts), self._call)
        self.report.detected_source_lang = found.language
        if found.language == UNDETERMINED:
            self._warn(WarningCode.LOW_CONFIDENCE)
            return None
        target = find(self._wanted.target_lang)
        if target is not None and target.code == found.language:
            self._warn(WarningCode.SAME_LANGUAGE)
            return None
        return found.language

    def _request(self, text: FileText, source: str) -> TranslationRequest:
        return TranslationRequest(
            text=text.text,
            source_lang=source,
            target_lang=self._wanted.target_lang,
            format=text.format,
            options=self._options(text.text),
        )

    def _options(self, text: str) -> TranslationOptions:
        options = self._wanted.options
        if self._wanted.terms_of is None:
            return options
        terms = {**self._wanted.terms_of(text), **(options.glossary or {})}
        return options.model_copy(update={"glossary": terms or None})

    async def _translated(self, requests: Sequence[TranslationRequest]) -> list[Outcome]:
        """What took too long together with others is tried again by itself."""
        outcomes = await self._patiently(requests)
        for place, outcome in enumerate(outcomes):
            if isinstance(outcome, DeadlineExceededError) and len(requests) > 1:
                self._chunk_chars = min(self._chunk_chars, sum(map(_length, requests)) // 2)
                [outcomes[place]] = await self._patiently([requests[place]])
        return outcomes

    def _chunks(self, texts: Iterable[FileText]) -> Iterator[list[FileText]]:
        """Smaller ones as soon as one was too much to be answered in time."""
        chunk: list[FileText] = []
        characters = 0
        for text in texts:
            too_much = characters + len(text.text) > self._chunk_chars
            if chunk and (too_much or len(chunk) == _CHUNK_TEXTS):
                yield chunk
                chunk, characters = [], 0
            chunk.append(text)
            characters += len(text.text)
        if chunk:
            yield chunk

    async def _patiently(self, requests: Sequence[TranslationRequest]) -> list[Outcome]:
        """Tries again as long as it is only not now, and there is patience left."""
        left_s, broken = self._patience_s, 0
        outcomes = await self._asked(requests)
        while again := {place: one for place, one in enumerate(outcomes) if _passes(one)}:
            broken += any(isinstance(one, BackendError) for one in again.values())
            wait_s = max(map(_wait_s, again.values()))
            if wait_s > left_s or broken == _BROKEN_TRIES:
                break
            left_s -= wait_s
            await self._sleep(wait_s)
            asked = await self._asked([requests[place] for place in again])
            for place, outcome in zip(again, asked, strict=True):
                outcomes[place] = outcome
        return outcomes

    async def _asked(self, requests: Sequence[TranslationRequest]) -> list[Outcome]:
        try:
            return await self._models.translate_batch(requests, self._call)
        except LinguaNexusError as error:
            return [error] * len(requests)

    def _taken(self, outcome: Outcome, text: FileText, places: Sequence[int]) -> str:
        """The text as it is to stand in the file.

        Raises:
            LinguaNexusError: It could not be translated, and is not to be kept.
        """
        self.report.texts_done += len(places)
        self.report.characters_done += len(text.text)
        if isinstance(outcome, Answer):
            self._note(outcome)
            return outcome.response.translated_text
        if not isinstance(outcome, EmptyTextError):  # that is markup with no words in it
            if self._wanted.on_error == "fail" or isinstance(outcome, _OF_ALL):
                raise outcome
            kept = [KeptText(place, outcome.code, outcome.message) for place in places]
            self.report.kept += kept[: _MOST_KEPT - len(self.report.kept)]
        return text.text

    def _note(self, answer: Answer) -> None:
        self.report.model = answer.model
        for warning in answer.response.warnings:
            self._warn(warning.code)
        if answer.response.glossary is not None:
            self.report.applied |= dict.fromkeys(answer.response.glossary.applied)
            self.report.missed |= dict.fromkeys(answer.response.glossary.missed)

    def _warn(self, code: WarningCode) -> None:
        self.report.warnings[code] = self.report.warnings.get(code, 0) + 1


def _passes(outcome: Outcome) -> bool:
    """Whether the same may go well a little later."""
    if isinstance(outcome, OverloadedError | ModelNotReadyError | RateLimitedError):
        return _RETRY_AFTER in outcome.details
    return isinstance(outcome, BackendError)


def _wait_s(outcome: Outcome) -> float:
    said = outcome.details.get(_RETRY_AFTER) if isinstance(outcome, LinguaNexusError) else None
    return max(1.0, float(said)) if isinstance(said, int | float) else 1.0


def _length(request: TranslationRequest) -> int:
    return len(request.text)


def _sample(texts: Iterable[FileText]) -> str:
    """The beginning of what a reader sees of the texts."""
    parts: list[str] = []
    characters = 0
    for text in texts:
        if characters >= _SAMPLE_CHARS:
            break
        # Of markup so much more that words are among it, and no more than is looked through soon.
        part = text.text[: 10 * _SAMPLE_CHARS]
        if text.format in {"html", "xml"}:
            part = _TAG.sub(" ", part)
        parts.append(part[:_SAMPLE_CHARS])
        characters += len(parts[-1])
    return "\n".join(parts)
