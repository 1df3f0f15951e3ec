"""Models that a test holds in its hand: what they answer, and when."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from bentos.contract import Answer, Call, ModelState
from models.base.exceptions import LinguaNexusError
from models.base.glossary_use import GlossaryUse
from models.base.request_models import DetectionResponse, TranslationRequest, TranslationResponse
from models.base.translation_model import TranslationWarning, WarningCode

Failing = Callable[[TranslationRequest], LinguaNexusError | None]


def never(request: TranslationRequest) -> None:
    del request


class ShoutingModels:
    """Answers in capitals once `gate` is set; `failing` says which text fails, and how."""

    def __init__(self, failing: Failing = never, language: str = "eng_Latn") -> None:
        self.failing = failing
        self.language = language
        self.asked: Callable[[], object] = lambda: None
        """Called with each batch."""
        self.refusal: LinguaNexusError | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.busy = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.batches: list[list[TranslationRequest]] = []
        self.samples: list[str] = []

    async def translate(self, request: TranslationRequest, call: Call) -> Answer:
        [outcome] = await self.translate_batch([request], call)
        if isinstance(outcome, LinguaNexusError):
            raise outcome
        return outcome

    async def translate_batch(
        self, requests: Sequence[TranslationRequest], call: Call
    ) -> list[Answer | LinguaNexusError]:
        self.batches.append(list(requests))
        self.asked()
        self.busy.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.refusal is not None:
            raise self.refusal
        return [self.failing(one) or self._answer(one, call) for one in requests]

    async def detect(self, text: str, call: Call) -> DetectionResponse:
        del call
        self.samples.append(text)
        return DetectionResponse(
            language=self.language, confidence=0.9, supported=True, candidates=[]
        )

    def states(self) -> Sequence[ModelState]:
        return []

    async def load(self, name: str) -> ModelState:
        raise NotImplementedError(name)

    async def unload(self, name: str) -> ModelState:
        raise NotImplementedError(name)

    def _answer(self, request: TranslationRequest, call: Call) -> Answer:
        terms = tuple(request.options.glossary or ())
        response = TranslationResponse(
            translated_text=request.text.upper(),
            source_lang=request.source_lang,
            target_lang=request.target_lang,
            detected_source_lang=None,
            confidence=None,
            model_name="shout",
            processing_time_ms=1,
            warnings=[TranslationWarning(code=WarningCode.REPETITION, message="Again.")],
            glossary=GlossaryUse(terms[:1], terms[1:]) if terms else None,
            metadata={},
        )
        return Answer(response=response, model=call.model or "shout")


async def until(holds: Callable[[], bool]) -> None:
    """Waits for what nobody announces."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - a timer's work and a thread's have no event
            await asyncio.sleep(0.005)


def files_in(folder: Path) -> list[Path]:
    """All that is kept below a folder, but for locks."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]


def break_folder(folder: Path) -> None:
    """Take away the place where files are kept."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
