"""What there is to see about models; changes nothing."""

from collections.abc import Callable

from bentos import store
from bentos.management import advice, ollama
from bentos.management.errors import UnknownQuantizationError
from bentos.management.library import Library, named_errors, summary_of
from bentos.management.ranking import code_of
from bentos.management.settings import ManagementSettings
from bentos.management.shapes import (
    CheckItem,
    CheckReport,
    CheckRequest,
    CurrentModel,
    CurrentModels,
    ModelList,
    ModelStatistics,
    ModelView,
    Plan,
    PlanRequest,
    Recommendations,
    RecommendRequest,
    StatisticsResponse,
    SyncReport,
)
from bentos.store import Stored
from common import machine
from common.catalogue.catalogue import Catalogue
from common.catalogue.entry import Entry, Family, Purpose
from common.downloads import free_bytes
from common.machine import Machine
from common.settings import ServiceSettings
from common.state.file import StateFile


class Reader:
    """May be used from any thread; each call looks at what is there anew.

    Everything raises `StoreError` where a file of ours cannot be read.
    """

    def __init__(
        self,
        service: ServiceSettings | None = None,
        settings: ManagementSettings | None = None,
        machine_of: Callable[[], Machine] = machine.detect,
    ) -> None:
        service = service or ServiceSettings()
        self._catalogue_file = service.catalogue_file
        self._state = StateFile(service.state_file) if service.state_file else None
        self._settings = settings or ManagementSettings()
        self._machine_of = machine_of

    def models(
        self,
        *,
        family: Family | None = None,
        purpose: Purpose | None = None,
        max_memory: int | None = None,
        language: str | None = None,
        installed: bool | None = None,
    ) -> ModelList:
        """The catalogue; `max_memory` in bytes, `language` in any of its codes.

        Raises:
            UnsupportedLanguageError: a code nobody knows.
        """
        library = self.look()
        code = code_of(language) if language else None
        wanted = [
            each
            for each in library.catalogue.entries
            if family in (None, each.family)
            and purpose in (None, each.purpose)
            and (code is None or code in each.languages)
        ]
        summaries = [library.summary(each) for each in wanted]
        return ModelList(
            models=[
                each
                for each in summaries
                if (max_memory is None or each.memory_bytes <= max_memory)
                and installed in (None, bool(each.installed))
            ],
            default_model=library.default(Family.TRANSLATION).id,
            defaults={each: library.default(each).id for each in Family},
        )

    def model(self, name: str) -> ModelView:
        """One model in full. Raises `UnknownModelError`."""
        library = self.look()
        entry = library.entry(name)
        return ModelView(
            **library.summary(entry).model_dump(),
            entry=entry,
            estimates=library.estimates(entry),
            usage=library.used(entry),
        )

    def plan(self, request: PlanRequest, *, probe: bool = False) -> Plan:
        """What pulling and serving a model takes; `probe` measures this machine for some seconds.

        Raises:
            UnknownModelError, UnknownQuantizationError: naming it.
        """
        library = self.look()
        entry = library.entry(request.model)
        check_quantization(entry, request.quantization)
        folder = store.workspace(entry.bento or entry.id)
        speed = machine.probe() if probe else None
        measured = library.measured(entry)
        free = free_bytes(folder)
        return advice.plan(entry, request, library.machine, free, measured, speed=speed)

    def recommend(self, request: RecommendRequest) -> Recommendations:
        """The models that fit, the best first."""
        library = self.look()
        entries = library.catalogue.entries
        usage = {each.id: library.used(each) for each in entries}
        measured = {each.id: library.measured(each) for each in entries}
        return advice.recommend(entries, request, library.machine, usage, measured)

    def check(self, request: CheckRequest) -> CheckReport:
        """Whether a model can run here, and its files are what was installed; reads all of them.

        Raises:
            UnknownModelError: neither a model nor a tag of the store.
        """
        library = self.look()
        entry, versions = self.named(library, request.model)
        items = advice.compatibility(entry, library.machine) if entry else []
        items += [_integrity(each) for each in versions]
        name = entry.id if entry else request.model
        return CheckReport(id=name, ok=all(each.ok for each in items), items=items)

    def current(self) -> CurrentModels:
        """What is used of each family."""
        library = self.look()
        found = []
        for family in Family:
            entry, choice = library.default(family), library.choice(family)
            versions = library.versions(entry)
            version = choice.version if choice and choice.entry == entry.id else None
            installed = any(version in (None, each.version) for each in versions)
            found.append(
                CurrentModel(family=family, id=entry.id, version=version, installed=installed)
            )
        return CurrentModels(current=found)

    def statistics(self) -> StatisticsResponse:
        """All that was ever used, the most used first."""
        library = self.look()
        found = []
        counted = sorted(library.tallies.items(), key=lambda pair: pair[1].uses, reverse=True)
        for weights, tally in counted:
            entry = library.catalogue.of_weights(weights.bento, weights.source)
            found.append(
                ModelStatistics(
                    id=entry.id if entry else None,
                    weights=f"{weights.bento}:{weights.version}",
                    bento=weights.bento,
                    **summary_of(tally).model_dump(),
                )
            )
        return StatisticsResponse(statistics=found)

    def sync(self) -> SyncReport:
        """The catalogue beside the store and an Ollama server."""
        library = self.look()
        of_entries = {each.tag: library.entry_of(each) for each in library.stored}
        known = {(each.name, each.version) for each in library.stored}
        names: list[str] | None = None
        complaint: str | None = None
        if self._settings.ollama_host:
            try:
                names = ollama.names(self._settings.ollama_host)
            except ollama.OllamaError as error:
                complaint = str(error)
        return SyncReport(
            installed=sorted({entry.id for entry in of_entries.values() if entry}),
            unknown=[tag for tag, entry in of_entries.items() if entry is None],
            missing=[
                f"{each.bento}:{each.version}"
                for each in library.choices
                if (each.bento, each.version) not in known
            ],
            ollama=names,
            ollama_error=complaint,
        )

    def look(self) -> Library:
        with named_errors():
            catalogue = Catalogue.load(self._catalogue_file)
        return Library(catalogue, self._state, self._machine_of())

    def named(self, library: Library, name: str) -> tuple[Entry | None, list[Stored]]:
        """A model and its weights, or the weights with that tag."""
        tagged = [each for each in library.stored if each.tag == name]
        if tagged:
            return library.entry_of(tagged[0]), tagged
        entry = library.entry(name)
        return entry, library.versions(entry)


def check_quantization(entry: Entry, name: str | None) -> None:
    """Raises `UnknownQuantizationError` where the model is not offered in it."""
    if name is not None and entry.quantization(name) is None:
        offered = [each.name for each in entry.quantizations]
        raise UnknownQuantizationError(entry.id, name, offered)


def _integrity(stored: Stored) -> CheckItem:
    problems = store.integrity(stored)
    message = "; ".join(problems) or "All files are what was installed."
    return CheckItem(name=f"files of {stored.tag}", ok=not problems, message=message)
