"""What every translation Bento is: a model's life, the mounted app, BentoML's own endpoints."""

import asyncio
from abc import ABC, abstractmethod
from typing import Any, ClassVar, cast

import bentoml
from fastapi import FastAPI
from pydantic import JsonValue
from starlette.responses import JSONResponse

from bentos.app import bind, create_app
from bentos.errors import response_of
from bentos.files.jobs import FileJobs
from bentos.front import NATIVE, Front, nothing
from bentos.lifecycle import Lifecycle
from bentos.orphan import end_with_parent
from bentos.translator import Translator
from common import logs
from common.settings import ServiceSettings
from models.base.exceptions import LinguaNexusError
from models.base.guarded_model import GuardedModel
from models.base.request_models import BatchResponse, TranslationRequest, TranslationResponse
from models.base.translation_model import TranslationModel


class TranslationServiceBase(ABC):
    """A subclass names its model; `publish` then gives its service the HTTP surface."""

    app: ClassVar[FastAPI | None] = None
    label: ClassVar[str | None] = None
    """The Bento's name, which is the model's in metrics."""

    def __init__(self) -> None:
        self.settings = ServiceSettings()
        self.model = self.create_model()
        self.lifecycle = Lifecycle(self.model, self.label, self.settings.state_file)
        guarded = GuardedModel(self.model, self.label, retry=self.settings.retry_lost)
        self.translator = Translator(guarded, self.settings, self.lifecycle)
        self._files: FileJobs | None = None
        self._watch: asyncio.Task[None] | None = None

    @abstractmethod
    def create_model(self) -> TranslationModel:
        """The model, not loaded yet."""

    @bentoml.on_deployment
    @staticmethod
    def check_settings() -> None:
        """Ends `bentoml serve` at once where a worker would be started again and again."""
        Front(nothing, model_name="")

    @bentoml.on_startup
    async def start(self) -> None:
        """Loads in the background: probes are answered meanwhile."""
        if self.app is None:
            message = f"{type(self).__name__} was not published: it would serve without its guards."
            raise RuntimeError(message)
        logs.configure(self.settings)
        self._files = bind(self.app, self.translator).files
        await self._files.start()
        self._watch = asyncio.create_task(end_with_parent())
        self.lifecycle.start()

    @bentoml.on_shutdown
    async def stop(self) -> None:
        """Called once the requests that were begun are answered."""
        if self._watch is not None:
            self._watch.cancel()
        if self._files is not None:
            await self._files.stop()
        await self.lifecycle.stop()

    async def __is_ready__(self) -> bool:
        return await self.lifecycle.is_ready()

    @bentoml.api(route=f"{NATIVE}translate")
    async def translate(self, request: TranslationRequest, /) -> TranslationResponse:
        try:
            return await self.translator.translate(request)
        except LinguaNexusError as error:
            return cast("TranslationResponse", _failed(error))

    @bentoml.api(route=f"{NATIVE}translate_batch")
    async def translate_batch(self, requests: list[dict[str, JsonValue]]) -> BatchResponse:
        try:
            return await self.translator.translate_batch(requests)
        except LinguaNexusError as error:
            return cast("BatchResponse", _failed(error))


def publish(service: Any) -> None:  # noqa: ANN401 - BentoML's decorator hides what it returns
    """Mount the app into a service, and put the guards before all of it."""
    app = create_app(service.name, {api.route: ("POST",) for api in service.apis.values()})
    service.inner.app, service.inner.label = app, service.name
    bentoml.asgi_app(app)(service)
    service.add_asgi_middleware(Front, model_name=service.name)


def _failed(error: LinguaNexusError) -> JSONResponse:
    """The one error body. BentoML passes a response on, and has three bodies for what is raised."""
    return response_of(error, logs.request_id.get())
