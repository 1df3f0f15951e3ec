"""What becomes of a request: languages, limits, deadline, metrics; nothing of HTTP or BentoML."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager
from dataclasses import dataclass
from typing import Final, cast

from pydantic import JsonValue, ValidationError

from bentos import marked
from bentos.deadline import within
from bentos.errors import InternalError, detail_of, status_of
from bentos.languages import Choice, LanguageChooser
from bentos.lifecycle import Lifecycle
from bentos.validation import check_items, check_text, invalid
from common import logs, metrics
from common.markup.document import Marked
from common.settings import ServiceSettings
from common.state.records import Use
from models.base.confidence import text_confidence
from models.base.exceptions import LinguaNexusError
from models.base.request_models import (
    BatchItemResult,
    BatchResponse,
    DetectionResponse,
    TranslationRequest,
    TranslationResponse,
)
from models.base.translation_model import SegmentTranslation, Translation, TranslationModel

_OK: Final = "ok"
_CANCELLED: Final = "cancelled"
_SERVERS_FAULT: Final = 500

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Account:
    """What metrics and statistics learn of one text when it is done."""

    characters_in: int
    translation: Translation | None = None
    response: TranslationResponse | None = None
    is_use: bool = True
    """Neither a caller's mistake nor his leaving tells anything of the model."""


