"""Everything that can be done about models, for whoever asks: a command line or HTTP."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import JsonValue

from bentos import pull, store
from bentos.management import bundle
from bentos.management.bundle import BundleError
from bentos.management.contents import Bundle, parse
from bentos.management.errors import (
    InvalidBundleError,
    ModelInUseError,
    NotInstalledError,
    NotServableError,
    PullFailedError,
    StoreError,
)
from bentos.management.library import named_errors
from bentos.management.reader import Reader, check_quantization
from bentos.management.shapes import (
    CurrentModel,
    ImportReport,
    PullBody,
    PullEvent,
    UseRequest,
)
from bentos.store import Stored
from common.catalogue.catalogue import write_additions
from common.catalogue.entry import Entry
from common.downloads import DownloadError
from common.state.file import StateFile
from common.state.records import Choice
from models.base.exceptions import InitializationError
from models.base.weights import PullRequest, WeightsError

Report = Callable[[PullEvent], None]


class Manager(Reader):
    """What a reader sees, and all that changes it.

    Everything raises `StoreError` where a file of ours cannot be read or written.
    """

    def use(self, request: UseRequest) -> CurrentModel:
        """Makes a model the default of its family, and its Bento serve it from its next start on.

        Raises:
            UnknownModelError, NotInstalledError: naming it.
        """
        library = self.look()
        entry = library.entry(request.model)
        versions = library.versions(entry)
        wanted = [each for each in versions if request.version in (None, each.version)]
        if not wanted:
            what = f"version {request.version!r} of {entry.id}" if versions else entry.id
            raise NotInstalledError(f"There is no {what} in the model store.", model=entry.id)
        chosen = wanted[-1]
        with named_errors():
            self._kept().choose(Choice(entry.family, entry.id, chosen.name, chosen.version))
        return CurrentModel(
            family=entry.family, id=entry.id, version=chosen.version, installed=True
        )

    def remove(self, name: str, *, force: bool = False) -> list[str]:
        """Deletes a model's weights, or one version of them, from the store; gives their tags.

        Raises:
            UnknownModelError, NotInstalledError: naming it.
            ModelInUseError: They are chosen or loaded, and it is not forced.
        """
        library = self.look()
        _, versions = self.named(library, name)
        if not versions:
            raise NotInstalledError(f"There is no {name} in the model store.", model=name)
        for each in versions if not force else []:
            for is_so, why in (
                (library.is_running(each), "a process serves it"),
                (library.is_chosen(each), "it is the one in use"),
            ):
                if is_so:
                    raise ModelInUseError(f"{each.tag} is not removed: {why}.", tag=each.tag)
        with named_errors():
            for each in versions:
                store.remove(each)
                for choice in library.choices:
                    if (choice.bento, choice.version) == (each.name, each.version):
                        self._kept().forget(choice.family)
        return [each.tag for each in versions]

    def check_pull(self, body: PullBody) -> Entry:
        """The entry to pull, before anything is begun.

        Raises:
            UnknownModelError, UnknownQuantizationError, NotServableError: naming it.
        """
        entry = self.look().entry(body.model)
        if body.quantization and body.quantization.lower() != "auto":
            check_quantization(entry, body.quantization)
        _pulled_as(entry)
        return entry

    def pull(self, body: PullBody, report: Report) -> str:
        """Brings a model's weights into the store; gives their tag. What `report` raises cancels.

        Raises:
            UnknownModelError, UnknownQuantizationError, NotServableError: as `check_pull`.
            PullFailedError: with the store as it was.
        """
        entry = self.check_pull(body)
        name = _pulled_as(entry)
        request = PullRequest(entry.repository, body.revision or entry.revision, body.quantization)
        report(PullEvent(status="started", message=f"{entry.name}, from {entry.repository}."))
        try:
            path = pull.pull(name, request, Reporter(report))
        except (DownloadError, WeightsError, InitializationError) as error:
            raise PullFailedError(str(error)) from error
        except OSError as error:
            raise PullFailedError(f"Cannot write: {error.strerror or error}.") from error
        tag = f"{name}:{path.name}"
        report(PullEvent(status="installed", tag=tag))
        return tag

    def export(self, target: Path, *, weights: Sequence[str] = ()) -> Path:
        """Writes catalogue additions, choices and statistics to a file, and weights where asked.

        Raises:
            UnknownModelError, NotInstalledError: naming the weights.
        """
        library = self.look()
        chosen: list[Stored] = []
        for name in weights:
            _, versions = self.named(library, name)
            if not versions:
                raise NotInstalledError(f"There is no {name} in the model store.", model=name)
            chosen += versions[-1:]
        with named_errors(), _bundle_errors():
            state = self._kept().dump()
            bundle.write(target, state, library.catalogue.additions, chosen)
        return target

    def import_(self, source: Path) -> ImportReport:
        """Takes over what `export` wrote, weights verified; entries and weights here stay.

        Uses are added to those here, choices replaced.

        Raises:
            InvalidBundleError: It is no such file, or was changed; nothing was taken over.
        """
        with _bundle_errors():
            found = bundle.read(source)
            extracted = bundle.extract(source)
        report = self._take_over(found)
        report.weights += extracted.brought
        report.skipped += [f"{tag}: it is in the model store" for tag in extracted.skipped]
        return report

    def import_content(self, content: dict[str, JsonValue]) -> ImportReport:
        """The same of an export without weights that was read already."""
        with _bundle_errors():
            found = parse(json.dumps(content).encode())
        if found.weights:
            raise InvalidBundleError("Weights are imported by the command line only.")
        return self._take_over(found)

    def _take_over(self, found: Bundle) -> ImportReport:
        with named_errors():
            if self._catalogue_file is not None and not self._catalogue_file.exists():
                write_additions(self._catalogue_file, [])
        library = self.look()
        known = {each.id for each in library.catalogue.additions}
        new = [each for each in found.additions if each.id not in known]
        skipped = [
            f"{each.id}: the catalogue has one" for each in found.additions if each.id in known
        ]
        if new and self._catalogue_file is None:
            skipped += [f"{each.id}: LINGUA_NEXUS_CATALOGUE_FILE is not set" for each in new]
            new = []
        with named_errors():
            if new and self._catalogue_file is not None:
                write_additions(self._catalogue_file, [*library.catalogue.additions, *new])
            merged = self._kept().merge(found.state)
        return ImportReport(
            entries=[each.id for each in new],
            choices=[each.family for each in found.state.choices],
            statistics=merged.usage,
            weights=[],
            skipped=skipped,
        )

    def _kept(self) -> StateFile:
        if self._state is None:
            raise StoreError("Nothing is kept: LINGUA_NEXUS_STATE_FILE is empty.")
        return self._state


class Reporter:
    """A pull's progress as events: one for each percent of a file."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._percents: dict[str, int] = {}

    def say(self, text: str) -> None:
        self._report(PullEvent(status="message", message=text))

    def progress(self, file: str, done: int, size: int) -> None:
        percent = 100 * done // max(size, 1)
        # A file's end is told each time: between conversion and store nothing else is there to
        # find out by that nobody wants the model any more.
        if self._percents.get(file) != percent or done >= size:
            self._percents[file] = percent
            event = PullEvent(status="downloading", file=file, completed=done, total=size)
            self._report(event)


def _pulled_as(entry: Entry) -> str:
    """The Bento that the weights are pulled for; raises `NotServableError`."""
    if entry.bento is None:
        raise NotServableError(f"No Bento serves {entry.id} yet.", model=entry.id)
    if not pull.has_source(entry.bento):
        message = f"{entry.id} is pulled where the Bento {entry.bento!r} is installed."
        raise NotServableError(message, model=entry.id)
    return entry.bento


@contextmanager
def _bundle_errors() -> Iterator[None]:
    try:
        yield
    except BundleError as error:
        raise InvalidBundleError(str(error)) from error
