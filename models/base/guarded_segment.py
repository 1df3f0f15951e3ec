"""Mends a segment whose translation lost what it must keep, as far as asking again can.

Stages, each only where the one before was not enough: what is almost right is repaired; the
segment is translated once more with numbers in place of what must stay; what stands between is
translated piece by piece. The best is kept.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from common.glossaries import terms
from common.glossaries.terms import Terms
from common.languages import LANGUAGES
from common.placeholders import comparison, masks, pieces, repair
from common.placeholders.grouping import regrouped
from common.placeholders.masks import Hole
from common.placeholders.pieces import Pieces
from models.base.exceptions import LinguaNexusError
from models.base.guarded_attempt import (
    Attempt,
    Wanted,
    attempt,
    first_attempt,
    rank,
    settled,
)
from models.base.layout import SPACELESS
from models.base.translation_model import SegmentTranslation, Translation

_MOST_PIECES = 16
# Texts that one caller's text has with the model at a time, beside itself: each is a caller to it.
_AT_ONCE = 16
# Its nouns begin with a capital wherever they stand.
_CAPITALS = frozenset({"deu_Latn", "ltz_Latn"})

logger = logging.getLogger(__name__)

Again = Callable[[str], Awaitable[Translation]]


@dataclass(frozen=True, slots=True)
class Flawed:
    """A segment whose translation is to be mended."""

    segment: SegmentTranslation
    wanted: Wanted
    first: Attempt


class Guard:
    """Looks at the segments of one text; `again` asks the model for another text, if it may."""

    def __init__(
        self,
        again: Again | None,
        source_lang: str,
        target_lang: str,
        glossary: Terms | None,
        count: Callable[[str], None],
    ) -> None:
        self._again = again
        self._source_lang, self._target_lang = source_lang, target_lang
        self._glossary = glossary
        self._count = count
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def look(self, segment: SegmentTranslation) -> SegmentTranslation | Flawed:
        """The segment as it is answered where nothing has to be asked again."""
        wanted = self._wanted(segment.source)
        if not wanted:
            return segment
        first = first_attempt(wanted, segment)
        if first.is_complete:
            return settled(wanted, segment, first, ())
        repaired = repair.repaired(wanted.protected, segment.text, first.difference)
        if repaired != segment.text:
            first = replace(first, text=repaired, difference=wanted.lacks(repaired))
        if not first.is_complete:
            return Flawed(segment, wanted, first)
        self._count("repaired")
        return settled(wanted, segment, first, ())

    async def mend(self, flawed: Flawed) -> SegmentTranslation:
        """The best translation that the model can be brought to; never raises what it raises."""
        wanted, best = flawed.wanted, flawed.first
        made: list[Attempt] = []
        stage = "lost"
        for name, retry in (("protected", self._protected), ("pieces", self._in_pieces)):
            another = None if best.is_complete else await retry(wanted, best)
            if another is None:
                continue
            made.append(another)
            if rank(wanted, another, flawed.first) < rank(wanted, best, flawed.first):
                best, stage = another, name
        self._count(stage if best.is_complete else "lost")
        return settled(wanted, flawed.segment, best, made)

    def _wanted(self, source: str) -> Wanted:
        protected = comparison.protected(source)
        found = self._glossary.find(source) if self._glossary else []
        free = (
            term
            for term in found
            if not any(span.start < term.end and term.start < span.end for span in protected.spans)
        )
        return Wanted(protected, tuple(free), self._target_lang)

    async def _protected(self, wanted: Wanted, best: Attempt) -> Attempt | None:
        """With numbers in place of what must stay."""
        text = wanted.protected.text
        masked = masks.mask(text, _holes(wanted, best, self._source_lang))
        if masked is None:
            return None
        if not any(map(str.isalpha, masked.text)):
            return attempt(wanted, masked.filled(masked.text))
        made = await self._asked((masked.text,))
        if made is None:
            return None
        return attempt(wanted, _begun_like(text, masked.filled(made[0].text), wanted), made)

    async def _in_pieces(self, wanted: Wanted, best: Attempt) -> Attempt | None:
        """What stands between is translated by itself; a number that is gone is not worth it."""
        if not best.difference.lost and not best.difference.added:
            return None
        cut = pieces.cut(wanted.protected.text, wanted.protected.spans)
        if len(cut.texts) > _MOST_PIECES:
            return None
        made = await self._asked(cut.texts)
        return None if made is None else attempt(wanted, self._joined(cut, made), made)

    def _joined(self, cut: Pieces, made: Sequence[Translation]) -> str:
        scripts = [LANGUAGES[code].script for code in (self._source_lang, self._target_lang)]
        is_spaced = scripts[0] in SPACELESS and scripts[1] not in SPACELESS
        return cut.join(
            [one.text for one in made],
            space=" " if is_spaced else "",
            lower_case=self._target_lang not in _CAPITALS,
        )

    async def _asked(self, texts: Sequence[str]) -> list[Translation] | None:
        """Their translations; None: one failed, and the first translation stands."""
        made = await asyncio.gather(*map(self._quietly, texts))
        done = [one for one in made if one is not None]
        return done if len(done) == len(texts) else None

    async def _quietly(self, text: str) -> Translation | None:
        if self._again is None:
            return None
        try:
            async with self._turns:
                return await self._again(text)
        except LinguaNexusError as error:
            logger.info("A second look at a segment failed: %s", error.code)
            return None


def _holes(wanted: Wanted, best: Attempt, source_lang: str) -> list[Hole]:
    """What must stay, in order; of numbers only those that are gone."""
    text = wanted.protected.text
    begin = next((place for place, one in enumerate(text) if one.isalnum()), 0)
    holes = [Hole(span.start, span.end, span.text) for span in wanted.protected.spans]
    for term in wanted.terms:
        filling = terms.fitted(term, wanted.target_lang, begins=term.start == begin)
        holes.append(Hole(term.start, term.end, filling))
    for one in best.difference.numbers:
        if not any(hole.start < one.end and one.start < hole.end for hole in holes):
            number = regrouped(text[one.start : one.end], source_lang, wanted.target_lang)
            holes.append(Hole(one.start, one.end, number, is_number=True))
    return sorted(holes, key=lambda hole: hole.start)


def _begun_like(source: str, output: str, wanted: Wanted) -> str:
    """With a capital where a term has come to begin what began with one."""
    if not source[:1].isupper() or not output[:1].islower():
        return output
    begins = any(output.startswith(term.translation) for term in wanted.terms)
    return terms.capitalized(output) if begins else output
