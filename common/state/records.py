"""What the state file holds, as its readers and writers see it; nothing of SQLite."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Weights:
    """Which weights something is said of."""

    bento: str
    """The Bento that serves them, as `nllb`."""
    version: str
    """As in the model store; of the embedded demo its own."""
    source: str
    """Hub repository or file they came from."""
    quantization: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """One request that was answered or refused."""

    seconds: float
    succeeded: bool
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """All requests to some weights so far."""

    weights: Weights
    uses: int
    succeeded: int
    mean_ms: float
    """Of those that succeeded, as is `p95_ms`."""
    p95_ms: float
    """From a histogram of fixed buckets, so within 5 % of the true one."""
    tokens_in: int
    tokens_out: int
    last_used: datetime


@dataclass(frozen=True, slots=True)
class Measurement:
    """Memory that loading some weights added, on the machine that wrote it."""

    weights: Weights
    memory_bytes: int
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class Running:
    """A process that serves some weights now."""

    weights: Weights
    pid: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """What an operator wants served: a family's default, and which weights of its Bento."""

    family: str
    entry: str
    """Id in the catalogue."""
    bento: str
    version: str
