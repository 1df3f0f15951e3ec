from load_tests.benchmarks.llamacpp.server import Context
from load_tests.benchmarks.llamacpp.stages import plan


def test_the_model_is_planned_as_it_is_served() -> None:
    assert plan("aya", Context(threads=2, slots=16, tokens_per_slot=384)) == {
        "model": "aya",
        "quantization": "Q4_K_M",
        "slots": 16,
        "context_tokens": 384,
    }
