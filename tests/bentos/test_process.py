import time

from prometheus_client import REGISTRY

from bentos.process import show_memory, show_start

LABELS = {"model": "shown"}


def test_a_process_says_since_when_it_runs() -> None:
    show_start("shown")
    began = REGISTRY.get_sample_value("translation_start_time_seconds", LABELS)
    assert began is not None
    assert 0 < time.time() - began < 86_400


def test_a_process_says_what_it_takes_and_what_is_left() -> None:
    show_memory("shown")
    taken = REGISTRY.get_sample_value("translation_memory_bytes", LABELS)
    left = REGISTRY.get_sample_value("translation_memory_available_bytes", LABELS)
    assert taken is not None
    assert left is not None
    assert taken > 1_000_000
    assert left > 0
