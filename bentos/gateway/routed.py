"""Translates by whichever model the routes choose; reads no HTTP and reaches no backend itself."""

import asyncio
import random
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Sequence,
)
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass, replace
from functools import partial

from bentos import marked
from bentos.contract import Answer, Call, ModelState
from bentos.deadline import within
from bentos.gateway import metrics
from bentos.gateway.asking import Asker, Outcome
from bentos.gateway.batch import Item, begin
from bentos.gateway.cache import Cache
from bentos.gateway.configuration import Configuration
from bentos.gateway.fleet import Fleet
from bentos.gateway.routes import Attempt, Plan, follow, next_after, plan
from bentos.gateway.split import SplitStatistics
from bentos.languages import AUTO, described, detect
from bentos.management.errors import UnknownModelError
from bentos.validation import check_text
from common.detection import Detector
from common.settings import ServiceSettings
from models.base.exceptions import DeadlineExceededError, LinguaNexusError
from models.base.request_models import DetectionResponse, TranslationRequest

Ask = Callable[[Attempt], Awaitable[Answer]]
Opening = Callable[[Attempt], AbstractAsyncContextManager[AsyncIterator[bytes]]]


@dataclass(frozen=True, slots=True)
class Streamed:
    """A stream that has begun, and who speaks in it; events as the model's service sends them."""

    attempt: Attempt
    chunks: AsyncIterator[bytes]


