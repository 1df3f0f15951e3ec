import asyncio

from prometheus_client import REGISTRY

from common.batching import Batcher
from common.metrics import QueueMetrics


def sample(name: str) -> float:
    return REGISTRY.get_sample_value(f"translation_{name}", {"model": "counted"}) or 0.0


async def test_a_batcher_is_counted_for_its_model() -> None:
    async def run_batch(items: list[int]) -> list[int]:
        assert sample("queue_segments") == 0
        return items

    batcher = Batcher(run_batch, 8, 100, lambda _: 1, 100, observer=QueueMetrics("counted"))
    futures = batcher.put([1, 2, 3], "caller")
    assert sample("queue_segments") == 3
    batcher.start()
    await asyncio.gather(*futures)
    await batcher.close()
    assert sample("queue_wait_seconds_count") == 3
    assert (sample("batch_segments_count"), sample("batch_segments_sum")) == (1, 3)
    assert sample("batch_seconds_count") == 1
