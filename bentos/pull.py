"""Behind `make pull:<name>`: puts weights into the model store; how they are made is the model's.

As in `python -m bentos.pull nllb facebook/nllb-200-1.3B --shortlist fra_Latn,deu_Latn`, or, to see
what would be done, `python -m bentos.pull aya --dry-run`.
"""

import argparse
import importlib
import importlib.util
import pkgutil
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, cast

from filelock import FileLock, Timeout
from pydantic import JsonValue

from bentos import store
from common import downloads
from common.downloads import DownloadError, DownloadInterruptedError, gigabytes
from models.base.exceptions import InitializationError
from models.base.weights import PullRequest, WeightsError, WeightsPlan


class Source(Protocol):
    """A model's `source` module. It may have `ALIASES`, further names that an operator may type."""

    def plan(self, request: PullRequest, workspace: Path) -> WeightsPlan: ...


class Meter:
    """How far each file is: a line that is rewritten on a terminal, one line a file elsewhere."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}

    def __call__(self, name: str, done: int, size: int) -> None:
        percent = 100 * done // max(size, 1)
        if name not in self._shown:
            say(f"Downloading {name}, {downloads.gigabytes(size)}.")
        elif percent == self._shown[name]:
            return
        self._shown[name] = percent
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{percent:3d} % " + ("\n" if done >= size else ""))
            sys.stderr.flush()


def say(text: str) -> None:
    """To the operator, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def pull(
    name: str, request: PullRequest, free: Callable[[Path], int] = downloads.free_bytes
) -> Path:
    """The store's folder with the weights asked for, made now unless they are there already.

    Raises:
        DownloadError, WeightsError: with the store as it was.
    """
    workspace = store.workspace(name)
    workspace.mkdir(parents=True, exist_ok=True)
    with FileLock(workspace / ".lock", timeout=0):
        plan = source_of(name).plan(request, workspace)
        while True:
            try:
                return _put(name, plan, free)
            except DownloadInterruptedError:
                raise  # what arrived is worth going on from
            except (DownloadError, WeightsError) as error:
                smaller = plan.fallback()
                if smaller is None:
                    raise
                say(f"{plan.description.version} cannot be had: {error}")
                plan = smaller


def _put(name: str, plan: WeightsPlan, free: Callable[[Path], int]) -> Path:
    """The store's folder with these weights, which are made unless they are there."""
    description = plan.description
    tag = f"{name}:{description.version}"
    found = store.find(name, description.version)
    if found is not None:
        say(f"{tag} is in the model store already.")
    else:
        explain(name, plan, free)
        plan.check_tools()
        downloads.require_space(plan.folder, plan.needed_bytes(), free)
        made = plan.make(Meter())
        metadata: dict[str, JsonValue] = {
            "name": name,
            "version": description.version,
            **description.metadata,
        }
        found = store.create(name, description.version, made, description.labels, metadata)
        say(f"{tag} is in the model store. Its licence is {description.license}.")
    shutil.rmtree(plan.folder, ignore_errors=True)
    return found


def preview(
    name: str, request: PullRequest, free: Callable[[Path], int] = downloads.free_bytes
) -> None:
    """Says what `pull` would do; nothing large is downloaded.

    Raises:
        DownloadError, WeightsError: as `pull` would.
    """
    workspace = store.workspace(name)
    workspace.mkdir(parents=True, exist_ok=True)
    with FileLock(workspace / ".lock", timeout=0):
        plan = source_of(name).plan(request, workspace)
        explain(name, plan, free)
        if store.find(name, plan.description.version) is not None:
            say("It is in the model store already.")
        say("A dry run: nothing was pulled.")


def explain(name: str, plan: WeightsPlan, free: Callable[[Path], int]) -> None:
    """Says what making these weights means, a topic a line."""
    described = plan.description
    disk = f"{gigabytes(plan.needed_bytes())} needed, {gigabytes(free(plan.folder))} free"
    topics = {
        "source": f"{described.source} at {described.revision[:8]}",
        **plan.details(),
        "disk": disk,
        "licence": described.license,
    }
    say(f"{name}:{described.version}")
    for topic, text in topics.items():
        say(f"  {topic + ':':<14}{text}")


def full_name(name: str) -> str:
    """The model that `name` is an alias of, as its `source` module says; else `name` itself."""
    models = importlib.util.find_spec("models")
    packages = pkgutil.iter_modules(models.submodule_search_locations if models else None)
    folders = [each.name for each in packages if each.ispkg]
    if name in folders:
        return name
    pulled = [each for each in folders if importlib.util.find_spec(f"models.{each}.source")]
    return next((each for each in pulled if name in getattr(source_of(each), "ALIASES", ())), name)


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


def parse(arguments: Sequence[str] | None) -> tuple[str, PullRequest, bool]:
    """The model's name, what is wanted of it, and whether that is only to be shown."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.shortlist_text and not given.shortlist:
        parser.error("--shortlist-text needs --shortlist")
    request = PullRequest(
        model=given.model or None,
        revision=given.revision,
        quantization=given.quantization,
        folder=given.folder,
        shortlist=tuple(code.strip() for code in given.shortlist.split(",") if code.strip()),
        shortlist_texts=tuple(given.shortlist_text),
    )
    return full_name(given.name), request, given.dry_run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pull", description="Puts a model's weights into the BentoML model store."
    )
    parser.add_argument("name", help="the model, as in models/: nllb")
    parser.add_argument(
        "model", nargs="?", help="hub repository; by default the model's own choice"
    )
    parser.add_argument("--revision", help="branch, tag or commit of the repository")
    parser.add_argument("--quantization", help="by default the model's own choice")
    parser.add_argument(
        "--from",
        dest="folder",
        type=Path,
        help="folder with the downloaded files, or the file where one is enough: no hub is asked",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would be pulled, and what it takes"
    )
    parser.add_argument(
        "--shortlist",
        default="",
        help="target languages to narrow the output to: fra_Latn,deu_Latn; off by default",
    )
    parser.add_argument(
        "--shortlist-text",
        action="append",
        default=[],
        type=Path,
        help="text in those languages; may be repeated",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the process's exit code."""
    name, request, only_shown = parse(arguments)
    try:
        (preview if only_shown else pull)(name, request)
    except (DownloadError, WeightsError, InitializationError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except Timeout:
        sys.stderr.write(f"error: another pull of {name} is running.\n")
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
