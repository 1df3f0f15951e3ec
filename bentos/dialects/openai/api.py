"""The operations of OpenAI's API that are spoken; what they answer is written elsewhere."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from bentos.backing import Backing
from bentos.contract import ModelState
from bentos.dialects import conversing
from bentos.dialects.bound import Bound
from bentos.dialects.conversing import STARTED, Work
from bentos.dialects.dialect import Dialect
from bentos.dialects.openai import failures
from bentos.dialects.openai.answers import (
    chat_completion,
    chat_events,
    text_completion,
    text_events,
)
from bentos.dialects.openai.requests import (
    ChatCompletionRequest,
    CompletionRequest,
    EmbeddingRequest,
    TextCompletionRequest,
)
from bentos.dialects.openai.responses import (
    ChatCompletion,
    ModelObject,
    ModelPage,
    TextCompletion,
)
from bentos.dialects.streamed import StreamedText
from bentos.errors import InvalidRequestError
from bentos.management.errors import UnknownModelError
from bentos.validation import check_items
from models.base.chat_model import ChatMessage, ChatRequest, Role
from models.base.exceptions import LinguaNexusError

_EVENTS: Final = "text/event-stream"
_ROLES: Final = {"developer": Role.SYSTEM}
_USUAL_TOKENS: Final = 16
"""Of a completion that is not of a chat, where nothing is said."""
_READ: Final = failures.statuses(400, 404, 408, 413, 502, 503, 504)
_WRITE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {_EVENTS: {}}},
    **failures.statuses(),
}

Body = TypeVar("Body", bound=CompletionRequest)

router = APIRouter(strict_content_type=False)


class OpenAI(Dialect):
    """The part of it that has to do with texts."""

    name = "OpenAI"
    bases = ("/v1", "/openai/v1", "/ollama/v1")
    router = router

    @override
    def status_of(self, error: LinguaNexusError) -> int:
        return failures.status_of(error)

    @override
    def body_of(self, error: LinguaNexusError, request_id: str | None) -> Mapping[str, Any]:
        return failures.body_of(error)


@router.get("/models", responses=_READ)
async def list_models(backing: Bound) -> ModelPage:
    """The models that may be asked, the default first."""
    return ModelPage(data=[_described(state) for state in backing.models.states()])


@router.get("/models/{model}", responses=failures.statuses(400, 408, 413, 502, 503, 504))
async def get_model(model: str, backing: Bound) -> ModelObject:
    """One of them."""
    return _described(_state(backing, model))


@router.post("/chat/completions", response_model=ChatCompletion, responses=_WRITE)
async def create_chat_completion(
    body: ChatCompletionRequest, request: Request, backing: Bound
) -> Response | ChatCompletion:
    """Answer a conversation, or with `target_lang` translate its last user message."""
    body.check()
    body = _spelled_out(body, backing)
    work = await _work_of(body, request)
    call = conversing.call_of(request, body.model)
    if not body.stream:
        return chat_completion(*await conversing.written(backing, work, call))
    writing = await conversing.opened(backing, work, call)
    return StreamedText(chat_events(writing, counts=body.counts), _EVENTS, writing)


@router.post("/completions", response_model=TextCompletion, responses=_WRITE)
async def create_completion(
    body: TextCompletionRequest, request: Request, backing: Bound
) -> Response | TextCompletion:
    """Go on with a text, or with `target_lang` translate it, or each of several."""
    body.check()
    body = _spelled_out(body, backing)
    check_items(len(body.prompts), backing.settings.max_batch_items)
    works = [await _text_work_of(body, prompt, request) for prompt in body.prompts]
    call = conversing.call_of(request, body.model)
    if not body.stream:
        return text_completion(*await conversing.all_written(backing, works, call))
    first, *others = [partial(conversing.opened, backing, work, call) for work in works]
    writing = await first()
    return StreamedText(text_events(writing, others, counts=body.counts), _EVENTS, writing)


@router.post("/embeddings", status_code=400, responses=failures.statuses())
async def create_embeddings(body: EmbeddingRequest, backing: Bound) -> Response:
    """Vectors of texts, by a model that makes them: there is none yet, so always 400 or 404."""
    state = _state(backing, body.model)
    message = f"The model '{state.name}' does not support embeddings."
    raise InvalidRequestError(message, field="model")


def _spelled_out(body: Body, backing: Backing) -> Body:
    """With the languages of its model's name, where it has none of its own."""
    name, languages = conversing.spelled_out(backing, body.model)
    wanted = {} if body.target_lang else languages
    return body.model_copy(update={"model": name, **wanted})


async def _work_of(body: ChatCompletionRequest, request: Request) -> Work:
    if body.target_lang is not None or body.source_lang is not None:
        translation = await conversing.wished(request, body, body.last)
        if translation is not None:
            return translation
    messages = tuple(
        ChatMessage(_ROLES.get(one.role) or Role(one.role), one.text) for one in body.messages
    )
    return ChatRequest(messages, options=body.options())


async def _text_work_of(body: TextCompletionRequest, prompt: str, request: Request) -> Work:
    options = body.options()
    options = replace(options, max_tokens=options.max_tokens or _USUAL_TOKENS)
    translation = await conversing.wished(request, body, prompt)
    return translation or ChatRequest(prompt=prompt, options=options)


def _described(state: ModelState) -> ModelObject:
    return ModelObject(id=state.name, created=STARTED)


def _state(backing: Backing, name: str) -> ModelState:
    found = next((one for one in backing.models.states() if one.name == name), None)
    if found is None:
        raise UnknownModelError(name)
    return found
