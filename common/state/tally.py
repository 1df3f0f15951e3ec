"""The count of requests, of constant size however many there are; neither locks nor stores."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from common.state.histogram import bucket_of, quantile
from common.state.records import Usage, Use, Weights

_P95: Final = 0.95


@dataclass(slots=True)
class Tally:
    """The requests to some weights; two of them add up to one."""

    uses: int = 0
    succeeded: int = 0
    seconds: float = 0.0
    """Of those that succeeded, all together."""
    tokens_in: int = 0
    tokens_out: int = 0
    last_used: float = 0.0
    """Seconds since 1970."""
    durations: dict[int, int] = field(default_factory=dict)
    """Of those that succeeded, how many are in each bucket of `histogram`."""

    def count(self, use: Use, at: float) -> None:
        """One request more."""
        self.uses += 1
        self.tokens_in += use.tokens_in
        self.tokens_out += use.tokens_out
        self.last_used = max(self.last_used, at)
        if use.succeeded:
            self.succeeded += 1
            self.seconds += use.seconds
            bucket = bucket_of(use.seconds)
            self.durations[bucket] = self.durations.get(bucket, 0) + 1

    def add(self, other: "Tally") -> None:
        """All that the other one counted."""
        self.uses += other.uses
        self.succeeded += other.succeeded
        self.seconds += other.seconds
        self.tokens_in += other.tokens_in
        self.tokens_out += other.tokens_out
        self.last_used = max(self.last_used, other.last_used)
        for bucket, count in other.durations.items():
            self.durations[bucket] = self.durations.get(bucket, 0) + count

    def usage(self, weights: Weights) -> Usage:
        """The same for people; both times are 0 where nothing succeeded."""
        return Usage(
            weights=weights,
            uses=self.uses,
            succeeded=self.succeeded,
            mean_ms=1000 * self.seconds / self.succeeded if self.succeeded else 0.0,
            p95_ms=1000 * quantile(self.durations, _P95),
            tokens_in=self.tokens_in,
            tokens_out=self.tokens_out,
            last_used=datetime.fromtimestamp(self.last_used, UTC),
        )
