from typing import Any

import pytest
from pydantic import ValidationError

from bentos.contract import Answer, Call, ModelState, Reason, Status
from bentos.gateway.shapes import (
    BackendView,
    GatewayDetectionRequest,
    GatewayHealth,
    GatewayRequest,
    GatewayResponse,
    KeepAliveRequest,
)
from models.base.request_models import TranslationRequest, TranslationResponse
from models.base.translation_model import TranslationOptions

RESPONSE = TranslationResponse(
    translated_text="Salut",
    source_lang="eng_Latn",
    target_lang="fra_Latn",
    detected_source_lang=None,
    confidence=None,
    model_name="echo",
    processing_time_ms=1.0,
    warnings=[],
    metadata={},
)


def state(status: Status, *, on_demand: bool = False, name: str = "nllb") -> ModelState:
    return ModelState(name=name, status=status, on_demand=on_demand, languages=("fra_Latn",))


def test_a_request_without_a_model_leaves_the_call_as_it_is() -> None:
    call = Call(caller="me")
    assert GatewayRequest(text="Hi", target_lang="fr").asked(call) is call
    assert GatewayDetectionRequest(text="Hi").asked(call) is call


@pytest.mark.parametrize(
    "body",
    [
        GatewayRequest(text="Hi", target_lang="fr", model="aya"),
        GatewayDetectionRequest(text="Hi", model="aya"),
    ],
)
def test_a_model_named_is_that_of_the_call(
    body: GatewayRequest | GatewayDetectionRequest,
) -> None:
    asked = body.asked(Call(caller="me", request_id="r"))
    assert asked == Call(model="aya", caller="me", request_id="r")


def test_a_model_is_asked_what_it_knows_and_nothing_of_routing() -> None:
    options = TranslationOptions(formality="formal")
    body = GatewayRequest(text="Hi", target_lang="fr", options=options, model="aya")
    asked = body.translation()
    assert type(asked) is TranslationRequest
    expected = TranslationRequest(text="Hi", target_lang="fr", options=options)
    assert asked.model_dump() == expected.model_dump()


def test_an_answer_is_the_models_with_its_routing() -> None:
    answer = Answer(response=RESPONSE, model="aya", reason=Reason.SPLIT, arm="aya", cache="hit")
    shown = GatewayResponse.of(answer).model_dump(mode="json")
    assert shown.pop("routing") == {"model": "aya", "reason": "split", "arm": "aya", "cache": "hit"}
    assert shown == RESPONSE.model_dump(mode="json")


def test_a_backend_is_shown_with_its_state() -> None:
    shown = BackendView.of(
        ModelState(
            name="aya",
            status=Status.DOWN,
            message="It is gone.",
            on_demand=True,
            languages=("fra_Latn", "eng_Latn"),
            details={"version": "1"},
        )
    )
    assert shown.model_dump(mode="json") == {
        "name": "aya",
        "status": "down",
        "message": "It is gone.",
        "on_demand": True,
        "languages": 2,
        "details": {"version": "1"},
    }


@pytest.mark.parametrize("seconds", [None, 0, 0.5, 31_536_000])
def test_a_model_stays_for_seconds_or_for_good(seconds: float | None) -> None:
    assert KeepAliveRequest(seconds=seconds).seconds == seconds


@pytest.mark.parametrize(
    "body",
    [
        {},
        *({"seconds": seconds} for seconds in (-1, 31_536_001, float("nan"), False, "5")),
        {"s": 1},
    ],
)
def test_other_times_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KeepAliveRequest.model_validate(body)


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ([state(Status.READY)], "ok"),
        ([state(Status.DOWN), state(Status.READY, name="aya")], "ok"),
        ([state(Status.COLD, on_demand=True)], "ok"),
        ([state(Status.STARTING, on_demand=True)], "loading"),
        ([state(Status.DOWN, on_demand=True)], "down"),
        ([state(Status.DOWN)], "down"),
        ([], "down"),
    ],
)
def test_health_is_that_of_the_model_that_fares_best(states: list[ModelState], status: str) -> None:
    health = GatewayHealth.of(states)
    assert health.status == status
    assert health.ready is (status != "down")
    assert list(health.backends) == [each.name for each in states]
