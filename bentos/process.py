"""What metrics tell of a service's own process: since when it runs, and what it takes."""

import psutil

from common import memory, metrics


def show_start(label: str) -> None:
    """Once, when a service starts; `label` is its name in metrics."""
    metrics.START_SECONDS.labels(label).set(psutil.Process().create_time())


def show_memory(label: str) -> None:
    """As it is now."""
    metrics.MEMORY_BYTES.labels(label).set(psutil.Process().memory_info().rss)
    metrics.MEMORY_AVAILABLE_BYTES.labels(label).set(memory.available().available)
