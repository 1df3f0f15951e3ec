"""Every metric of ours, declared once; BentoML's own request metrics stand beside them on /metrics.

Labels take their values from closed sets only: never a key, an address or anything a caller wrote.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
# One process serves at a time. What one that was killed said last stays beside what the next says:
# a sum would count its memory for good, a least value its model that was not loaded.
_OF_THE_NEWEST: Final = "livemostrecent"

REQUESTS = Counter(
    "translation_requests_total",
    "Texts to translate, by outcome (ok, or the error's code).",
    ["model", "outcome"],
)
REQUEST_SECONDS = Histogram(
    "translation_request_seconds",
    "Time from a text's arrival to its translation.",
    ["model"],
    buckets=_SECONDS,
)
QUEUE_WAIT_SECONDS = Histogram(
    "translation_queue_wait_seconds",
    "Time a segment waited for its batch.",
    ["model"],
    buckets=_SECONDS,
)
QUEUE_SEGMENTS = Gauge(
    "translation_queue_segments",
    "Segments waiting for a batch.",
    ["model"],
    multiprocess_mode=_OF_THE_NEWEST,
)
BATCH_SEGMENTS = Histogram(
    "translation_batch_segments",
    "Segments computed together in one batch.",
    ["model"],
    buckets=(1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128),
)
BATCH_SECONDS = Histogram(
    "translation_batch_seconds", "Time the engine took for one batch.", ["model"], buckets=_SECONDS
)
TOKENS = Counter(
    "translation_tokens_total", "Tokens read (in) and written (out).", ["model", "direction"]
)
CHARACTERS = Counter(
    "translation_characters_total",
    "Characters of the texts read (in) and written (out).",
    ["model", "direction"],
)
ERRORS = Counter(
    "translation_errors_total", "Requests answered with an error, by its code.", ["model", "code"]
)
WARNINGS = Counter(
    "translation_warnings_total", "Warnings given with a translation, by code.", ["model", "code"]
)
CONFIDENCE = Histogram(
    "translation_confidence",
    "How sure the model was of a text's translation, from 0 to 1, where it has scores.",
    ["model"],
    buckets=tuple(tenth / 10 for tenth in range(1, 11)),
)
FILES = Counter(
    "translation_files_total",
    "Files translated, by format and outcome (done, cancelled, or the error's code).",
    ["model", "format", "outcome"],
)
GUARD = Counter(
    "translation_guard_total",
    "Segments whose translation first lacked a placeholder, a number or a term, by what mended it "
    "(repaired, protected, pieces) or that nothing did (lost).",
    ["model", "outcome"],
)
MODEL_LOADED = Gauge(
    "translation_model_loaded",
    "1 while the model can translate, else 0.",
    ["model"],
    multiprocess_mode=_OF_THE_NEWEST,
)
MEMORY_BYTES = Gauge(
    "translation_memory_bytes",
    "Resident memory of the service's process.",
    ["model"],
    multiprocess_mode=_OF_THE_NEWEST,
)
MEMORY_AVAILABLE_BYTES = Gauge(
    "translation_memory_available_bytes",
    "Memory that the process may still take: what the machine has free, or its limit leaves.",
    ["model"],
    multiprocess_mode=_OF_THE_NEWEST,
)
START_SECONDS = Gauge(
    "translation_start_time_seconds",
    "When the process that serves began, in seconds since 1970.",
    ["model"],
    multiprocess_mode=_OF_THE_NEWEST,
)


class QueueMetrics:
    """A batcher's observer that counts for one model."""

    def __init__(self, model: str) -> None:
        self._waited = QUEUE_WAIT_SECONDS.labels(model)
        self._segments = BATCH_SEGMENTS.labels(model)
        self._seconds = BATCH_SECONDS.labels(model)
        self._depth = QUEUE_SEGMENTS.labels(model)

    def waited(self, seconds: float) -> None:
        self._waited.observe(seconds)

    def batch(self, size: int, seconds: float) -> None:
        self._segments.observe(size)
        self._seconds.observe(seconds)

    def depth(self, n: int) -> None:
        self._depth.set(n)
