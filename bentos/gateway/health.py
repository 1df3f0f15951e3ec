"""Asks one endpoint again and again whether it is ready, and what it serves; decides nothing."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from bentos.contract import Status
from bentos.gateway.background import begun
from bentos.gateway.endpoint import Endpoint
from bentos.gateway.errors import BackendError
from bentos.gateway.transport import NotSentError
from bentos.lifecycle import Status as ServiceStatus
from models.base.exceptions import DeadlineExceededError

_OK: Final = 200
_MISSED_WHILE_BUSY: Final = 4
"""Until one that has calls to answer is down: a burst may keep it from everything else."""
_LATE_S: Final = 0.02
"""By which a timer of an event loop with time to spare is never late."""
_DETAILS: Final = TypeAdapter(dict[str, JsonValue])

logger = logging.getLogger(__name__)


class _Language(BaseModel):
    code: str


class _Languages(BaseModel):
    languages: list[_Language]


class _Health(BaseModel):
    status: ServiceStatus
    message: str | None = None


class Health:
    """Order: `start` (returns after the first answer or none), `stop`; one poll at a time.

    `languages` and `details` are what the service said last, also while it is down.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        every_s: float = 0.5,
        timeout_s: float = 0.9,
        learn_every_s: float = 10.0,
    ) -> None:
        self.languages: tuple[str, ...] = ()
        self.details: Mapping[str, JsonValue] = {}
        self._endpoint = endpoint
        self._every_s = every_s
        self._timeout_s = timeout_s
        self._learn_every_s = learn_every_s
        self._learn_at = 0.0
        self._known = False
        self._missed = 0
        """Polls in a row that were not answered in time."""
        self._polling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.check()
        self._polling = begun(self._poll())

    async def stop(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait([self._polling])

    async def check(self) -> None:
        """Ask once, and say to the endpoint how it fares."""
        answers = self._endpoint.answers
        due = asyncio.get_running_loop().time() + self._timeout_s
        try:
            reply = await self._endpoint.get("/readyz", timeout_s=self._timeout_s)
            if reply.status != _OK:
                self._endpoint.set(*await self._why_not())
                return
        except NotSentError as error:
            self._endpoint.set(Status.DOWN, str(error))
            return
        except (BackendError, DeadlineExceededError) as error:
            # Busy with calls and slow to say so is not down, nor is who was heard late by us.
            late_s = asyncio.get_running_loop().time() - due
            if self._endpoint.answers != answers or late_s >= _LATE_S:
                self._missed = 0
                return
            self._missed += 1
            if self._missed >= (_MISSED_WHILE_BUSY if self._endpoint.outstanding else 1):
                self._endpoint.set(Status.DOWN, error.message)
            return
        self._missed = 0
        # A URL shared by several may come to serve another model without ever being down.
        is_due = asyncio.get_running_loop().time() >= self._learn_at
        if self._endpoint.status is not Status.READY or not self._known or is_due:
            await self._learn()
        self._endpoint.set(Status.READY)

    async def _poll(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self._every_s, loop.time())
            await asyncio.sleep(due - loop.time())
            try:
                await self.check()
            except Exception:  # without it, a service that is back would never be seen again
                logger.exception("The service at %s cannot be asked", self._endpoint.url)

    async def _why_not(self) -> tuple[Status, str]:
        reply = await self._endpoint.get("/health", timeout_s=self._timeout_s)
        try:
            health = _Health.model_validate_json(reply.body)
        except ValidationError:
            return Status.DOWN, "It is not ready."
        if health.status is ServiceStatus.LOADING:
            return Status.STARTING, health.message or "It is loading."
        return Status.DOWN, health.message or f"It is not ready: {health.status}."

    async def _learn(self) -> None:
        """What it is; a service that does not say is asked again at the next poll."""
        try:
            model = await self._endpoint.get("/model", timeout_s=self._timeout_s)
            spoken = await self._endpoint.get("/languages", timeout_s=self._timeout_s)
            details = _DETAILS.validate_json(model.body if model.status == _OK else b"")
            languages = _Languages.model_validate_json(spoken.body).languages
        except (NotSentError, BackendError, DeadlineExceededError, ValidationError):
            self._known = False
            return
        self.details, self.languages = details, tuple(one.code for one in languages)
        self._known = True
        self._learn_at = asyncio.get_running_loop().time() + self._learn_every_s
