"""Texts as the models behind the gateway write them; reads what they send, and writes none."""

import json
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Final, Protocol

from typing_extensions import override

from bentos.chat import AUTO, Chats, Chunks, Writing, begun, check, whole
from bentos.contract import Answer, Call
from bentos.gateway.asking import Asker
from bentos.gateway.backend import Backend
from bentos.gateway.chat_events import read_answer, read_translation
from bentos.gateway.configuration import Configuration
from bentos.gateway.fleet import Fleet
from bentos.gateway.passthrough import Streams
from bentos.gateway.quotas import Charge, Quotas
from bentos.management.errors import UnknownModelError
from common.settings import ServiceSettings
from models.base.chat_model import ChatChunk, ChatRequest, ChatUnsupportedError
from models.base.request_models import TranslationRequest

_PATH: Final = "/v1/chat/completions"
_TEXT_PATH: Final = "/v1/completions"
_NO_LIMIT: Final = 2**31 - 1


class Translating(Streams, Protocol):
    """Where translations come from, whole or as streams."""

    async def translate(self, request: TranslationRequest, call: Call) -> Answer: ...


class GatewayChats(Chats):
    """Of the models of a fleet; `configuration` gives the one in force."""

    def __init__(
        self,
        fleet: Fleet,
        configuration: Callable[[], Configuration],
        models: Translating,
        settings: ServiceSettings,
        *,
        quotas: Quotas | None = None,
    ) -> None:
        self._fleet, self._configuration, self._models = fleet, configuration, models
        self._asker = Asker(fleet, None, settings.timeout_s)
        self._most_characters = settings.max_text_chars
        self._quotas = quotas

    @override
    async def chat(self, request: ChatRequest, call: Call) -> Writing:
        check(request, self._most_characters)
        name = self._named(call)
        charge = self._quotas.take(call.caller, request.characters) if self._quotas else None
        try:
            return await begun(name, self._answered(name, request, call))
        except BaseException:
            self._give_back(charge)
            raise

    @override
    async def translate(self, request: TranslationRequest, call: Call) -> Writing:
        if request.format != "text":
            answer = await self._models.translate(request, call)
            return await begun(answer.model, _once(whole(answer.response)))
        model: list[str] = []
        writing = await begun("", self._translated(request, call, model))
        writing.model = model[0]
        return writing

    async def _answered(self, name: str, request: ChatRequest, call: Call) -> Chunks:
        path = _PATH if request.prompt is None else _TEXT_PATH
        body = asked(request)

        def body_of(backend: Backend) -> bytes:
            details = backend.state().details
            if details and details.get("chat") is not True:
                raise ChatUnsupportedError(name)
            return json.dumps({"model": details.get("name") or AUTO, **body}).encode()

        async with (
            self._asker.opened(name, path, call, body_of) as sent,
            aclosing(read_answer(sent)) as chunks,
        ):
            async for chunk in chunks:
                yield chunk

    async def _translated(
        self, request: TranslationRequest, call: Call, model: list[str]
    ) -> Chunks:
        async with self._models.stream(request, call) as streamed:
            model.append(streamed.attempt.model)
            async with aclosing(read_translation(streamed.chunks)) as chunks:
                async for chunk in chunks:
                    yield chunk

    def _named(self, call: Call) -> str:
        """The model asked for; else the first that is known to chat, or the default."""
        configuration = self._configuration()
        if call.model is None:
            states = self._fleet.states()
            chatting = [name for name, state in states.items() if state.details.get("chat") is True]
            return next(iter(chatting), configuration.names[0])
        found = configuration.find(call.model)
        if found is None:
            raise UnknownModelError(call.model)
        return found

    def _give_back(self, charge: Charge | None) -> None:
        if self._quotas is not None and charge is not None:
            self._quotas.give_back(charge)


def asked(request: ChatRequest) -> dict[str, Any]:
    """What a model's service is asked, but for its own name."""
    options = request.options
    given = {
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "top_p": options.top_p,
        "top_k": options.top_k,
        "min_p": options.min_p,
        "repeat_penalty": options.repeat_penalty,
        "seed": options.seed,
        "stop": list(options.stop) or None,
    }
    body: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    if request.prompt is not None:
        # What leaves it out there is given few: see the API's own default.
        return {"prompt": request.prompt, "max_tokens": _NO_LIMIT, **body}
    messages = [{"role": one.role.value, "content": one.content} for one in request.messages]
    return {"messages": messages, **body}


async def _once(chunk: ChatChunk) -> Chunks:
    yield chunk
