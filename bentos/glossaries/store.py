"""Glossaries kept in the state file: whose they are, how much may be kept; nothing of HTTP."""

import asyncio
import logging
import unicodedata
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from bentos.glossaries.errors import (
    GlossariesUnavailableError,
    GlossaryLimitError,
    InvalidGlossaryError,
    UnknownGlossaryError,
)
from bentos.glossaries.glossary import Dictionary, Glossary, Lexicon, Viewer
from bentos.glossaries.settings import GlossarySettings
from common.glossaries.entries import Entries, Pair, parse, write
from common.state.database import StateError
from common.state.glossaries import (
    DictionaryInfo,
    GlossaryFile,
    StoredDictionary,
    StoredGlossary,
)

MAX_NAME: Final = 1024
_CONTROLS: Final = frozenset({"Cc", "Cs"})
_NOTHING: Final = "The glossary has no entries for these languages."
_CACHED: Final = 8
"""Dictionaries kept in memory, those that were used last: so many, with so many entries."""
_CACHED_ENTRIES: Final = 200_000

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Dictionaries = Mapping[Pair, Entries]

logger = logging.getLogger(__name__)


class GlossaryStore:
    """Serves any number of callers at once.

    Every method raises `GlossariesUnavailableError` where the file cannot be used, and all with a
    viewer `UnknownGlossaryError` for a glossary that is not his to see.
    """

    def __init__(
        self,
        file: Path | None,
        settings: GlossarySettings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._file = GlossaryFile(file) if file else None
        self._settings = settings
        self._now = now
        self._read: OrderedDict[int, Lexicon] = OrderedDict()

    async def create(self, viewer: Viewer, name: str, dictionaries: Dictionaries) -> Glossary:
        """Keep a new one, as its viewer's.

        Raises:
            InvalidGlossaryError: It has no name, or an endless one, or no entries.
            GlossaryLimitError: He keeps as much as he may.
        """
        name = _checked(name)
        if not dictionaries:
            raise InvalidGlossaryError("A glossary needs entries for at least one language pair.")
        stored = StoredGlossary(str(uuid.uuid4()), viewer.owner, name, self._now())
        written = [_stored(pair, entries) for pair, entries in dictionaries.items()]
        return await self._run(self._create, stored, written)

    async def of(self, viewer: Viewer) -> list[Glossary]:
        """All that he sees, the oldest first."""
        owner = None if viewer.is_manager else viewer.owner
        return await self._run(lambda file: [Glossary.of(one) for one in file.of(owner)])

    async def get(self, viewer: Viewer, glossary: str) -> Glossary:
        return await self._run(_find, viewer, glossary)

    async def lexicon(self, viewer: Viewer, glossary: str, pair: Pair) -> Lexicon:
        """The entries of one language pair."""
        dictionary = (await self.get(viewer, glossary)).dictionary(pair)
        if dictionary is None:
            raise UnknownGlossaryError(_NOTHING)
        known = self._read.get(dictionary.revision)
        if known is not None:
            self._read.move_to_end(dictionary.revision)
            return known
        revision, lexicon = await self._run(_lexicon, glossary, pair)
        self._keep(revision, lexicon)
        return lexicon

    def _keep(self, revision: int, lexicon: Lexicon) -> None:
        """In memory, where one that alone has too many entries stays only until the next."""
        self._read[revision] = lexicon
        entries = sum(len(one.entries) for one in self._read.values())
        while len(self._read) > 1 and (len(self._read) > _CACHED or entries > _CACHED_ENTRIES):
            _, oldest = self._read.popitem(last=False)
            entries -= len(oldest.entries)

    async def rename(self, viewer: Viewer, glossary: str, name: str) -> Glossary:
        name = _checked(name)

        def _rename(file: GlossaryFile) -> Glossary:
            _find(file, viewer, glossary)
            file.rename(glossary, name)
            return _find(file, viewer, glossary)

        return await self._run(_rename)

    async def put(
        self, viewer: Viewer, glossary: str, pair: Pair, entries: Entries, *, merge: bool = False
    ) -> Dictionary:
        """Its entries for a language pair; `merge` keeps those there that are not written anew.

        Raises:
            GlossaryLimitError: Its owner keeps as much as he may.
        """

        def _put(file: GlossaryFile) -> Dictionary:
            found = _find(file, viewer, glossary)
            before = file.entries(glossary, pair.source, pair.target)
            kept = parse(before.entries, "tsv") if merge and before else {}
            written = _stored(pair, {**kept, **entries})
            gone = len(before.entries) if before else 0
            self._check_room(file.held(found.owner).characters - gone + len(written.entries))
            if not file.put(glossary, written):
                raise UnknownGlossaryError
            return Dictionary(pair, written.info.count, 0)

        return await self._run(_put)

    async def remove(self, viewer: Viewer, glossary: str) -> None:
        def _remove(file: GlossaryFile) -> None:
            _find(file, viewer, glossary)
            file.remove(glossary)

        await self._run(_remove)

    async def remove_entries(self, viewer: Viewer, glossary: str, pair: Pair) -> None:
        """Those of one language pair; the glossary stays, even without any."""

        def _remove(file: GlossaryFile) -> None:
            _find(file, viewer, glossary)
            if not file.remove_entries(glossary, pair.source, pair.target):
                raise UnknownGlossaryError(_NOTHING)

        await self._run(_remove)

    def _create(
        self, file: GlossaryFile, stored: StoredGlossary, written: list[StoredDictionary]
    ) -> Glossary:
        held = file.held(stored.owner)
        if held.glossaries >= self._settings.max_per_key:
            most = self._settings.max_per_key
            message = f"There are {most} glossaries, as many as may be kept."
            raise GlossaryLimitError(message, limit=most)
        self._check_room(held.characters + sum(len(one.entries) for one in written))
        file.add(stored, written)
        return Glossary.of(file.get(stored.id) or stored)

    def _check_room(self, characters: int) -> None:
        most = self._settings.max_chars_per_key
        if characters > most:
            message = f"The entries have more than the {most} characters that may be kept."
            raise GlossaryLimitError(message, limit=most)

    async def _run(
        self,
        work: Callable[Concatenate[GlossaryFile, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        if self._file is None:
            message = "Glossaries are not kept here: set LINGUA_NEXUS_STATE_FILE."
            raise GlossariesUnavailableError(message)
        try:
            return await asyncio.to_thread(work, self._file, *args, **kwargs)
        except StateError as error:
            message = "Glossaries cannot be kept; the service's log says why."
            logger.error("Glossaries cannot be used: %s", error)  # noqa: TRY400 - one line says all
            raise GlossariesUnavailableError(message) from error


def _find(file: GlossaryFile, viewer: Viewer, glossary: str) -> Glossary:
    stored = file.get(glossary)
    if stored is None or not viewer.sees(stored.owner):
        raise UnknownGlossaryError
    return Glossary.of(stored)


def _lexicon(file: GlossaryFile, glossary: str, pair: Pair) -> tuple[int, Lexicon]:
    """With the revision that was read: it may be another than was seen before."""
    stored = file.entries(glossary, pair.source, pair.target)
    if stored is None:
        raise UnknownGlossaryError(_NOTHING)
    return stored.info.revision, Lexicon(parse(stored.entries, "tsv"), pair.source)


def _stored(pair: Pair, entries: Entries) -> StoredDictionary:
    info = DictionaryInfo(pair.source, pair.target, len(entries))
    return StoredDictionary(info, write(entries, "tsv"))


def _checked(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME or any(unicodedata.category(c) in _CONTROLS for c in name):
        message = f"A glossary's name must have from 1 to {MAX_NAME} printable characters."
        raise InvalidGlossaryError(message)
    return name
