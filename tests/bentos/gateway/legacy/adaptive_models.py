"""Models for the adaptive tests: they answer from a book, and can be held or made to fail."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from typing_extensions import override

from bentos.contract import Answer, Call
from models.base.exceptions import LinguaNexusError
from models.base.request_models import DetectionResponse, TranslationRequest
from tests.bentos.gateway.fakes import Echo

ENGLISH = "The weather is very nice today, and we are going to the beach with our children."
FRENCH = "Il fait très beau aujourd'hui, et nous allons à la plage avec nos enfants."
SECOND = "Tomorrow it will rain all day, so that we shall stay at home and read books."
DEUXIEME = "Demain il pleuvra toute la journée, si bien que nous resterons à la maison pour lire."
LONG = "\n\n".join([f"{ENGLISH} {SECOND}"] * 6)
LONG_FRENCH = "\n\n".join([f"{FRENCH} {DEUXIEME}"] * 6)

Translate = Callable[[TranslationRequest], str]


def by_book(request: TranslationRequest) -> str:
    """What a good model would say."""
    return request.text.replace(ENGLISH, FRENCH).replace(SECOND, DEUXIEME)


class Book(Echo):
    """Answers by `translate`; `held` says that a call has come, and no answer until `release`."""

    def __init__(self, translate: Translate = by_book) -> None:
        super().__init__()
        self._translate = translate
        self.cached = False
        self.spoken = True
        self.failing_from: int | None = None
        self.error: Exception = LinguaNexusError("no more")
        self.hold_from: int | None = None
        self.held = asyncio.Event()
        self.release = asyncio.Event()
        self.cancelled = asyncio.Event()

    @override
    async def translate(self, request: TranslationRequest, call: Call) -> Answer:
        number = len(self.asked)
        if self.failing_from is not None and number >= self.failing_from:
            self.failure = self.error
        answer = await super().translate(request, call)
        if self.hold_from is not None and number >= self.hold_from:
            await self._hold()
        response = answer.response.model_copy(update={"translated_text": self._translate(request)})
        return replace(answer, response=response, cache="hit" if self.cached else None)

    @override
    async def detect(self, text: str, call: Call) -> DetectionResponse:
        found = await super().detect(text, call)
        return found.model_copy(update={"supported": self.spoken})

    async def _hold(self) -> None:
        self.held.set()
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    def upgrade(self, name: str, version: str) -> None:
        self._states[name] = replace(self._states[name], details={"version": version})
