"""The configuration in force, and how another takes its place while requests run; routes none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bentos.gateway.configuration import Configuration, InvalidConfigurationError, load
from bentos.gateway.settings import GatewaySettings

_CHECK_EVERY_S: Final = 1.0

OnChange = Callable[[Configuration, Configuration], Awaitable[None]]
"""Told the configuration before, and the one in its place."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadStatus:
    """What is in force, since when, and what is wrong with the file that should be."""

    loaded_at: datetime
    digest: str
    file: Path | None
    error: str | None
    """A line for each fault; None: the file is what is in force."""


class Reloader:
    """Holds the configuration; reads its file again whenever that changes, between start and stop.

    Order at a change: the new one is read and checked; `prepare(old, new)`, if given, makes what
    it needs; it takes the old one's place at once; `on_change(old, new)` lets go of what only the
    old one needed. Where reading or `prepare` fails the old one stays. Readers take
    `configuration` once a request and keep it: it never changes, it is only replaced.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        on_change: OnChange,
        *,
        prepare: OnChange | None = None,
        every_s: float = _CHECK_EVERY_S,
    ) -> None:
        """Reads it for the first time.

        Raises:
            InvalidConfigurationError: There is no old one that could stay.
        """
        self._settings = settings
        self._on_change = on_change
        self._prepare = prepare
        self._every_s = every_s
        self._seen = self._signature()
        self._configuration = load(settings)
        self._loaded_at = datetime.now(UTC)
        self._error: str | None = None
        self._one_at_a_time = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None

    @property
    def configuration(self) -> Configuration:
        """The one in force."""
        return self._configuration

    def status(self) -> ReloadStatus:
        return ReloadStatus(
            loaded_at=self._loaded_at,
            digest=self._configuration.digest,
            file=self._settings.file,
            error=self._error,
        )

    def start(self) -> None:
        """Begins to watch the file, if there is one."""
        if self._settings.file is not None and self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Ends it; may be called twice. What is in force stays."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None

    async def reload(self) -> ReloadStatus:
        """Reads the file now, changed or not.

        Raises:
            InvalidConfigurationError: The old one stays in force.
        """
        async with self._one_at_a_time:
            self._seen = await asyncio.to_thread(self._signature)
            await self._take()
        return self.status()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._look()
            except InvalidConfigurationError:
                pass  # it is logged and in the status
            except Exception:  # whatever it is, later changes must still be seen
                logger.exception("The change of the configuration did not come to its end.")

    async def _look(self) -> None:
        async with self._one_at_a_time:
            seen = await asyncio.to_thread(self._signature)
            if seen is None or seen != self._seen:
                self._seen = seen
                await self._take()

    def _signature(self) -> tuple[int, ...] | None:
        """Of the file there is now, links followed: a mounted ConfigMap changes by swapping one.

        Taken before the file is read, so that what is written meanwhile is seen the next time.
        """
        if self._settings.file is None:
            return None
        try:
            status = self._settings.file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev

    async def _take(self) -> None:
        try:
            new = await asyncio.to_thread(load, self._settings)
        except InvalidConfigurationError as error:
            self._keep(str(error))
            raise
        old = self._configuration
        if new != old and self._prepare is not None:
            try:
                await self._prepare(old, new)
            except InvalidConfigurationError as error:
                self._keep(str(error))
                raise
            except Exception as error:
                self._keep(f"It could not be put into force: {type(error).__name__}.")
                raise
        self._configuration = new
        self._loaded_at = datetime.now(UTC)
        self._error = None
        if new != old:
            logger.info("A new configuration is in force, %s.", new.digest[:12])
            await self._on_change(old, new)

    def _keep(self, error: str) -> None:
        if error != self._error:  # once, not once a second
            logger.error("The configuration before stays in force. %s", error)
        self._error = error
