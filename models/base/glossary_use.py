"""What became of a glossary's terms in a translation; finds none itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class GlossaryUse:
    """Which of a glossary's terms that stand in a text its translation has, and which not."""

    applied: tuple[str, ...] = ()
    """Source terms, each once."""
    missed: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: "Iterable[GlossaryUse | None]") -> Self | None:
        """Of a whole, by its parts: a term that one part misses is missed, whatever others have.

        None: no part was asked for a term.
        """
        uses = [use for use in parts if use is not None]
        missed = dict.fromkeys(term for use in uses for term in use.missed)
        applied = dict.fromkeys(term for use in uses for term in use.applied if term not in missed)
        return cls(tuple(applied), tuple(missed)) if uses else None
