"""All models that are known, ours and an operator's own; not which of them are installed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self

from common.catalogue.entry import Entry, Family
from common.catalogue.estimate import is_format
from common.catalogue.files import CatalogueError, described, read, write

__all__ = ["Catalogue", "CatalogueError", "write_additions"]

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Catalogue:
    """Entries whose names are nobody else's, with one default in every family."""

    entries: tuple[Entry, ...]
    """Ours first, in the order of their files; one that replaces ours stands in its place."""
    additions: tuple[Entry, ...] = ()
    """Those of them that are from the operator's file."""
    _names: dict[str, Entry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names: dict[str, Entry] = {}
        for entry in (*self.additions, *self.entries):
            names.setdefault(entry.repository.lower(), entry)
        for entry in self.entries:
            names |= dict.fromkeys((entry.id, *entry.aliases), entry)
        object.__setattr__(self, "_names", names)

    @classmethod
    def load(cls, additions: Path | None = None) -> Self:
        """Ours, and those of the operator's file.

        Raises:
            CatalogueError: naming what is wrong with the file.
        """
        ours = _ours()
        return cls(ours) if additions is None else cls(*_merged(ours, additions))

    def find(self, name: str) -> Entry | None:
        """The entry of that id, alias or repository, in any case."""
        return self._names.get(name.strip().lower())

    def default(self, family: Family) -> Entry:
        """What the family offers first."""
        return next(entry for entry in self.entries if entry.default and entry.family is family)

    def of_weights(self, bento: str, source: str) -> Entry | None:
        """What a Bento's weights from that repository are."""
        return next(
            (
                entry
                for entry in (*self.additions, *self.entries)
                if entry.bento == bento and entry.repository.lower() == source.lower()
            ),
            None,
        )


def write_additions(file: Path, entries: Iterable[Entry]) -> None:
    """Makes the operator's file one of exactly these.

    Raises:
        CatalogueError: where it cannot be written; what was there stays.
    """
    write(file, entries)


@cache
def _ours() -> tuple[Entry, ...]:
    files = sorted(DATA.glob("*.toml"), key=lambda file: list(Family).index(Family(file.stem)))
    entries = tuple(entry for file in files for entry in read(file))
    _check(entries, DATA)
    return entries


def _merged(ours: Sequence[Entry], file: Path) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    own = read(file)
    _check_formats(own, file)
    ids = {entry.id for entry in own}
    taken = {entry.family for entry in own if entry.default}
    kept = [_yielding(entry, taken) for entry in ours if entry.id not in ids]
    _check([*kept, *own], file, ours)
    by_id = {entry.id: entry for entry in (*kept, *own)}
    order = dict.fromkeys([*(entry.id for entry in ours), *by_id])
    return tuple(by_id[each] for each in order), own


def _yielding(entry: Entry, taken: set[Family]) -> Entry:
    """Without being the default of a family whose default the operator chose."""
    if entry.default and entry.family in taken:
        return entry.model_copy(update={"default": False})
    return entry


def _check_formats(entries: Sequence[Entry], file: Path) -> None:
    """Whether what their quantizations take can be estimated."""
    for entry in entries:
        for offer in entry.quantizations:
            if not is_format(entry.engine, offer.name):
                message = f"{entry.engine} has no format {offer.name!r}"
                raise described(file, f"model {entry.id}", "quantizations", message)


def _check(entries: Sequence[Entry], file: Path, before: Sequence[Entry] = ()) -> None:
    """Whether no two have one name, and every family has one default."""
    owners: dict[str, str] = {}
    defaults: dict[Family, str] = {}
    for entry in entries:
        for name in (entry.id, *entry.aliases):
            if name in owners:
                member = "aliases" if name in entry.aliases else "id"
                message = f"{name!r} is a name of {owners[name]} already"
                raise described(file, f"model {entry.id}", member, message)
            owners[name] = entry.id
        if entry.default:
            if entry.family in defaults:
                message = f"that of {entry.family} is {defaults[entry.family]} already"
                raise described(file, f"model {entry.id}", "default", message)
            defaults[entry.family] = entry.id
    for family in Family:
        if family not in defaults:
            lost = [entry.id for entry in before if entry.default and entry.family is family]
            where = f"model {lost[0]}" if lost else "models"
            raise described(file, where, "default", f"{family} would have none")
