"""Models whose use is counted against their callers' quotas; translates nothing itself."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from bentos.contract import Answer, Call, ModelState
from bentos.gateway.asking import Outcome
from bentos.gateway.batch import Item
from bentos.gateway.quotas import Quotas
from bentos.gateway.routed import RoutedModels, Streamed
from models.base.exceptions import LinguaNexusError
from models.base.request_models import DetectionResponse, TranslationRequest


class MeteredModels:
    """As the models behind it; a text that fails, or is given up, costs nothing.

    Translating raises `QuotaExceededError` too.
    """

    def __init__(self, models: RoutedModels, quotas: Quotas) -> None:
        self._models = models
        self._quotas = quotas

    async def translate(self, request: TranslationRequest, call: Call) -> Answer:
        with self._charged(request, call):
            return await self._models.translate(request, call)

    async def translate_batch(
        self, requests: Sequence[TranslationRequest], call: Call
    ) -> list[Outcome]:
        return await self.translate_mixed([(request, call) for request in requests])

    async def translate_mixed(self, items: Sequence[Item]) -> list[Outcome]:
        """As `translate_batch`, each item with a call of its own."""
        outcomes: list[Outcome | None] = [None] * len(items)
        charges = {}
        for place, (request, call) in enumerate(items):
            try:
                charges[place] = self._quotas.take(call.caller, len(request.text))
            except LinguaNexusError as error:
                outcomes[place] = error
        asked: list[Outcome] = []
        try:
            asked = await self._models.translate_mixed([items[place] for place in charges])
        finally:
            outcomes_by_place = dict(zip(charges, asked, strict=False))
            for place, charge in charges.items():
                if not isinstance(outcomes_by_place.get(place), Answer):
                    self._quotas.give_back(charge)
        return [
            outcomes_by_place[place] if outcome is None else outcome
            for place, outcome in enumerate(outcomes)
        ]

    @asynccontextmanager
    async def stream(
        self, request: TranslationRequest, call: Call
    ) -> AsyncGenerator[Streamed, None]:
        """One that has begun is paid for."""
        begun = False
        charge = self._quotas.take(call.caller, len(request.text))
        try:
            async with self._models.stream(request, call) as streamed:
                begun = True
                yield streamed
        finally:
            if not begun:
                self._quotas.give_back(charge)

    async def detect(self, text: str, call: Call) -> DetectionResponse:
        return await self._models.detect(text, call)

    def states(self) -> Sequence[ModelState]:
        return self._models.states()

    async def load(self, name: str) -> ModelState:
        return await self._models.load(name)

    async def unload(self, name: str) -> ModelState:
        return await self._models.unload(name)

    def keep_alive(self, name: str, seconds: float | None) -> ModelState:
        """How long a model on demand stays once nobody uses it; None: for good."""
        return self._models.keep_alive(name, seconds)

    @contextmanager
    def _charged(self, request: TranslationRequest, call: Call) -> Iterator[None]:
        charge = self._quotas.take(call.caller, len(request.text))
        try:
            yield
        except BaseException:
            self._quotas.give_back(charge)
            raise
