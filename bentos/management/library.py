"""The catalogue beside what is here: weights in the store, their use, what is chosen of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from bentos import store
from bentos.management.errors import StoreError, UnknownModelError
from bentos.management.shapes import (
    InstalledVersion,
    MemoryEstimate,
    ModelSummary,
    UsageSummary,
)
from bentos.store import Stored
from common.catalogue.catalogue import Catalogue, CatalogueError
from common.catalogue.entry import Entry, Family
from common.catalogue.estimate import download_bytes, estimate, recommended
from common.machine import Machine
from common.state.file import StateError, StateFile
from common.state.records import Choice, Measurement, Running, Weights
from common.state.tally import Tally

_ANY = Weights("", "", "")


@dataclass(frozen=True)
class Library:
    """One look at everything; what changes afterwards it does not see."""

    catalogue: Catalogue
    state: StateFile | None
    """None where nothing is kept."""
    machine: Machine

    @cached_property
    def stored(self) -> list[Stored]:
        return store.installed()

    @cached_property
    def choices(self) -> list[Choice]:
        with named_errors():
            return self.state.choices() if self.state else []

    @cached_property
    def tallies(self) -> dict[Weights, Tally]:
        with named_errors():
            return self.state.tallies() if self.state else {}

    @cached_property
    def _running(self) -> list[Running]:
        with named_errors():
            return self.state.running() if self.state else []

    @cached_property
    def _measurements(self) -> list[Measurement]:
        with named_errors():
            return self.state.measurements() if self.state else []

    def entry(self, name: str) -> Entry:
        """The entry of that name.

        Raises:
            UnknownModelError: There is none.
        """
        found = self.catalogue.find(name)
        if found is None:
            raise UnknownModelError(name)
        return found

    def versions(self, entry: Entry) -> list[Stored]:
        """Its weights in the store, the newest last."""
        mine = [each for each in self.stored if self.entry_of(each) == entry]
        return sorted(mine, key=lambda each: each.created)

    def entry_of(self, stored: Stored) -> Entry | None:
        return self.catalogue.of_weights(stored.name, stored.source)

    def default(self, family: Family) -> Entry:
        """The operator's choice, else the catalogue's."""
        chosen = self.choice(family)
        found = self.catalogue.find(chosen.entry) if chosen else None
        return found or self.catalogue.default(family)

    def choice(self, family: Family) -> Choice | None:
        return next((each for each in self.choices if each.family == family), None)

    def is_chosen(self, stored: Stored) -> bool:
        """Whether an operator wants exactly these weights."""
        return any(
            (each.bento, each.version) == (stored.name, stored.version) for each in self.choices
        )

    def is_running(self, stored: Stored) -> bool:
        return any(
            (each.weights.bento, each.weights.version) == (stored.name, stored.version)
            for each in self._running
        )

    def installed(self, entry: Entry) -> list[InstalledVersion]:
        """Its weights in the store, as they are shown."""
        serving = store.serving(entry.bento) if entry.bento else None
        return [
            InstalledVersion(
                tag=each.tag,
                version=each.version,
                source=each.source,
                revision=each.revision,
                quantization=each.quantization,
                size_bytes=each.size_bytes,
                installed_at=each.created,
                chosen=each.path == serving,
                running=self.is_running(each),
                memory_bytes=self._memory(each),
            )
            for each in self.versions(entry)
        ]

    def measured(self, entry: Entry) -> dict[str, int]:
        """Memory that loading its weights added on this machine, by quantization."""
        return {
            each.weights.quantization: each.memory_bytes
            for each in sorted(self._measurements, key=lambda one: one.measured_at)
            if self.catalogue.of_weights(each.weights.bento, each.weights.source) == entry
        }

    def estimates(self, entry: Entry) -> list[MemoryEstimate]:
        measured = {name.upper(): size for name, size in self.measured(entry).items()}
        found = []
        for offer in entry.quantizations:
            need = estimate(entry, offer.name)
            found.append(
                MemoryEstimate(
                    quantization=offer.name,
                    weights_bytes=need.weights,
                    cache_bytes=need.cache,
                    overhead_bytes=need.overhead,
                    total_bytes=need.total,
                    download_bytes=download_bytes(entry, offer.name),
                    measured_bytes=measured.get(offer.name.upper()),
                )
            )
        return found

    def used(self, entry: Entry) -> UsageSummary:
        """How all its weights were used."""
        whole = Tally()
        for weights, tally in self.tallies.items():
            if self.catalogue.of_weights(weights.bento, weights.source) == entry:
                whole.add(tally)
        return summary_of(whole)

    def summary(self, entry: Entry) -> ModelSummary:
        quantization = recommended(entry, self.machine.memory_bytes)
        return ModelSummary(
            id=entry.id,
            aliases=list(entry.aliases),
            name=entry.name,
            family=entry.family,
            purpose=entry.purpose,
            bento=entry.bento,
            servable=entry.servable,
            default=self.default(entry.family) == entry,
            parameters=entry.architecture.parameters,
            license=entry.license,
            quantization=quantization,
            memory_bytes=estimate(entry, quantization).total,
            languages=len(entry.languages),
            installed=self.installed(entry),
        )

    def _memory(self, stored: Stored) -> int | None:
        found = [
            each.memory_bytes
            for each in sorted(self._measurements, key=lambda one: one.measured_at)
            if (each.weights.bento, each.weights.version) == (stored.name, stored.version)
        ]
        return found[-1] if found else None


def summary_of(tally: Tally) -> UsageSummary:
    """What was counted, for people."""
    if not tally.uses:
        return UsageSummary(
            uses=0,
            success_rate=None,
            mean_ms=None,
            p95_ms=None,
            tokens_in=0,
            tokens_out=0,
            last_used=None,
        )
    usage = tally.usage(_ANY)
    return UsageSummary(
        uses=usage.uses,
        success_rate=usage.succeeded / usage.uses,
        mean_ms=usage.mean_ms if usage.succeeded else None,
        p95_ms=usage.p95_ms if usage.succeeded else None,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        last_used=usage.last_used,
    )


@contextmanager
def named_errors() -> Iterator[None]:
    """What our files' errors are here."""
    try:
        yield
    except (CatalogueError, StateError, OSError) as error:
        raise StoreError(str(error)) from error
