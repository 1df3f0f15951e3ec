from typing import Any

import pytest
from pydantic import JsonValue, ValidationError

from bentos.errors import InvalidRequestError
from bentos.validation import check_items, check_text, invalid
from models.base.exceptions import EmptyTextError, TextTooLongError
from models.base.request_models import TranslationRequest


def refused(body: dict[str, Any]) -> InvalidRequestError:
    try:
        TranslationRequest.model_validate(body)
    except ValidationError as error:
        return invalid(error.errors())
    message = "It is valid."
    raise AssertionError(message)


def fields(error: InvalidRequestError) -> list[JsonValue]:
    found = error.details["fields"]
    assert isinstance(found, list)
    return [one["field"] for one in found if isinstance(one, dict)]


def test_every_wrong_field_is_named() -> None:
    error = refused({"text": 3, "source_lang": "e", "speed": "fast"})
    assert fields(error) == ["text", "source_lang", "target_lang", "speed"]
    assert "target_lang" in error.message


def test_what_a_field_held_is_never_told() -> None:
    error = refused({"text": ["a secret"], "target_lang": "secret " * 9})
    assert "secret" not in str(error.details) + error.message


def test_a_glossarys_words_are_the_callers_and_are_not_told() -> None:
    error = refused({"text": "x", "target_lang": "fr", "options": {"glossary": {"secret": 1}}})
    assert fields(error) == ["options.glossary"]
    assert "secret" not in str(error.details) + error.message


def test_a_name_that_is_none_is_not_told() -> None:
    assert fields(refused({"text": "x", "target_lang": "fr", "my secret": 1})) == ["?"]


def test_half_a_surrogate_pair_is_refused() -> None:
    assert fields(refused({"text": "\ud800", "target_lang": "fr"})) == ["text"]
    assert fields(refused({"text": "x", "target_lang": "\ud800\ud800"})) == ["target_lang"]


def test_a_thousand_wrong_fields_make_no_thousand_details() -> None:
    wrong = {f"x{number}": 1 for number in range(1000)}
    assert len(fields(refused({"text": "x", "target_lang": "fr", **wrong}))) == 20


def test_broken_json_is_no_field() -> None:
    error = invalid([{"type": "json_invalid", "loc": ("body", 7), "msg": "quotes a secret"}])
    assert fields(error) == ["body"]
    assert "secret" not in str(error.details)


def test_a_text_must_have_something_to_translate() -> None:
    check_text(" a ", 3)
    with pytest.raises(EmptyTextError):
        check_text(" \n", 3)
    with pytest.raises(TextTooLongError) as raised:
        check_text("four", 3)
    assert raised.value.details == {"limit": 3, "characters": 4}


def test_a_batch_has_a_length() -> None:
    check_items(2, 2)
    with pytest.raises(TextTooLongError) as raised:
        check_items(3, 2)
    assert raised.value.details == {"limit": 2, "items": 3}
