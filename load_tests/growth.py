"""Whether something grew during a soak: by its quarters and by its trend; not what it is."""

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

WARM_UP = 0.2
"""Share of the samples that is left out: caches fill, allocators take what they keep."""

MIN_SAMPLES = 12
"""After the warm-up; fewer say nothing."""


@dataclass(frozen=True)
class Growth:
    """What became of a value, once warm."""

    first: float
    """Median of the first quarter."""
    last: float
    """Median of the last quarter."""
    trend: float
    """What its slope adds from the first sample to the last: the median of the slopes between any
    two samples (Theil and Sen), which a spike does not move."""

    @property
    def added(self) -> float:
        """The worse of the two: steps show in the quarters, a slow climb in the trend too."""
        return max(self.last - self.first, self.trend)

    @property
    def share(self) -> float:
        return self.added / self.first


def growth_of(times_s: Sequence[float], values: Sequence[float]) -> Growth:
    """Of samples in order of time, the warm-up among them.

    Raises:
        ValueError: There are too few of them.
    """
    warm = _warm_up(times_s)
    times_s, values = times_s[warm:], values[warm:]
    if len(values) < MIN_SAMPLES:
        raise ValueError(f"{len(values)} samples after the warm-up, {MIN_SAMPLES} are needed.")
    quarter = len(values) // 4
    slopes = [
        (later - earlier) / (end - begin)
        for (begin, earlier), (end, later) in itertools.combinations(
            zip(times_s, values, strict=True), 2
        )
    ]
    return Growth(
        first=statistics.median(values[:quarter]),
        last=statistics.median(values[-quarter:]),
        trend=statistics.median(slopes) * (times_s[-1] - times_s[0]),
    )


def _warm_up(times_s: Sequence[float]) -> int:
    """How many samples belong to it."""
    if not times_s:
        return 0
    ends = times_s[0] + WARM_UP * (times_s[-1] - times_s[0])
    return sum(time_s < ends for time_s in times_s)
