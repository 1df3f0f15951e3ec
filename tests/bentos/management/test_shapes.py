import pytest
from pydantic import BaseModel, ValidationError

from bentos.management import shapes


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (shapes.PlanRequest, {"model": "aya", "slots": 0}),
        (shapes.PlanRequest, {"model": "aya", "memory_bytes": 0}),
        (shapes.PlanRequest, {"quantization": "int8"}),
        (shapes.RecommendRequest, {"priority": "beauty"}),
        (shapes.RecommendRequest, {"famliy": "chat"}),
        (shapes.Filter, {"max_memory": -1}),
        (shapes.PullBody, {"model": "aya", "folder": "/etc"}),
    ],
)
def test_what_is_asked_has_no_unknown_member_and_no_senseless_number(
    kind: type[BaseModel], asked: dict[str, object]
) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(asked)


def test_event_of_a_pull_says_no_more_than_it_knows() -> None:
    event = shapes.PullEvent(status="downloading", file="model.bin", completed=1, total=2)
    assert event.model_dump(exclude_defaults=True) == {
        "status": "downloading",
        "file": "model.bin",
        "completed": 1,
        "total": 2,
    }
