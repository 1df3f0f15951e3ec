"""The operations of Ollama's API that are spoken; what they answer is written elsewhere."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, TypeVar

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from typing_extensions import override

from bentos.auth import MANAGE, TRANSLATE
from bentos.contract import Status
from bentos.dialects import conversing
from bentos.dialects.bound import Bound
from bentos.dialects.conversing import Work
from bentos.dialects.dialect import Dialect
from bentos.dialects.ollama import failures, keeping, names, pulling
from bentos.dialects.ollama.answers import Clock, Shape, chat_shape, generate_shape
from bentos.dialects.ollama.requests import (
    ChatBody,
    EmbedBody,
    GenerateBody,
    NameBody,
    PullBodyOfOllama,
    WritingRequest,
    refused,
)
from bentos.dialects.ollama.responses import (
    Answer,
    ChatAnswer,
    GenerateAnswer,
    ModelFile,
    Progress,
    RunningList,
    TagList,
    Version,
)
from bentos.dialects.streamed import StreamedText, failing, json_line
from bentos.errors import InvalidRequestError
from models.base.chat_model import ChatMessage, ChatRequest, Role
from models.base.exceptions import LinguaNexusError

_LINES: Final = "application/x-ndjson"
_VERSION: Final = "0.12.0"
"""Of Ollama, whose API this is like; clients ask whether it is new enough."""
_OPEN: Final = frozenset({"/", "/api/version", "/openapi.json"})
_MANAGED: Final = frozenset({("POST", "/api/pull"), ("DELETE", "/api/delete")})
_ERRORS: Final = failures.statuses()
_WRITE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {_LINES: {}}}, **_ERRORS}

Body = TypeVar("Body", bound=WritingRequest)


class AnyTypeRoute(APIRoute):
    """Reads every body as JSON, as there: curl says that it is a form unless it is told."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            others = [each for each in request.scope["headers"] if each[0] != b"content-type"]
            headers = [*others, (b"content-type", b"application/json")]
            return await handle(Request({**request.scope, "headers": headers}, request.receive))

        return handle_json


router = APIRouter(route_class=AnyTypeRoute)


class Ollama(Dialect):
    """Below a path of its own: `OLLAMA_HOST` may have one."""

    name = "Ollama"
    bases = ("/ollama",)
    router = router

    @override
    def scope_of(self, path: str, method: str) -> str | None:
        if path in _OPEN:
            return None
        return MANAGE if (method, path) in _MANAGED else TRANSLATE

    @override
    def status_of(self, error: LinguaNexusError) -> int:
        return failures.status_of(error)

    @override
    def body_of(self, error: LinguaNexusError, request_id: str | None) -> Mapping[str, Any]:
        return failures.body_of(error)


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def greet() -> Response:
    """What clients look for an Ollama server by."""
    return PlainTextResponse("Ollama is running")


@router.get("/api/version", responses=_ERRORS)
async def get_version() -> Version:
    """The version of Ollama whose API this is like."""
    return Version(version=_VERSION)


@router.get("/api/tags", responses=_ERRORS)
async def list_models(backing: Bound) -> TagList:
    """The models that may be asked, the default first."""
    return TagList(models=[names.tagged(state) for state in backing.models.states()])


@router.get("/api/ps", responses=_ERRORS)
async def list_running(backing: Bound) -> RunningList:
    """Those of them that are in memory."""
    states = [one for one in backing.models.states() if one.status is Status.READY]
    return RunningList(models=[names.running(state) for state in states])


@router.post("/api/show", responses=_ERRORS)
async def show(body: NameBody, backing: Bound) -> ModelFile:
    """One of them in full."""
    name, _ = conversing.spelled_out(backing, names.plain(body.asked))
    return names.described(names.state_of(backing, name))


@router.post("/api/chat", response_model=ChatAnswer, responses=_WRITE)
async def chat(body: ChatBody, request: Request) -> Response:
    """Answer a conversation, or with `options.target_lang` translate its last user message."""
    body.check()
    refused(tools=body.tools, images=[one.images for one in body.messages or () if one.images])
    shape, body = chat_shape(body.model), _spelled_out(body, request)
    if not body.messages:
        return await _kept(shape, body, request)
    turns = tuple(ChatMessage(Role(one.role), one.content) for one in body.messages)
    said = [one.content for one in turns if one.role is Role.USER]
    translation = await conversing.wished(request, body.wishes, said[-1] if said else "")
    work = translation or ChatRequest(turns, options=body.wishes.chat())
    return await _answered(shape, body, work, request)


