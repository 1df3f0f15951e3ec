from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.engines.llamacpp.context import Context, DecodeError, Sampler
from models.engines.llamacpp.contract import CacheType, EngineLoadError, EngineSettings, Sampling
from models.engines.llamacpp.model import LoadedModel
from models.engines.llamacpp.scheduler import Copy, Step
from tests.tiny_gguf import tiny_gguf

SETTINGS = EngineSettings(
    slots=2, context_tokens=128, prefix_tokens=0, cached_prefixes=2, prefill_tokens=30, threads=1
)
DEMO = Path("models/aya/demo/weights/aya-demo.gguf")
TEXT = [2, 40, 41, 42, 43, 44]


@pytest.fixture
def model(tmp_path: Path) -> Iterator[LoadedModel]:
    model = LoadedModel(tiny_gguf(tmp_path), 0)
    yield model
    model.close()


@pytest.fixture
def context(model: LoadedModel) -> Iterator[Context]:
    context = Context(model, SETTINGS)
    yield context
    context.close()
    context.close()


def text(sequence: int, tokens: list[int], first: int = 0) -> Step:
    """The tokens in a sequence, the score of the last one wanted."""
    rows = len(tokens)
    return Step(
        tokens=tokens,
        positions=list(range(first, first + rows)),
        sequences=[sequence] * rows,
        outputs=[rows - 1],
    )


def test_scores_are_those_of_the_rows_that_are_wanted(context: Context) -> None:
    context.run(text(0, TEXT))
    alone = context.scores(1).copy()
    both = text(1, TEXT)
    other = text(2, TEXT[:3])
    both.tokens, both.positions = both.tokens + other.tokens, both.positions + other.positions
    both.sequences, both.outputs = both.sequences + other.sequences, [5, 8]
    context.run(both)
    scores = context.scores(2)
    assert scores.shape == (2, 400)
    np.testing.assert_allclose(scores[0], alone[0], atol=1e-3)
    assert context.likeliest(2) == [int(scores[0].argmax()), int(scores[1].argmax())]


def scores_with(cache_type: CacheType | None) -> NDArray[np.float32]:
    model = LoadedModel(DEMO, 0)
    context = Context(model, replace(SETTINGS, cache_type=cache_type))
    context.run(text(0, TEXT))
    scores = context.scores(1).copy()
    context.close()
    model.close()
    return scores


def test_keys_and_values_are_rounded_unless_that_is_not_wanted() -> None:
    np.testing.assert_array_equal(scores_with(None), scores_with("q8_0"))
    rounded, exact = scores_with("q8_0"), scores_with("f16")
    assert not np.array_equal(rounded, exact)
    np.testing.assert_allclose(rounded, exact, atol=0.3)


def test_heads_that_are_no_blocks_are_not_rounded(model: LoadedModel) -> None:
    assert model.head_size % 32
    with pytest.raises(EngineLoadError, match="q8_0"):
        Context(model, replace(SETTINGS, cache_type="q8_0"))


def test_copied_prefix_is_as_good_as_a_computed_one(context: Context) -> None:
    context.run(text(0, TEXT))
    whole = context.scores(1).copy()
    context.run(text(2, TEXT[:4]))
    step = text(1, TEXT[4:], first=4)
    step.copies = [Copy(2, 1, 4)]
    context.run(step)
    np.testing.assert_allclose(context.scores(1), whole, atol=1e-3)


def test_removed_sequence_can_be_written_from_the_start(context: Context) -> None:
    context.run(text(0, TEXT))
    first = context.scores(1).copy()
    step = text(0, TEXT)
    step.removals = [0]
    context.run(step)
    np.testing.assert_allclose(context.scores(1), first, atol=1e-3)


def test_order_of_the_cells_does_not_change_the_choice(context: Context) -> None:
    prompt = [2, *range(40, 60)]
    context.run(text(0, prompt))
    tidy = context.scores(1).copy()
    context.run(Step(removals=[0]))
    context.run(text(1, prompt[:9]))
    context.run(text(0, prompt[:12]))
    rest = text(0, prompt[12:], first=12)
    rest.removals = [1]
    context.run(rest)
    np.testing.assert_allclose(context.scores(1), tidy, atol=0.02)


def test_step_that_only_removes_computes_nothing(context: Context) -> None:
    context.run(text(0, TEXT))
    context.run(Step(removals=[0]))
    context.run(text(0, TEXT))


def test_step_that_llama_cpp_refuses_is_an_error(context: Context) -> None:
    context.run(text(0, TEXT))
    with pytest.raises(DecodeError, match="gave -1 for 6 rows"):
        context.run(text(0, TEXT))


def test_penalty_counts_what_was_written(context: Context) -> None:
    sampler = context.sampler(Sampling(repeat_penalty=1000.0))
    context.run(text(0, TEXT))
    scores = context.scores(1).copy()[0]
    likeliest = context.likeliest(1)[0]
    assert context.sample(sampler, 5) == likeliest
    assert scores[likeliest] > 0
    assert context.sample(sampler, 5) != likeliest
    sampler.close()


def test_sampler_takes_from_what_its_settings_leave(context: Context, model: LoadedModel) -> None:
    context.run(text(0, TEXT))
    best = set(np.argsort(context.scores(1)[0])[-3:].tolist())
    for sampling in (
        Sampling(temperature=2.0, top_k=3, seed=1),
        Sampling(temperature=0.01, seed=2),
        Sampling(temperature=1.0, top_p=0.0001, seed=3),
        Sampling(temperature=1.0, min_p=0.9999, seed=-1),
    ):
        sampler = Sampler(sampling, model.tokens)
        assert {context.sample(sampler, 5) for _ in range(20)} <= best
        sampler.close()
        sampler.close()
