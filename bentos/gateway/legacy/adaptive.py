"""The paths below `/adaptive/`, the same in every profile; not what happens behind them."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from http import HTTPStatus
from typing import Final, TypeVar, cast

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bentos.auth import TRANSLATE, Keyring, digest_of
from bentos.contract import Call, Models, Status
from bentos.errors import InternalError
from bentos.gateway.legacy.adaptive_cache import AnswerCache
from bentos.gateway.legacy.adaptive_chunks import cut
from bentos.gateway.legacy.adaptive_counts import Counts
from bentos.gateway.legacy.adaptive_http import CallOf, Events, call_of, while_here
from bentos.gateway.legacy.adaptive_measures import Pair
from bentos.gateway.legacy.adaptive_pipeline import Pipeline
from bentos.gateway.legacy.adaptive_quality import THRESHOLD, Assessor
from bentos.gateway.legacy.adaptive_refusals import codes_of, refusal_of
from bentos.gateway.legacy.adaptive_shapes import (
    MAX_OPTIMISATION_S,
    AdaptiveRequest,
    ChunkRequest,
    Members,
    QualityRequest,
    answer_of,
    chunks_of,
    event_of,
    failure_of,
    quality_of,
)
from bentos.gateway.legacy.adaptive_stages import AUTO, Finished, Stage, Wanted, off_loop
from bentos.gateway.legacy.errors import InvalidError, Json, RefusedError
from bentos.gateway.legacy.languages import language_of
from bentos.gateway.legacy.reading import json_of, reader_of, validated
from models.base.exceptions import LinguaNexusError, TextTooLongError

MAX_TEXT_CHARS: Final = 1_000_000
_CLIENT_LEFT: Final = 499
_PREFIX: Final = "/adaptive"
_HIDDEN: Final = "**********"
_DAY_S: Final = 86_400.0
_SAMPLE: Final = Pair(original="One, two.", translation="Un, deux.", source=None, target=None)

Shape = TypeVar("Shape", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]
logger = logging.getLogger(__name__)


def adaptive_routes(
    models: Models,
    *,
    keyring: Keyring,
    call_of: CallOf = call_of,
    max_text_chars: int = MAX_TEXT_CHARS,
    cache_entries: int = 0,
    cache_ttl_s: float = _DAY_S,
) -> list[BaseRoute]:
    """The eight paths; `/adaptive/` must be open to the header check, the key is in the body.

    `cache_entries` finished answers are kept for `cache_ttl_s` seconds, in this process; with
    none, `cache_hit` says only whether all of the answer came from the cache behind `models`.
    """
    paths = _Paths(models, keyring, call_of, max_text_chars)
    paths.use(AnswerCache(cache_entries, cache_ttl_s))
    return [
        _route("POST", "/translate", paths.translate),
        _route("POST", "/translate/progressive", paths.progressive),
        _route("POST", "/chunk", paths.chunk),
        _route("POST", "/quality/assess", paths.assess),
        _route("GET", "/cache/stats", paths.cache_stats),
        _route("POST", "/cache/invalidate", paths.invalidate),
        _route("GET", "/stats", paths.stats),
        _route("GET", "/health", paths.health),
    ]


def _route(method: str, path: str, handler: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request)
        except InvalidError as error:
            error.with_body = not isinstance(error.body, str)
            return error.response()
        except RefusedError as error:
            return error.response()
        except LinguaNexusError as error:
            return refusal_of(error).response()
        except ClientDisconnect:
            return Response(status_code=_CLIENT_LEFT)  # which nobody reads

    route = Route(f"{_PREFIX}{path}", endpoint, methods=[method], include_in_schema=False)
    route.methods = {method}  # HEAD is refused, as it always was
    return route


class _Paths:
    """What each path does, and the counts that two of them tell."""

    def __init__(
        self, models: Models, keyring: Keyring, call_of: CallOf, max_text_chars: int
    ) -> None:
        self._models = models
        self._keyring = keyring
        self._call_of = call_of
        self._most = max_text_chars
        self._assessor = Assessor()
        self._counts = Counts()

    def use(self, cache: AnswerCache[Finished]) -> None:
        self._cache = cache
        self._pipeline = Pipeline(self._models, self._assessor, cache)

    async def translate(self, request: Request) -> Response:
        body, wanted, call = await self._wanted(request, quick=False)
        try:
            finished = await while_here(request, self._last(wanted, call))
        except LinguaNexusError as error:
            raise refusal_of(error, wanted) from None
        return Json(answer_of(body, finished))

    async def progressive(self, request: Request) -> Response:
        body, wanted, call = await self._wanted(request, quick=True)
        stages = self._counted(wanted, call)
        try:
            first = await while_here(request, _next(stages))
        except LinguaNexusError as error:
            refusal = refusal_of(error, wanted)
            if refusal.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise refusal from None
            return Events(_failed(refusal), stages)
        return Events(_events(body, wanted, first, stages), stages)

    async def chunk(self, request: Request) -> Response:
        body, _ = await self._read(request, ChunkRequest)
        self._bound(body.text)
        source = language_of(body.source_lang)
        made = await off_loop(
            len(body.text),
            cut,
            body.text,
            body.min_chunk_size,
            body.max_chunk_size,
            source.code if source else None,
        )
        return Json(chunks_of(body, made))

    async def assess(self, request: Request) -> Response:
        body, _ = await self._read(request, QualityRequest)
        self._bound(body.original, body.translation)
        source, target = codes_of(body.source_lang, body.target_lang)
        pair = Pair(
            original=body.original,
            translation=body.translation,
            source=None if source == AUTO else source,
            target=target,
        )
        size = len(body.original) + len(body.translation)
        return Json(quality_of(await off_loop(size, self._assessor.assess, pair)))

    async def cache_stats(self, request: Request) -> Response:
        del request
        return Json(self._counts.of_cache(len(self._cache)))

    async def invalidate(self, request: Request) -> Response:
        """Drops what is kept here; never what other callers may have in the models' own cache."""
        query = request.query_params
        missing = [name for name in ("source_lang", "target_lang") if name not in query]
        if missing:
            reasons = [
                {"type": "missing", "loc": ["query", name], "msg": "Field required", "input": None}
                for name in missing
            ]
            raise InvalidError(reasons, None)
        source, target = codes_of(query["source_lang"], query["target_lang"])
        self._cache.forget(source, target, query.get("content_type"))
        pair = f"{query['source_lang']}->{query['target_lang']}"
        return Json({"message": f"Cache invalidated for {pair}"})

    async def stats(self, request: Request) -> Response:
        del request
        return Json(
            {
                "controller_stats": self._counts.of_answers(),
                "cache_stats": self._counts.of_cache(len(self._cache)),
                "quality_threshold": THRESHOLD,
            }
        )

    async def health(self, request: Request) -> Response:
        """Whether each part works, tried on a few words; the models are not asked to translate."""
        del request
        components: Members = {
            "chunker": "".join(cut(_SAMPLE.original).parts()) == _SAMPLE.original,
            "quality_engine": self._assessor.assess(_SAMPLE).score > 0,
            "cache_manager": len(self._cache) >= 0,
            "adaptive_controller": any(
                state.status is Status.READY or state.on_demand for state in self._models.states()
            ),
        }
        if all(components.values()):
            return Json({"status": "healthy", "components": components})
        detail = {"status": "unhealthy", "components": components}
        return Json({"detail": detail}, HTTPStatus.SERVICE_UNAVAILABLE)

    async def _wanted(
        self, request: Request, *, quick: bool
    ) -> tuple[AdaptiveRequest, Wanted, Call]:
        body, key = await self._read(request, AdaptiveRequest)
        self._admit(key)
        source, target = codes_of(body.source_lang, body.target_lang)
        self._bound(body.text)
        wanted = Wanted(
            text=body.text,
            source=source,
            target=target,
            written=(body.source_lang, body.target_lang),
            preference=body.user_preference,
            forced=body.force_optimization,
            optimisation_s=min(MAX_OPTIMISATION_S, body.max_optimization_time),
            quick=quick,
        )
        return body, wanted, self._call_of(request, key if self._keyring.configured else "")

    async def _read(self, request: Request, shape: type[Shape]) -> tuple[Shape, str]:
        """The body, and the key in it, which is in nothing that is said of the body."""
        value, key = await json_of(request), ""
        if isinstance(value, dict) and isinstance(value.get("api_key"), str):
            key = value["api_key"]
            value = {**value, "api_key": _HIDDEN}
        elif isinstance(value, str):
            value = ""  # it is not said to be JSON, and may hold a key all the same
        return cast(Shape, validated(value, reader_of(shape))), key

    def _admit(self, key: str) -> None:
        self._keyring.refresh()
        if not self._keyring.configured:
            return
        scopes = self._keyring.scopes_of(digest_of(key.encode("utf-8", "surrogatepass")))
        if scopes is None or TRANSLATE not in scopes:
            raise RefusedError(HTTPStatus.FORBIDDEN, "Invalid API Key")

    def _bound(self, *texts: str) -> None:
        if any(len(text) > self._most for text in texts):
            raise TextTooLongError(f"The text has more than {self._most} characters.")

    async def _last(self, wanted: Wanted, call: Call) -> Finished:
        last: Stage | None = None
        async with aclosing(self._counted(wanted, call)) as stages:
            async for stage in stages:
                last = stage
        if not isinstance(last, Finished):
            raise InternalError
        return last

    async def _counted(self, wanted: Wanted, call: Call) -> AsyncGenerator[Stage, None]:
        self._counts.begin()
        try:
            async with aclosing(self._pipeline.stages(wanted, call)) as stages:
                async for stage in stages:
                    if isinstance(stage, Finished):
                        self._counts.finish(stage)
                    yield stage
        except LinguaNexusError:
            self._counts.fail()
            raise


async def _next(stages: AsyncGenerator[Stage, None]) -> Stage:
    return await anext(stages)


async def _events(
    body: AdaptiveRequest, wanted: Wanted, first: Stage, rest: AsyncGenerator[Stage, None]
) -> AsyncGenerator[Members, None]:
    try:
        yield event_of(body, first)
        async for stage in rest:
            yield event_of(body, stage)
    except LinguaNexusError as error:
        yield failure_of(str(refusal_of(error, wanted).detail))
    except Exception as error:
        logger.exception("Unforeseen error in a stream")
        yield failure_of(str(refusal_of(error, wanted).detail))


async def _failed(refusal: RefusedError) -> AsyncGenerator[Members, None]:
    yield failure_of(str(refusal.detail))
