"""Counts the adaptive answers since the start; decides nothing by them."""

from collections import Counter

from pydantic import JsonValue

from bentos.gateway.legacy.adaptive_stages import Finished


class Counts:
    """How many texts came, and how they ended; one whose caller left is only counted as come."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._grades: Counter[str] = Counter()
        self._seconds = 0.0

    def begin(self) -> None:
        self._counts["requests"] += 1

    def fail(self) -> None:
        self._counts["failed"] += 1

    def finish(self, finished: Finished) -> None:
        self._counts["completed"] += 1
        self._counts["cache_hits"] += finished.cache_hit
        self._counts["optimised"] += finished.optimised
        self._grades[finished.assessment.grade] += 1
        self._seconds += finished.seconds

    def of_answers(self) -> dict[str, JsonValue]:
        """How the texts ended."""
        completed = self._counts["completed"]
        return {
            "total_requests": self._counts["requests"],
            "completed": completed,
            "failed": self._counts["failed"],
            "optimizations_applied": self._counts["optimised"],
            "average_processing_time": round(self._seconds / max(1, completed), 4),
            "grades": {grade: self._grades[grade] for grade in "ABCDF"},
        }

    def of_cache(self, entries: int) -> dict[str, JsonValue]:
        """One answer is a hit if all of it came from a cache."""
        answers, hits = self._counts["completed"], self._counts["cache_hits"]
        return {
            "hit_rate": round(hits / max(1, answers), 4),
            "total_requests": answers,
            "cache_hits": hits,
            "cache_misses": answers - hits,
            "memory_usage": {"local_entries": entries, "pattern_cache_size": 0},
        }
