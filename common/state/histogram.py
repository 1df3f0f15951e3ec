"""Durations in fixed logarithmic buckets: few numbers, added like numbers; keeps none itself.

Bucket i holds what took more than F·G^(i-1) and at most F·G^i, with F = 0.1 ms and G = 1.1; bucket
0 also what was shorter, bucket 200, of about five hours, what was longer. It stands for
2·F·G^i / (G+1), from which nothing in it is further than (G-1)/(G+1) = 4.8 %. The numbers are in
files, so they must stay as they are.
"""

import math
from collections.abc import Mapping
from typing import Final

FIRST_S: Final = 1e-4
GROWTH: Final = 1.1
LAST: Final = 200

_PER_E: Final = 1 / math.log(GROWTH)
# 0.95 of 100 is the 95th, whatever binary fractions make of it.
_ROUNDING: Final = 1e-9


def bucket_of(seconds: float) -> int:
    """Where a duration is counted."""
    if seconds <= FIRST_S:
        return 0
    return min(LAST, math.ceil(math.log(seconds / FIRST_S) * _PER_E))


def seconds_of(bucket: int) -> float:
    """What a bucket's durations are taken for."""
    return float(2 * FIRST_S * GROWTH**bucket / (GROWTH + 1))


def quantile(counts: Mapping[int, int], share: float) -> float:
    """The duration in seconds that so large a share did not exceed; 0 of nothing."""
    rank = max(1, math.ceil(share * sum(counts.values()) - _ROUNDING))
    passed = 0
    for bucket in sorted(counts):
        passed += counts[bucket]
        if passed >= rank:
            return seconds_of(bucket)
    return 0.0
