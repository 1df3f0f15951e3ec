"""What a body may leave out, and how long it may be."""

import pytest
from pydantic import BaseModel, ValidationError

from bentos.gateway.legacy.shapes import (
    AyaRequest,
    LegacyRequest,
    MainRequest,
    MultimodelRequest,
    SingleRequest,
)

BODY = {"text": "Hi", "source_lang": "en", "target_lang": "fr"}


@pytest.mark.parametrize(
    ("shape", "most"),
    [
        (MainRequest, 5000),
        (LegacyRequest, 5000),
        (MultimodelRequest, 5000),
        (SingleRequest, 10_000),
    ],
)
def test_longest(shape: type[BaseModel], most: int) -> None:
    shape.model_validate({**BODY, "text": "x" * most})
    with pytest.raises(ValidationError):
        shape.model_validate({**BODY, "text": "x" * (most + 1)})
    with pytest.raises(ValidationError):  # counted before it is trimmed
        shape.model_validate({**BODY, "text": "x" * most + " "})


def test_aya_has_no_bound() -> None:
    assert len(AyaRequest(text="x" * 100_000).text) == 100_000


def test_defaults() -> None:
    assert AyaRequest(text="a").model_dump() == {
        "text": "a",
        "source_lang": None,
        "target_lang": "en",
        "model_options": None,
    }
    assert MainRequest(text="a", target_lang="fr").source_lang == "auto"
    assert MultimodelRequest(text="a", target_lang="fr").model == "nllb"


def test_codes_are_lowered_by_one_server_only() -> None:
    body = {"text": "a", "source_lang": "ENG_Latn", "target_lang": " FR "}
    assert SingleRequest.model_validate(body).source_lang == "eng_latn"
    assert SingleRequest.model_validate(body).target_lang == "fr"
    assert MainRequest.model_validate(body).source_lang == "ENG_Latn"


@pytest.mark.parametrize("model", [None, "", "nllb", "NLLB", "aya-expanse-8b", "m2m100"])
def test_names_of_models(model: str | None) -> None:
    assert MultimodelRequest.model_validate({**BODY, "model": model}).model == model


@pytest.mark.parametrize("model", ["a-b", "a/b", "a b", "../x", 3])
def test_no_names_of_models(model: object) -> None:
    with pytest.raises(ValidationError):
        MultimodelRequest.model_validate({**BODY, "model": model})
