"""Behind `make pull:<name>`: puts weights into the model store; how they are made is the model's.

As in `python -m bentos.pull nllb facebook/nllb-200-1.3B --shortlist fra_Latn,deu_Latn`, or, to see
what would be done, `python -m bentos.pull aya --dry-run`.
"""

import importlib
import importlib.util
import pkgutil
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, cast

from filelock import FileLock, Timeout
from pydantic import JsonValue

from bentos import store
from bentos.pull_arguments import parse
from common import downloads
from common.downloads import DownloadError, DownloadInterruptedError, gigabytes
from models.base.exceptions import InitializationError
from models.base.weights import PullRequest, WeightsError, WeightsPlan


class Source(Protocol):
    """A model's `source` module. It may have `ALIASES`, further names that an operator may type."""

    def plan(self, request: PullRequest, workspace: Path) -> WeightsPlan: ...


class Reporter(Protocol):
    """Who is told how a pull goes. What it raises ends the pull: `PullCancelledError` is for that.

    It is asked between chunks of a download and between steps, so a cancelled conversion ends with
    the conversion.
    """

    def say(self, text: str) -> None: ...

    def progress(self, file: str, done: int, size: int) -> None: ...


class PullCancelledError(Exception):
    """Whoever asked for the pull wants it no more; the message says what is left of it."""


class PullRunningError(WeightsError):
    """The same model is being pulled already."""


class Terminal:
    """The command line's reporter: a line that is rewritten on a terminal, else one line a file."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}

    def say(self, text: str) -> None:
        """To the operator, at once."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def progress(self, file: str, done: int, size: int) -> None:
        percent = 100 * done // max(size, 1)
        if file not in self._shown:
            self.say(f"Downloading {file}, {gigabytes(size)}.")
        elif percent == self._shown[file]:
            return
        self._shown[file] = percent
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{percent:3d} % " + ("\n" if done >= size else ""))
            sys.stderr.flush()


def pull(
    name: str,
    request: PullRequest,
    report: Reporter,
    free: Callable[[Path], int] = downloads.free_bytes,
) -> Path:
    """The store's folder with the weights asked for, made now unless they are there already.

    Raises:
        DownloadError, WeightsError: with the store as it was.
        PullCancelledError: `report` raised it; the store is as it was.
    """
    try:
        with _alone(name, source_of(name)) as (source, workspace):
            return _first_of(name, source.plan(request, workspace), report, free)
    except PullCancelledError as error:
        message = (
            f"The pull of {name} was cancelled. What was downloaded stays; the same pull goes on "
            "from there."
        )
        raise PullCancelledError(message) from error


def _first_of(name: str, plan: WeightsPlan, report: Reporter, free: Callable[[Path], int]) -> Path:
    """What the plan makes, or where that cannot be had, what it falls back on."""
    while True:
        try:
            return _put(name, plan, report, free)
        except DownloadInterruptedError:
            raise  # what arrived is worth going on from
        except (DownloadError, WeightsError) as error:
            smaller = plan.fallback()
            if smaller is None:
                raise
            report.say(f"{plan.description.version} cannot be had: {error}")
            plan = smaller


@contextmanager
def _alone(name: str, source: Source) -> Iterator[tuple[Source, Path]]:
    """The source, and the folder to work in, which no other pull of this model uses meanwhile."""
    workspace = store.workspace(name)
    lock = FileLock(workspace / ".lock", timeout=0)
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise PullRunningError(f"another pull of {name} is running.") from error
    except OSError as error:
        message = f"The model store is read-only here: {workspace}: {error.strerror or error}."
        raise WeightsError(message) from error
    try:
        yield source, workspace
    finally:
        lock.release()


class _Asked:
    """Passes progress on, and can ask once more whether to go on where nothing is new to tell."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._last: tuple[str, int, int] | None = None

    def __call__(self, file: str, done: int, size: int) -> None:
        self._last = (file, done, size)
        self._report.progress(*self._last)

    def again(self) -> None:
        if self._last is not None:
            self._report.progress(*self._last)


def _put(name: str, plan: WeightsPlan, report: Reporter, free: Callable[[Path], int]) -> Path:
    """The store's folder with these weights, which are made unless they are there."""
    description = plan.description
    tag = f"{name}:{description.version}"
    found = store.find(name, description.version)
    if found is not None:
        report.say(f"{tag} is in the model store already.")
    else:
        explain(name, plan, report, free)
        plan.check_tools()
        downloads.require_space(plan.folder, plan.needed_bytes(), free)
        asked = _Asked(report)
        made = plan.make(asked)
        asked.again()
        metadata: dict[str, JsonValue] = {
            "name": name,
            "version": description.version,
            **description.metadata,
        }
        found = store.create(name, description.version, made, description.labels, metadata)
        with suppress(PullCancelledError):  # too late: it is there
            report.say(f"{tag} is in the model store. Its licence is {description.license}.")
    shutil.rmtree(plan.folder, ignore_errors=True)
    return found


def preview(
    name: str,
    request: PullRequest,
    report: Reporter,
    free: Callable[[Path], int] = downloads.free_bytes,
) -> None:
    """Says what `pull` would do; nothing large is downloaded.

    Raises:
        DownloadError, WeightsError: as `pull` would.
    """
    with _alone(name, source_of(name)) as (source, workspace):
        plan = source.plan(request, workspace)
        explain(name, plan, report, free)
        if store.find(name, plan.description.version) is not None:
            report.say("It is in the model store already.")
        report.say("A dry run: nothing was pulled.")


def explain(name: str, plan: WeightsPlan, report: Reporter, free: Callable[[Path], int]) -> None:
    """Says what making these weights means, a topic a line."""
    described = plan.description
    disk = f"{gigabytes(plan.needed_bytes())} needed, {gigabytes(free(plan.folder))} free"
    topics = {
        "source": f"{described.source} at {described.revision[:8]}",
        **plan.details(),
        "disk": disk,
        "licence": described.license,
    }
    report.say(f"{name}:{described.version}")
    for topic, text in topics.items():
        report.say(f"  {topic + ':':<14}{text}")


def full_name(name: str) -> str:
    """The model that `name` is an alias of, as its `source` module says; else `name` itself."""
    models = importlib.util.find_spec("models")
    packages = pkgutil.iter_modules(models.submodule_search_locations if models else None)
    folders = [each.name for each in packages if each.ispkg]
    if name in folders:
        return name
    pulled = [each for each in folders if importlib.util.find_spec(f"models.{each}.source")]
    return next((each for each in pulled if name in getattr(source_of(each), "ALIASES", ())), name)


def has_source(name: str) -> bool:
    """Whether the weights of `name` can be pulled here: a Bento ships its own model only."""
    try:
        source_of(name)
    except WeightsError:
        return False
    return True


def source_of(name: str) -> Source:
    """The model's `source` module.

    Raises:
        WeightsError: where there is no such model, or none that is pulled.
    """
    module = f"models.{name}.source"
    if not name.isidentifier() or importlib.util.find_spec(f"models.{name}") is None:
        raise WeightsError(f"There is no model {name!r}.")
    if importlib.util.find_spec(module) is None:
        raise WeightsError(f"The weights of {name!r} are not pulled.")
    return cast("Source", importlib.import_module(module))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the process's exit code."""
    given, request, only_shown = parse(arguments)
    name = full_name(given)
    try:
        (preview if only_shown else pull)(name, request, Terminal())
    except (DownloadError, WeightsError, InitializationError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: the same command goes on from here.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
