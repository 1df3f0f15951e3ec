"""LibreTranslate's bodies are described as they may be written."""

from typing import Any

import jsonschema_rs
import pytest

from bentos.dialects.libretranslate.shapes import DetectBody, TranslateBody, body_of

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
ASKED = {"q": "a", "source": "en", "target": "fr"}


def schema_of(kind: str, **more: Any) -> Any:
    return body_of(TranslateBody, **more)["requestBody"]["content"][kind]["schema"]


@pytest.mark.parametrize(
    ("more", "by_json", "by_form"),
    [
        ({}, True, True),
        ({"q": ["a", "b"]}, True, False),
        ({"api_key": None, "format": None}, True, False),
        ({"format": "html", "alternatives": 3, "other": "x"}, True, True),
        ({"format": "odt"}, False, False),
        ({"alternatives": 6}, False, False),
        ({"source": ""}, False, False),
        ({"q": ""}, False, False),
        ({"q": []}, False, False),
    ],
)
def test_a_form_has_no_lists_and_no_nothing(
    more: dict[str, Any], by_json: bool, by_form: bool
) -> None:
    for kind, valid in ((JSON, by_json), (FORM, by_form), (MULTIPART, by_form)):
        assert jsonschema_rs.is_valid(schema_of(kind), {**ASKED, **more}) is valid, kind


def test_a_file_is_sent_in_parts_only() -> None:
    content = body_of(DetectBody, file={"type": "string"})["requestBody"]["content"]
    assert content.keys() == {MULTIPART}
    assert content[MULTIPART]["schema"]["required"] == ["q", "file"]
