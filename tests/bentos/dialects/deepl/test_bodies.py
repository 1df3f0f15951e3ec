import pytest

from bentos.dialects.deepl.bodies import (
    DocumentBody,
    MultilingualBody,
    TranslateBody,
    sent_as,
    validated,
)
from bentos.errors import InvalidRequestError

FIELDS = {"text": "one", "target_lang": "FR"}


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        ("b", ("b",)),
        ("b, c,,d", ("b", "c", "d")),
        (["b,c", "d"], ("b", "c", "d")),
        ([], ()),
        ("", ()),
    ],
)
def test_names_are_lists_or_have_commas(sent: object, names: tuple[str, ...]) -> None:
    assert validated(TranslateBody, {**FIELDS, "ignore_tags": sent}).ignore_tags == names


@pytest.mark.parametrize("sent", [5, {"a": 1}, [{"a": 1}], [None], ["x"] * 201])
def test_other_names_are_refused(sent: object) -> None:
    with pytest.raises(InvalidRequestError, match="'ignore_tags' not supported"):
        validated(TranslateBody, {**FIELDS, "ignore_tags": sent})


@pytest.mark.parametrize(
    ("sent", "flag"), [("0", False), ("1", True), (True, True), (0, False), ("false", False)]
)
def test_flags_are_written_in_many_ways(sent: object, *, flag: bool) -> None:
    assert validated(TranslateBody, {**FIELDS, "outline_detection": sent}).outline_detection is flag


def test_the_glossary_that_is_named_alone_goes_first() -> None:
    body = validated(DocumentBody, {"target_lang": "FR", "glossary_id": "a", "glossary_ids": "b,c"})
    assert body.glossaries() == ("a", "b", "c")
    assert validated(DocumentBody, {"target_lang": "FR"}).glossaries() == ()
    with pytest.raises(InvalidRequestError, match="glossary_ids"):
        validated(DocumentBody, {"target_lang": "FR", "glossary_ids": "a,b,c,d,e,f"})


def test_a_refusal_quotes_nothing() -> None:
    with pytest.raises(InvalidRequestError) as error:
        validated(TranslateBody, {**FIELDS, "formality": "secret"})
    assert "secret" not in error.value.message


def test_a_body_is_published_as_json_and_as_a_form() -> None:
    content = sent_as(MultilingualBody)["requestBody"]["content"]
    assert set(content) == {"application/json", "application/x-www-form-urlencoded"}
    schema = content["application/json"]["schema"]
    assert "dictionaries" in schema["required"]
    assert "entries" in schema["properties"]["dictionaries"]["items"]["properties"]
    assert "$ref" not in str(content)
