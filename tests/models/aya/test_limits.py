import pytest

from models.aya.limits import limits_of
from models.aya.settings import AyaSettings


def test_a_segment_its_frame_and_a_translation_twice_its_size_always_fit() -> None:
    for request in (256, 512, 1024, 2048, 8192):
        for wanted in (None, 16, 4096):
            settings = AyaSettings(max_segment_tokens=wanted)
            limits = limits_of(settings, request=request, demo=False)
            assert limits.segment >= 16
            assert 3 * limits.segment + 96 <= request
            assert limits.room >= 0


def test_what_is_set_goes_before_what_suits_the_weights() -> None:
    settings = AyaSettings(max_segment_tokens=40, max_output_tokens=90, max_passage_tokens=0)
    limits = limits_of(settings, request=2048, demo=True)
    assert (limits.segment, limits.output, limits.passage) == (40, 90, 0)


def test_the_demo_is_shown_less_than_the_model() -> None:
    demo, full = (limits_of(AyaSettings(), request=2048, demo=demo) for demo in (True, False))
    assert demo.segment < full.segment
    assert demo.passage < full.passage


@pytest.mark.parametrize("wanted", [None, 4096])
def test_a_budget_leaves_the_request_whole(wanted: int | None) -> None:
    limits = limits_of(AyaSettings(), request=512, demo=False)
    for prompt_tokens in (10, 400, 511):
        budget = limits.budget(80, prompt_tokens, wanted)
        assert 1 <= budget <= 512 - prompt_tokens
    assert limits.budget(80, 600) == 1


def test_a_budget_follows_the_source_where_the_caller_wants_nothing() -> None:
    limits = limits_of(AyaSettings(), request=2048, demo=False)
    assert limits.budget(10, 100) < limits.budget(20, 100)
    assert limits.budget(10, 100, wanted=5) == 5
