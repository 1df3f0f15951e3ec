"""Translates by whichever model the routes choose; reads no HTTP and reaches no backend itself."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from bentos.gateway.asking import Asker, Outcome
from bentos.gateway.cache import Cache
from bentos.gateway.configuration import Configuration
from bentos.gateway.contract import Answer, Call, ModelState
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

Item = tuple[TranslationRequest, Call]
Ask = Callable[[Attempt], Awaitable[Answer]]


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
            firsts = {} if self._asker.keeps else self._firsts(group, items, plans)
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
        begun = self._begun(await self._plan(request, call), request, call)
        async with aclosing(begun):
            yield await anext(begun)

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
                found = await detect(self._detector, request.text)
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
        counted = partial(self._ask_arm, plan, len(request.text), ask) if plan.split else ask
        seconds = self._settings.timeout_s
        try:
            async with asyncio.timeout(seconds):
                return await follow(plan, counted)
        except TimeoutError as error:
            message = f"The translation took longer than {seconds:g} seconds."
            raise DeadlineExceededError(message, timeout_s=seconds) from error

    async def _ask_arm(
        self,
        plan: Plan,
        characters: int,
        ask: Ask,
        attempt: Attempt,
    ) -> Answer:
        if plan.split is None or attempt.arm is None:
            return await ask(attempt)
        began, failed = time.perf_counter(), None
        try:
            return await ask(attempt)
        except LinguaNexusError as error:
            failed = error.code
            raise
        finally:
            self.arms.count(
                plan.split,
                attempt.arm,
                characters=characters,
                seconds=time.perf_counter() - began,
                error=failed,
            )

    async def _item(
        self,
        item: Item,
        plan: Plan | LinguaNexusError,
        first: Awaitable[Outcome] | None,
    ) -> Outcome:
        """One text of a batch; its first attempt may be under way with others'."""
        if isinstance(plan, LinguaNexusError):
            return plan
        request, call = item
        left = first

        async def ask(attempt: Attempt) -> Answer:
            nonlocal left
            if left is None:
                return await self._asker.ask(request, call, attempt)
            outcome, left = await left, None
            if isinstance(outcome, LinguaNexusError):
                raise outcome
            return outcome

        try:
            return await self._follow(plan, request, ask)
        except LinguaNexusError as error:
            return error

    def _firsts(
        self,
        group: asyncio.TaskGroup,
        items: Sequence[Item],
        plans: Sequence[Plan | LinguaNexusError],
    ) -> Mapping[int, Awaitable[Outcome]]:
        """The first attempts of all items, in one request a model; by the item's place."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, made in enumerate(plans):
            if isinstance(made, Plan):
                places[made.attempts[0].model].append(place)
        futures: dict[int, asyncio.Future[Outcome]] = {}
        for model, own in places.items():
            if len(own) > 1:
                loop = asyncio.get_running_loop()
                futures |= {place: loop.create_future() for place in own}
                group.create_task(self._ask_together(model, own, items, plans, futures))
        return futures

    async def _ask_together(
        self,
        model: str,
        places: Sequence[int],
        items: Sequence[Item],
        plans: Sequence[Plan | LinguaNexusError],
        futures: Mapping[int, "asyncio.Future[Outcome]"],
    ) -> None:
        asked = [
            (items[place][0], made.attempts[0])
            for place in places
            if isinstance(made := plans[place], Plan)
        ]
        outcomes = await self._asker.ask_batch(model, asked, items[places[0]][1])
        for place, outcome in zip(places, outcomes, strict=True):
            if not futures[place].done():  # its caller may not have had the time
                futures[place].set_result(outcome)

    async def _begun(
        self, plan: Plan, request: TranslationRequest, call: Call
    ) -> AsyncGenerator[Streamed, None]:
        """Gives one, and ends with it; what fails after that is raised as it is."""
        reason = plan.attempts[0].reason
        for attempt in plan.attempts:
            begun = False
            try:
                async with self._asker.stream(request, call, attempt) as chunks:
                    begun = True
                    yield Streamed(replace(attempt, reason=reason), chunks)
                    return
            except LinguaNexusError as error:
                following = None if begun else next_after(plan, error)
                if following is None or attempt is plan.attempts[-1]:
                    raise
                reason = following


def _asks_source(configuration: Configuration) -> bool:
    """Whether anything depends on the language translated from."""
    return any(part.source for part in (*configuration.routes, *configuration.splits))
