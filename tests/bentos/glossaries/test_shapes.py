import pytest

from bentos.glossaries.errors import InvalidGlossaryError
from bentos.glossaries.shapes import NewDictionary, NewGlossary, pair_of, read
from common.glossaries.entries import Pair
from models.base.exceptions import UnsupportedLanguageError


def test_entries_are_an_object_or_a_file() -> None:
    for entries, form in (({"a": "b"}, "tsv"), ("a\tb\n", "tsv"), ("a,b\n", "csv")):
        fields = {"source_lang": "en", "target_lang": "fr", "entries": entries}
        dictionary = NewDictionary.model_validate({**fields, "entries_format": form})
        assert dictionary.read() == (Pair("en", "fr"), {"a": "b"})


def test_what_is_wrong_with_entries_is_said_with_its_line() -> None:
    with pytest.raises(InvalidGlossaryError, match="Line 2") as error:
        read("a\tb\nsecret", "tsv")
    assert error.value.details == {"line": 2}
    assert "secret" not in error.value.message
    with pytest.raises(InvalidGlossaryError, match="no entries") as error:
        read({}, "tsv")
    assert error.value.details == {}


def test_languages_are_two_that_are_known() -> None:
    assert pair_of("PT-br", "zh_Hant") == Pair("pt", "zh")
    with pytest.raises(InvalidGlossaryError, match="must be two"):
        pair_of("pt-BR", "pt-PT")
    with pytest.raises(UnsupportedLanguageError):
        pair_of("pt", "tlh")


def test_the_example_is_a_glossary() -> None:
    example = NewGlossary.model_json_schema()["example"]
    assert list(NewGlossary.model_validate(example).read()) == [Pair("en", "fr")]