@router.post("/api/generate", response_model=GenerateAnswer, responses=_WRITE)
async def generate(body: GenerateBody, request: Request) -> Response:
    """Answer a text, or with `options.target_lang` translate it."""
    body.check()
    refused(suffix=body.suffix, images=body.images)
    shape, body = generate_shape(body.model), _spelled_out(body, request)
    if not body.prompt:
        return await _kept(shape, body, request)
    translation = await conversing.wished(request, body.wishes, body.prompt)
    work = translation or _asked(body, body.prompt)
    return await _answered(shape, body, work, request)


@router.post(
    "/api/pull",
    response_model=Progress,
    responses={**_ERRORS, 200: {"content": {_LINES: {}}}},
)
async def pull(body: PullBodyOfOllama, backing: Bound) -> Response:
    """Bring a model's weights here; a Bento serves them from its next start on."""
    asked = await pulling.named(backing.manager, body.asked)
    if body.stream is False:
        return _json((await pulling.ended(backing.manager, asked)).model_dump(exclude_none=True))
    lines = failing(pulling.progress_lines(backing.manager, asked), _failure)
    return StreamedText(lines, _LINES)


@router.delete("/api/delete", responses=_ERRORS)
async def delete(body: NameBody, backing: Bound) -> None:
    """Delete a model's weights from the store."""
    await pulling.remove(backing.manager, body.asked)


@router.post("/api/embed", status_code=400, responses=_ERRORS)
async def embed(body: EmbedBody, backing: Bound) -> Response:
    """Vectors of texts, by a model that makes them: there is none yet, so always 400 or 404."""
    state = names.state_of(backing, body.model)
    message = f'"{names.written(state.name)}" does not support embeddings'
    raise InvalidRequestError(message, field="model")


router.add_api_route("/api/embeddings", embed, methods=["POST"], status_code=400, responses=_ERRORS)


def _spelled_out(body: Body, request: Request) -> Body:
    """With the languages of its model's name, where its options have none."""
    backing = conversing.backing_of(request)
    name, languages = conversing.spelled_out(backing, names.plain(body.model))
    wanted = {} if body.wishes.target_lang else languages
    options = body.wishes.model_copy(update=wanted)
    return body.model_copy(update={"model": name, "options": options})


def _asked(body: GenerateBody, prompt: str) -> ChatRequest:
    """A text as a conversation, or itself."""
    if body.raw:
        return ChatRequest(prompt=prompt, options=body.wishes.chat())
    system = (ChatMessage(Role.SYSTEM, body.system),) if body.system else ()
    messages = (*system, ChatMessage(Role.USER, prompt))
    return ChatRequest(messages, options=body.wishes.chat())


async def _answered(shape: Shape, body: WritingRequest, work: Work, request: Request) -> Response:
    clock, backing, name = Clock(), conversing.backing_of(request), body.model
    call = conversing.call_of(request, name)
    if body.keep_alive is not None:
        keeping.seconds_of(body.keep_alive)
    if body.stream is False:
        _, answer = await conversing.written(backing, work, call)
        keeping.heed(request, name, body.keep_alive)
        return _answer(shape.whole(answer, clock))
    writing = await conversing.opened(backing, work, call)
    keeping.heed(request, name, body.keep_alive)
    return StreamedText(shape.lines(writing, clock), _LINES, writing)


async def _kept(shape: Shape, body: WritingRequest, request: Request) -> Response:
    """A model loaded or unloaded, and nothing asked of it."""
    return _answer(shape.last("", await keeping.kept(request, body.model, body.keep_alive)))


def _answer(answer: Answer) -> Response:
    return _json(answer.model_dump(exclude_none=True))


def _json(body: Mapping[str, Any]) -> Response:
    return Response(json_line(body), media_type="application/json")


def _failure(error: LinguaNexusError) -> str:
    return json_line(failures.body_of(error))
