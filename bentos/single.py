"""The model of one Bento as fronts see models behind a gateway; routes nothing."""

import asyncio
from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from bentos.auth import Keyring
from bentos.backing import Backing
from bentos.contract import Answer, Call, Models, ModelState, Reason, Status
from bentos.files.jobs import FileJobs
from bentos.files.settings import FileSettings
from bentos.glossaries.settings import GlossarySettings
from bentos.glossaries.store import GlossaryStore
from bentos.lifecycle import Status as Life
from bentos.management.errors import UnknownModelError
from bentos.management.manager import Manager
from bentos.shapes import ModelResponse
from bentos.single_chat import OneChat
from bentos.translator import Translator
from models.base.exceptions import LinguaNexusError
from models.base.request_models import DetectionResponse, TranslationRequest, TranslationResponse

_STATUSES: Final = {
    Life.LOADING: Status.STARTING,
    Life.OK: Status.READY,
    Life.FAILED: Status.DOWN,
    Life.STOPPING: Status.DOWN,
}


def backing_of(translator: Translator) -> Backing:
    """What stands behind the fronts of a Bento."""
    models = OneModel(translator)
    return Backing(
        label=translator.label,
        models=models,
        chats=OneChat(translator),
        manager=Manager(),
        settings=translator.settings,
        keyring=Keyring.of(translator.settings),
        files=FileJobs(models, FileSettings(), label=translator.label),
        glossaries=GlossaryStore(translator.settings.state_file, GlossarySettings()),
    )


class OneModel(Models):
    """Always there under one name; loading and unloading change nothing."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    @override
    async def translate(self, request: TranslationRequest, call: Call) -> Answer:
        reason = self._named(call.model)
        return self._answer(await self._translator.translate(request), reason)

    @override
    async def translate_batch(
        self, requests: Sequence[TranslationRequest], call: Call
    ) -> list[Answer | LinguaNexusError]:
        reason = self._named(call.model)
        outcomes = await asyncio.gather(*map(self._translator.outcome, requests))
        return [
            one if isinstance(one, LinguaNexusError) else self._answer(one, reason)
            for one in outcomes
        ]

    @override
    async def detect(self, text: str, call: Call) -> DetectionResponse:
        self._named(call.model)
        return await self._translator.detect(text)

    @override
    def states(self) -> Sequence[ModelState]:
        info = self._translator.model.get_model_info()
        details = self._translator.model.get_model_details()
        described = ModelResponse(**info.model_dump(), **details.model_dump())
        state = ModelState(
            name=self._translator.label,
            status=_STATUSES[self._translator.lifecycle.status],
            message=self._translator.lifecycle.reason,
            languages=tuple(info.supported_languages),
            details=described.model_dump(mode="json"),
        )
        return [state]

    @override
    async def load(self, name: str) -> ModelState:
        self._named(name)
        return self.states()[0]

    @override
    async def unload(self, name: str) -> ModelState:
        return await self.load(name)

    def _answer(self, response: TranslationResponse, reason: Reason) -> Answer:
        return Answer(response=response, model=self._translator.label, reason=reason)

    def _named(self, model: str | None) -> Reason:
        """Why it is this one.

        Raises:
            UnknownModelError: It was another that was asked for.
        """
        if model is None:
            return Reason.FIRST
        if model not in {self._translator.label, self._translator.name}:
            raise UnknownModelError(model)
        return Reason.ASKED
