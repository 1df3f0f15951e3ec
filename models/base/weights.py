"""What `make pull:<name>` asks of a model's `source` module; nothing of hubs, formats or stores."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes of it that are there, and its size."""


class WeightsError(Exception):
    """Weights that cannot be made or used; the message is one line and says what can be done."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What the operator wants; None leaves the choice to the model."""

    model: str | None = None
    revision: str | None = None
    quantization: str | None = None
    folder: Path | None = None
    """Holds the downloaded files already, or is the only one: no hub is asked."""
    shortlist: tuple[str, ...] = ()
    """Target languages to narrow the output vocabulary to."""
    shortlist_texts: tuple[Path, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Description:
    """What the store records of weights."""

    version: str
    source: str
    revision: str
    license: str
    labels: dict[str, str]
    metadata: dict[str, JsonValue]


class WeightsPlan(ABC):
    """Weights that can be made. A `source` module has `plan(request, workspace) -> WeightsPlan`.

    `plan` refuses what is no model of its kind, before anything large is downloaded.
    """

    description: Description
    folder: Path
    """Where the work is done; it survives a failure, for the next attempt to go on from."""

    @abstractmethod
    def needed_bytes(self) -> int:
        """Disk space that `make` will still take."""

    @abstractmethod
    def check_tools(self) -> None:
        """Raises `WeightsError` where a library is missing that `make` needs."""

    @abstractmethod
    def make(self, progress: Progress) -> Path:
        """Downloads, converts and checks; a folder below `folder` with what is to be served.

        Raises:
            WeightsError: naming what is wrong with the weights.
        """

    def details(self) -> dict[str, str]:
        """What else an operator wants to know before it is made, by topic."""
        return {}

    def fallback(self) -> "WeightsPlan | None":
        """What to make where this cannot be had; None where there is nothing else."""
        return None
