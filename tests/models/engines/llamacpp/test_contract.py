import pytest

from models.engines.llamacpp.contract import (
    EngineBusyError,
    EngineSettings,
    PromptTooLongError,
    Sampling,
    total_tokens,
)


def test_settings_add_up() -> None:
    settings = EngineSettings(
        slots=4, context_tokens=100, cached_prefixes=3, prefix_tokens=50, prefill_tokens=32
    )
    assert (settings.cells, settings.sequences, settings.rows) == (450, 7, 32)


def test_prompts_have_rows_however_many_outputs_are_written() -> None:
    assert EngineSettings(slots=64, prefill_tokens=32).rows == 72
    assert EngineSettings(slots=64, prefill_tokens=1).rows == 65


def test_tokens_of_all_parts_count() -> None:
    assert total_tokens([(1, 2), (), (3,)]) == 3


@pytest.mark.parametrize(
    ("sampling", "is_likeliest"),
    [
        (Sampling(), True),
        (Sampling(top_k=3, top_p=0.1, seed=4), True),
        (Sampling(repeat_penalty=1.1), False),
        (Sampling(temperature=0.1), False),
    ],
)
def test_likeliest_token_is_taken_at_temperature_zero(
    sampling: Sampling, is_likeliest: bool
) -> None:
    assert sampling.is_likeliest is is_likeliest


def test_errors_say_how_much_is_too_much() -> None:
    assert str(EngineBusyError(3)) == "3 requests are waiting."
    assert str(PromptTooLongError(9, 8)) == "The request needs 9 tokens of context; there are 8."
