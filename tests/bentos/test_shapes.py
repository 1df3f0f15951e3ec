from bentos.shapes import ModelResponse, SegmentEvent
from models.base.translation_model import ModelDetails, ModelInfo, SegmentTranslation


def test_an_event_holds_what_puts_the_text_together_again() -> None:
    segment = SegmentTranslation(
        index=1,
        total=2,
        source="a",
        text="A",
        before="\n\n",
        after=" ",
        tokens_in=3,
        confidence=0.5,
        alternatives=("B",),
    )
    assert SegmentEvent.of(segment).model_dump() == {
        "index": 1,
        "total": 2,
        "before": "\n\n",
        "text": "A",
        "after": " ",
        "warnings": [],
        "confidence": 0.5,
        "alternatives": ["B"],
    }


def test_a_model_is_shown_with_everything_that_is_known_of_it() -> None:
    shown = set(ModelResponse.model_fields)
    assert shown == set(ModelInfo.model_fields) | set(ModelDetails.model_fields)
