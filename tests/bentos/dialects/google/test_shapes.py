"""Google's bodies are described as they may be written."""

from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from bentos.dialects.google.shapes import (
    DetectBody,
    LanguagesBody,
    TranslateBody,
    body_of,
    query_of,
)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize(
    ("said", "valid"),
    [
        ({"q": "a", "target": "fr"}, True),
        ({"q": ["a"] * 128, "target": "fr", "source": None, "format": "text", "cid": []}, True),
        ({"q": ["a"] * 129, "target": "fr"}, False),
        ({"q": "a"}, False),
        ({"q": "a", "target": "fr", "format": "xml"}, False),
    ],
)
def test_a_body_is_described_as_it_may_be(kind: str, said: dict[str, Any], valid: bool) -> None:
    schema = body_of(TranslateBody)["requestBody"]["content"][kind]["schema"]
    assert jsonschema_rs.is_valid(schema, said) is valid


@pytest.mark.parametrize(
    ("shape", "names", "needed"),
    [
        (TranslateBody, ["q", "target", "source", "format", "model"], {"q", "target"}),
        (DetectBody, ["q"], {"q"}),
        (LanguagesBody, ["target", "model"], set()),
    ],
)
def test_a_query_says_the_same(shape: type[BaseModel], names: list[str], needed: set[str]) -> None:
    parameters = query_of(shape)["parameters"]
    assert [one["name"] for one in parameters] == names
    assert {one["name"] for one in parameters if one["required"]} == needed
    assert body_of(shape)["requestBody"]["required"] is bool(needed)
    for one in parameters:
        assert one["schema"]["type"] == ("array" if one["name"] == "q" else "string")
