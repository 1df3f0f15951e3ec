"""Services on loopback that answer as a translation Bento does, and fleets of them."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bentos.errors import body_of, status_of
from bentos.gateway.configuration import Configuration
from bentos.gateway.fleet import Fleet
from models.base.exceptions import LinguaNexusError
from models.base.request_models import (
    BatchItemResult,
    BatchResponse,
    TranslationRequest,
    TranslationResponse,
)
from tests.bentos.gateway.services import Answer, Exchange, Service

_SPOKEN = json.dumps(
    {"languages": [{"code": code} for code in ("eng_Latn", "fra_Latn", "deu_Latn")]}
).encode()

Outcome = TranslationResponse | LinguaNexusError
Translating = Callable[[dict[str, Any]], Outcome]


def response(text: str, model: str = "demo", **changes: Any) -> TranslationResponse:
    given: dict[str, Any] = {
        "translated_text": text,
        "source_lang": "eng_Latn",
        "target_lang": "fra_Latn",
        "detected_source_lang": None,
        "confidence": None,
        "model_name": model,
        "processing_time_ms": 1.5,
        "warnings": [],
        "metadata": {"demo": True},
    }
    return TranslationResponse.model_validate(given | changes)


def request(text: str = "hello", source: str = "en", target: str = "fr") -> TranslationRequest:
    return TranslationRequest(text=text, source_lang=source, target_lang=target)


def warning(code: str) -> dict[str, str]:
    return {"code": code, "message": "m"}


class Speaker:
    """Answers `NAME: text`, or what `translating` says of the request."""

    def __init__(self, name: str, translating: Translating | None = None) -> None:
        self.name = name
        self.translating = translating or self.say
        self.texts: list[str | list[str]] = []
        """Of each request; of a batch a list."""
        self.instead: Answer | None = None
        """Answers in its place."""

    def say(self, asked: dict[str, Any]) -> Outcome:
        return response(f"{self.name}: {asked['text']}", self.name)

    async def __call__(self, exchange: Exchange) -> None:
        asked = json.loads(exchange.request.body)
        batch = isinstance(asked, list)
        self.texts.append([one["text"] for one in asked] if batch else asked["text"])
        if self.instead is not None:
            await self.instead(exchange)
        elif batch:
            await answer_batch(exchange, [self.translating(one) for one in asked])
        elif exchange.request.path == "/translate/stream":
            await self._stream(exchange, self.translating(asked))
        else:
            await answer(exchange, self.translating(asked))

    async def _stream(self, exchange: Exchange, outcome: Outcome) -> None:
        if isinstance(outcome, LinguaNexusError):
            await answer(exchange, outcome)
            return
        await exchange.begin()
        await exchange.chunk(f"event: segment\ndata: {outcome.translated_text}\n\n".encode())
        await exchange.chunk(b"event: done\ndata: {}\n\n")
        await exchange.chunk(b"")


async def answer(exchange: Exchange, outcome: Outcome) -> None:
    if isinstance(outcome, LinguaNexusError):
        body = body_of(outcome).model_dump_json().encode()
        await exchange.reply(status_of(outcome), body, "Content-Type: application/json")
    else:
        await exchange.reply(200, outcome.model_dump_json().encode())


async def answer_batch(exchange: Exchange, outcomes: Sequence[Outcome]) -> None:
    results = [
        BatchItemResult(error=body_of(one).error)
        if isinstance(one, LinguaNexusError)
        else BatchItemResult(result=one)
        for one in outcomes
    ]
    await exchange.reply(200, BatchResponse(results=results).model_dump_json().encode())


def nobody(name: str) -> Sequence[str]:
    raise AssertionError(f"{name} is not on demand.")


@asynccontextmanager
async def served(*speakers: Speaker) -> AsyncIterator[dict[str, Service]]:
    """A service of each, by its name; it speaks English, French and German."""
    services = {speaker.name: Service(speaker, name=speaker.name) for speaker in speakers}
    for service in services.values():
        service.languages = _SPOKEN
        await service.start()
    try:
        yield services
    finally:
        for service in services.values():
            await service.stop()


def configured(services: dict[str, Service], **more: Any) -> Configuration:
    """Each under its name, the first the default."""
    backends = {name: {"urls": [service.url]} for name, service in services.items()}
    return Configuration.model_validate({"backends": backends, **more})


@asynccontextmanager
async def fleet_of(configuration: Configuration) -> AsyncIterator[Fleet]:
    fleet = Fleet(configuration, nobody)
    await fleet.start()
    try:
        yield fleet
    finally:
        await fleet.stop()