class RoutedModels:
    """The models of a fleet, as the contract wants them; `configuration` gives the one in force."""

    def __init__(
        self,
        fleet: Fleet,
        configuration: Callable[[], Configuration],
        settings: ServiceSettings,
        *,
        cache: Cache | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._fleet = fleet
        self._configuration = configuration
        self._settings = settings
        self._asker = Asker(fleet, cache, settings.timeout_s)
        self._draw = draw
        self._detector = Detector()
        self.arms = SplitStatistics()

    async def translate(self, request: TranslationRequest, call: Call) -> Answer:
        plan = await self._plan(request, call)
        return await self._follow(plan, request, partial(self._asker.ask, request, call))

    async def translate_batch(
        self, requests: Sequence[TranslationRequest], call: Call
    ) -> list[Outcome]:
        return await self.translate_mixed([(request, call) for request in requests])

    async def translate_mixed(self, items: Sequence[Item]) -> list[Outcome]:
        """As `translate_batch`, each item with a call of its own: it may name its model."""
        plans = await asyncio.gather(*(self._planned(item) for item in items))
        async with asyncio.TaskGroup() as group:
            seconds = self._settings.timeout_s
            together = not self._asker.keeps  # what is kept is kept one by one
            firsts = begin(group, self._asker, items, plans, seconds) if together else {}
            tasks = [
                group.create_task(self._item(item, plan, firsts.get(place)))
                for place, (item, plan) in enumerate(zip(items, plans, strict=True))
            ]
        return [task.result() for task in tasks]

    @asynccontextmanager
    async def stream(
        self, request: TranslationRequest, call: Call
    ) -> AsyncGenerator[Streamed, None]:
        """The first model of the plan that begins to answer; what it says after that stands.

        Raises:
            LinguaNexusError: None of them began.
        """
        plan = await self._plan(request, call)
        async with AsyncExitStack() as stack:
            async with within(self._settings.timeout_s) as limit:
                opening = partial(self._asker.stream, request, call)
                streamed = await self._begin(stack, plan, len(request.text), opening, limit)
            metrics.ANSWERS.labels(streamed.attempt.model, streamed.attempt.reason).inc()
            yield streamed

    async def detect(self, text: str, call: Call) -> DetectionResponse:
        check_text(text, self._settings.max_text_chars)
        states = self._fleet.states()
        if call.model is not None:
            states = {call.model: states[self._named(call.model)]}
        spoken = {code for state in states.values() for code in state.languages}
        return described(await detect(self._detector, text), spoken.__contains__)

    def states(self) -> Sequence[ModelState]:
        return list(self._fleet.states().values())

    async def load(self, name: str) -> ModelState:
        return await self._fleet.load(self._named(name))

    async def unload(self, name: str) -> ModelState:
        return await self._fleet.unload(self._named(name))

    def keep_alive(self, name: str, seconds: float | None) -> ModelState:
        """How long a model on demand stays once nobody uses it; None: for good."""
        return self._fleet.keep_alive(self._named(name), seconds)

    def _named(self, name: str) -> str:
        found = self._configuration().find(name)
        if found is None:
            raise UnknownModelError(name)
        return found

    async def _plan(self, request: TranslationRequest, call: Call) -> Plan:
        check_text(request.text, self._settings.max_text_chars)
        configuration = self._configuration()
        source: str | None = request.source_lang
        if request.source_lang.strip().lower() == AUTO:
            found = None
            if call.model is None and _asks_source(configuration):
                found = await detect(self._detector, await marked.visible_text(request))
            source = found.language if found else None
        return plan(
            configuration,
            source,
            request.target_lang,
            call,
            states=self._fleet.states(),
            draw=self._draw,
        )

    async def _planned(self, item: Item) -> Plan | LinguaNexusError:
        try:
            return await self._plan(*item)
        except LinguaNexusError as error:
            return error

    async def _follow(
        self,
        plan: Plan,
        request: TranslationRequest,
        ask: Ask,
    ) -> Answer:
        """Within the deadline; what the drawn arm of a split did is counted."""
        seconds = self._settings.timeout_s
        async with within(seconds) as limit:
            answer = await follow(plan, partial(self._ask_arm, plan, len(request.text), ask, limit))
        metrics.ANSWERS.labels(answer.model, answer.reason).inc()
        return answer

    async def _ask_arm(
        self, plan: Plan, characters: int, ask: Ask, limit: asyncio.Timeout, attempt: Attempt
    ) -> Answer:
        with self._arm(plan, characters, limit, attempt):
            return await ask(attempt)

    @contextmanager
    def _arm(
        self, plan: Plan, characters: int, limit: asyncio.Timeout, attempt: Attempt
    ) -> Iterator[None]:
        """Counts what the drawn arm of a split did, but not where its caller has left."""
        began = time.perf_counter()

        def count(error: str | None = None) -> None:
            if plan.split is not None and attempt.arm is not None:
                seconds = time.perf_counter() - began
                self.arms.count(
                    plan.split, attempt.arm, characters=characters, seconds=seconds, error=error
                )

        try:
            yield
        except LinguaNexusError as error:
            count(error.code)
            raise
        except asyncio.CancelledError:
            if limit.expired():
                count(DeadlineExceededError.code)
            raise
        count()

    async def _item(
        self,
        item: Item,
        plan: Plan | LinguaNexusError,
        first: Awaitable[Outcome | None] | None,
    ) -> Outcome:
        """One text of a batch; its first attempt may be under way with others'."""
        if isinstance(plan, LinguaNexusError):
            return plan
        request, call = item
        left = first

        async def ask(attempt: Attempt) -> Answer:
            nonlocal left
            outcome, left = (await left if left else None), None
            if outcome is None:
                return await self._asker.ask(request, call, attempt)
            if isinstance(outcome, LinguaNexusError):
                raise outcome
            return outcome

        try:
            return await self._follow(plan, request, ask)
        except LinguaNexusError as error:
            return error

    async def _begin(
        self,
        stack: AsyncExitStack,
        plan: Plan,
        characters: int,
        opening: Opening,
        limit: asyncio.Timeout,
    ) -> Streamed:
        """The first that begins ends with the stack; an arm is counted for its beginning."""
        reason = plan.attempts[0].reason
        for attempt in plan.attempts:
            asked = replace(attempt, reason=reason)
            try:
                with self._arm(plan, characters, limit, attempt):
                    chunks = await stack.enter_async_context(opening(asked))
                    return Streamed(asked, chunks)
            except LinguaNexusError as error:
                following = next_after(plan, error)
                if following is None or attempt is plan.attempts[-1]:
                    raise
                reason = following
        raise AssertionError  # a plan has at least one attempt


def _asks_source(configuration: Configuration) -> bool:
    """Whether anything depends on the language translated from."""
    return any(part.source for part in (*configuration.routes, *configuration.splits))
