"""A glossary as fronts see it, and who looks at it; stores nothing."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from common.glossaries.entries import Entries, Pair
from common.glossaries.terms import Terms
from common.languages import find
from common.state.glossaries import StoredGlossary


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks for glossaries: an owner sees his own."""

    owner: str
    """Label of a key; "" where no key is in force."""
    is_manager: bool = False
    """Whether he sees everybody's."""

    def sees(self, owner: str) -> bool:
        return self.is_manager or owner == self.owner


@dataclass(frozen=True, slots=True)
class Dictionary:
    """One language pair of a glossary, without its entries."""

    pair: Pair
    count: int
    revision: int
    """Another one for each time its entries are written."""


@dataclass(frozen=True, slots=True)
class Glossary:
    """A stored glossary, without its entries."""

    id: str
    name: str
    owner: str
    created_at: datetime
    dictionaries: tuple[Dictionary, ...]

    @classmethod
    def of(cls, stored: StoredGlossary) -> "Glossary":
        found = (
            Dictionary(Pair(one.source, one.target), one.count, one.revision)
            for one in stored.dictionaries
        )
        return cls(stored.id, stored.name, stored.owner, stored.created_at, tuple(found))

    def dictionary(self, pair: Pair) -> Dictionary | None:
        """None: it has nothing for these languages."""
        return next((one for one in self.dictionaries if one.pair == pair), None)


class Lexicon:
    """The entries of one language pair; never changes."""

    def __init__(self, entries: Entries, source: str) -> None:
        """`source` is the pair's."""
        self.entries = entries
        self._source = source

    @cached_property
    def _terms(self) -> Terms:
        language = find(self._source)
        return Terms(self.entries, language.code if language else self._source)

    def occurring(self, text: str) -> Entries:
        """Those whose terms stand in a text."""
        return {one.term: one.translation for one in self._terms.find(text)}
