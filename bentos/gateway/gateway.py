"""Everything of one gateway put together, from its start to its stop; no HTTP of its own."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time

from starlette.requests import Request
from starlette.types import ASGIApp

from bentos.auth import Keyring
from bentos.backing import Backing, call_of
from bentos.contract import Call, ModelState
from bentos.errors import InvalidRequestError
from bentos.files.jobs import FileJobs
from bentos.files.settings import FileSettings
from bentos.gateway.cache import Cache, MemoryCache
from bentos.gateway.cache_redis import RedisCache
from bentos.gateway.chat import GatewayChats
from bentos.gateway.configuration import Configuration, InvalidConfigurationError
from bentos.gateway.fleet import Fleet, Starter
from bentos.gateway.legacy import app as legacy
from bentos.gateway.legacy.adaptive import adaptive_routes
from bentos.gateway.legacy.deprecation import Dates
from bentos.gateway.legacy.endpoint import Page
from bentos.gateway.legacy.profiles import Profile
from bentos.gateway.metered import MeteredModels
from bentos.gateway.metrics import NAME, show_states
from bentos.gateway.quotas import LimitOf, Quotas
from bentos.gateway.reload import Reloader
from bentos.gateway.routed import RoutedModels
from bentos.gateway.settings import GatewaySettings
from bentos.gateway.split import SplitStatistics
from bentos.gateway.starting import command_of
from bentos.gateway.switch import Switch
from bentos.glossaries.settings import GlossarySettings
from bentos.glossaries.store import GlossaryStore
from bentos.management.errors import UnknownModelError
from bentos.management.manager import Manager
from bentos.process import show_start
from bentos.usage import Usage, Used
from common.settings import ServiceSettings

_CACHE_BYTES = 256 * 1024 * 1024


class Gateway:
    """Made where an event loop runs; `start` once, then anything, then `stop` once.

    Raises:
        InvalidConfigurationError: There is nothing that it could serve.
        InvalidKeysError: The API keys cannot be read.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        own: GatewaySettings,
        *,
        page: Page | None = None,
        starter: Starter = command_of,
    ) -> None:
        self.settings = settings
        self.profile = Profile(own.profile)
        self.keyring = Keyring.of(settings)
        self.manager = Manager()
        self.reloader = Reloader(own, self._changed, prepare=self._prepare)
        self.fleet = Fleet(self.reloader.configuration, starter)
        self.cache = _cache(own)
        routed = RoutedModels(
            self.fleet, lambda: self.reloader.configuration, settings, cache=self.cache
        )
        self.arms: SplitStatistics = routed.arms
        self._quotas: Quotas | None = None
        self.models: RoutedModels | MeteredModels = routed
        if own.quota_characters_per_day is not None:
            limit = _limit(own.quota_characters_per_day)
            self._quotas = Quotas(settings.state_file, limit)
            self.models = MeteredModels(routed, self._quotas)
        self.legacy = legacy.create(
            self.profile,
            self.models,
            keyring=self.keyring,
            limits_on=own.legacy_rate_limits,
            dates=_dates(own),
            page=page,
            extra_routes=adaptive_routes(
                self.models, keyring=self.keyring, max_text_chars=settings.max_text_chars
            ),
        )
        self.switch = _switch(self.legacy, own)
        self.backing = self._behind(own.quota_characters_per_day)
        self._showing: asyncio.Task[None] | None = None

    @property
    def root(self) -> ASGIApp:
        """What answers the paths of the predecessor."""
        return self.switch or self.legacy

    async def start(self) -> None:
        """Returns once every backend was asked whether it is ready; none needs to be."""
        if self._quotas is not None:
            self._quotas.start()
        show_start(NAME)
        await self.fleet.start()
        await self.backing.files.start()
        self.reloader.start()
        self._showing = asyncio.create_task(show_states(self.models.states))

    async def stop(self) -> None:
        """Ends the models it started; called once the requests begun are answered."""
        if self._showing is not None:
            self._showing.cancel()
        await self.backing.files.stop()
        await self.reloader.stop()
        if self.switch is not None:
            await self.switch.close()
        await self.fleet.stop()
        if self.cache is not None:
            await self.cache.close()
        if self._quotas is not None:
            await asyncio.to_thread(self._quotas.stop)

    async def reload(self) -> None:
        """Read the configuration's file now.

        Raises:
            InvalidRequestError: It cannot be used; the one before stays in force.
        """
        try:
            await self.reloader.reload()
        except InvalidConfigurationError as error:
            message = "The configuration cannot be used; the one before stays in force."
            raise InvalidRequestError(message, faults=list(error.faults)) from error

    def states(self, model: str | None = None) -> Sequence[ModelState]:
        """Of all models, the default first, or of one.

        Raises:
            UnknownModelError: There is none of that name.
        """
        states = self.models.states()
        if model is None:
            return states
        name = self.reloader.configuration.find(model)
        found = [state for state in states if state.name == name]
        if not found:
            raise UnknownModelError(model)
        return found

    def call_of(self, request: Request) -> Call:
        """Who asks: a key by its label where keys are in force, else an address."""
        return call_of(request, self.keyring)

    def _behind(self, quota: int | None) -> Backing:
        """What stands behind the fronts."""
        quotas = self._quotas
        return Backing(
            label=NAME,
            models=self.models,
            chats=GatewayChats(
                self.fleet,
                lambda: self.reloader.configuration,
                self.models,
                self.settings,
                quotas=quotas,
            ),
            manager=self.manager,
            settings=self.settings,
            keyring=self.keyring,
            files=FileJobs(self.models, FileSettings(), label=NAME),
            glossaries=GlossaryStore(self.settings.state_file, GlossarySettings()),
            usage=Usage(
                (lambda caller: Used(quotas.used(caller), quota)) if quotas and quota else None
            ),
        )

    async def _prepare(self, old: Configuration, new: Configuration) -> None:
        del old
        await self.fleet.prepare(new)

    async def _changed(self, old: Configuration, new: Configuration) -> None:
        del old
        self.fleet.change(new)
        self.arms.keep(new.splits)


def _cache(own: GatewaySettings) -> Cache | None:
    if own.cache == "off":
        return None
    if own.cache == "memory":
        return MemoryCache(
            max_entries=own.cache_size, max_bytes=_CACHE_BYTES, ttl_s=own.cache_ttl_s
        )
    return RedisCache(own.cache, ttl_s=own.cache_ttl_s)


def _limit(characters: int) -> LimitOf:
    """For every caller; what nobody asked, a comparison, has no caller and costs nothing."""
    return lambda caller: characters if caller else None


def _dates(own: GatewaySettings) -> Dates | None:
    if own.deprecation_date is None:
        return None
    sunset = own.sunset_date
    return Dates(
        deprecated=datetime.combine(own.deprecation_date, time(), UTC),
        sunset=datetime.combine(sunset, time(), UTC) if sunset else None,
        guide=own.deprecation_link,
    )


def _switch(app: legacy.LegacyApp, own: GatewaySettings) -> Switch | None:
    if own.old_url is None:
        return None
    return Switch(
        app,
        old_url=own.old_url,
        owns=app.owns,
        weight_new=own.weight_new,
        shadow=own.shadow,
    )