class Translator:
    """Serves any number of callers at once; each may be cancelled at any moment."""

    def __init__(
        self, model: TranslationModel, settings: ServiceSettings, lifecycle: Lifecycle
    ) -> None:
        self.model = model
        self.lifecycle = lifecycle
        self.settings = settings
        self.languages = LanguageChooser(model)
        self.name = model.get_model_info().name
        self.label = lifecycle.label

    async def translate(self, request: TranslationRequest) -> TranslationResponse:
        began = time.perf_counter()
        with self._counted(request) as account:
            async with self._deadline():
                choice, marked_up = await self._choose(request)
                translation = Translation(request.text)
                if not choice.unchanged:
                    asked = (choice.source, choice.target, request.options)
                    if marked_up is None:
                        translation = await self.model.translate_in_detail(request.text, *asked)
                    else:
                        translation = await marked.translate(marked_up, self.model, *asked)
            account.translation = translation
            account.response = self._response(choice, translation, began)
            return account.response

    async def stream(
        self, request: TranslationRequest
    ) -> AsyncGenerator[SegmentTranslation | TranslationResponse, None]:
        """Each segment as it is done, then the whole."""
        began = time.perf_counter()
        done: list[SegmentTranslation] = []
        with self._counted(request) as account:
            marked.check_stream(request)
            async with self._deadline():
                choice, _ = await self._choose(request)
            if not choice.unchanged:
                segments = self.model.stream(
                    request.text, choice.source, choice.target, request.options
                )
                async with aclosing(cast("AsyncGenerator[SegmentTranslation]", segments)) as stream:
                    while (segment := await self._next(stream)) is not None:
                        done.append(segment)
                        yield segment
            whole = Translation(request.text) if choice.unchanged else Translation.of(done)
            account.translation = whole
            account.response = self._response(choice, whole, began)
            yield account.response

    async def translate_batch(self, items: Sequence[object]) -> BatchResponse:
        """One result an item, in order; each fails alone.

        Raises:
            TextTooLongError: There are more items than allowed.
            ModelNotReadyError: None of them could be served.
        """
        check_items(len(items), self.settings.max_batch_items)
        self.lifecycle.check()
        return BatchResponse(results=await asyncio.gather(*map(self._item, items)))

    async def outcome(self, request: TranslationRequest) -> TranslationResponse | LinguaNexusError:
        """One text of many, which fails alone, whatever happens to it."""
        try:
            return await self.translate(request)
        except LinguaNexusError as error:
            return error
        except Exception:
            logger.exception("Unforeseen error in an item of a batch")
            return InternalError()

    async def detect(self, text: str) -> DetectionResponse:
        check_text(text, self.settings.max_text_chars)
        return await self.languages.detect(text)

    async def _item(self, item: object) -> BatchItemResult:
        outcome: TranslationResponse | LinguaNexusError
        if isinstance(item, LinguaNexusError):  # whoever asks has found it wrong already
            outcome = item
        else:
            try:
                outcome = await self.outcome(TranslationRequest.model_validate(item))
            except ValidationError as error:
                outcome = invalid(error.errors(include_input=False, include_url=False))
        if isinstance(outcome, LinguaNexusError):
            return BatchItemResult(error=detail_of(outcome, logs.request_id.get()))
        return BatchItemResult(result=outcome)

    async def _choose(self, request: TranslationRequest) -> tuple[Choice, Marked | None]:
        """The languages, and the text in its format; None: it is plain."""
        check_text(request.text, self.settings.max_text_chars)
        self.lifecycle.check()
        document = await marked.read(request)
        if document is not None:  # names of tags are in no language
            request = request.model_copy(update={"text": document.visible()})
        return await self.languages.choose(request), document

    async def _next(self, stream: AsyncIterator[SegmentTranslation]) -> SegmentTranslation | None:
        async with self._deadline():
            return await anext(stream, None)

    def _deadline(self) -> AbstractAsyncContextManager[object]:
        return within(self.settings.timeout_s)

    @contextmanager
    def _counted(self, request: TranslationRequest) -> Iterator[_Account]:
        account = _Account(len(request.text))
        outcome, began = InternalError.code, time.perf_counter()
        try:
            yield account
            outcome = _OK
        except LinguaNexusError as error:
            outcome, account.is_use = error.code, status_of(error) >= _SERVERS_FAULT
            raise
        except (asyncio.CancelledError, GeneratorExit):
            outcome, account.is_use = _CANCELLED, False
            raise
        finally:
            seconds = time.perf_counter() - began
            metrics.REQUESTS.labels(self.label, outcome).inc()
            metrics.REQUEST_SECONDS.labels(self.label).observe(seconds)
            self._count(account)
            if account.is_use:
                done = account.translation or Translation("")
                use = Use(seconds, outcome == _OK, done.tokens_in, done.tokens_out)
                self.lifecycle.used(use)

    def _count(self, account: _Account) -> None:
        if account.response is None:
            return
        written = len(account.response.translated_text)
        metrics.CHARACTERS.labels(self.label, "in").inc(account.characters_in)
        metrics.CHARACTERS.labels(self.label, "out").inc(written)
        for warning in account.response.warnings:
            metrics.WARNINGS.labels(self.label, warning.code).inc()
        if isinstance(sure := account.response.metadata.get("confidence"), float):
            metrics.CONFIDENCE.labels(self.label).observe(sure)

    def _response(
        self, choice: Choice, translation: Translation, began: float
    ) -> TranslationResponse:
        return TranslationResponse(
            translated_text=translation.text,
            source_lang=choice.source,
            target_lang=choice.target,
            detected_source_lang=choice.detected,
            confidence=choice.confidence,
            model_name=self.name,
            processing_time_ms=round((time.perf_counter() - began) * 1000, 3),
            warnings=[*choice.warnings, *translation.warnings],
            metadata={
                "segments": len(translation.segments),
                "tokens_in": translation.tokens_in,
                "tokens_out": translation.tokens_out,
                "demo": self.model.get_model_details().demo,
                **self._scores(translation),
            },
            alternatives=list(translation.alternatives),
            glossary=translation.glossary,
        )

    def _scores(self, translation: Translation) -> dict[str, JsonValue]:
        """How sure the model is of the text and of its segments; nothing where it cannot tell."""
        segments = translation.segments
        whole = text_confidence((one.confidence, len(one.source)) for one in segments)
        if whole is None:
            return {}
        manifest = self.model.get_manifest()
        return {
            "confidence": whole,
            "confidence_calibrated": bool(manifest and manifest.calibration),
            "segment_confidences": [one.confidence for one in segments],
        }
