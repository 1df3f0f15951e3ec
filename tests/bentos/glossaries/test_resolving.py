from datetime import UTC, datetime

import pytest

from bentos.files.job import FileRequest
from bentos.glossaries.errors import InvalidGlossaryError
from bentos.glossaries.glossary import Dictionary, Glossary, Lexicon
from bentos.glossaries.resolving import (
    MOST,
    fitting,
    pair_of,
    with_file_terms,
    with_terms,
)
from common.glossaries.entries import Pair
from models.base.exceptions import UnsupportedLanguageError
from models.base.request_models import TranslationRequest
from models.base.translation_model import TranslationOptions

LARGE = Lexicon({f"word{n}": f"mot{n}" for n in range(MOST + 1)}, "en")


def glossary(*pairs: tuple[str, str]) -> Glossary:
    dictionaries = tuple(Dictionary(Pair(*pair), 1, 1) for pair in pairs)
    return Glossary("g", "n", "", datetime(2026, 1, 1, tzinfo=UTC), dictionaries)


BOTH = glossary(("en", "fr"), ("de", "fr"), ("fr", "en"), ("en", "zh"))


@pytest.mark.parametrize(
    ("source", "target", "pair"),
    [
        ("en", "fr", Pair("en", "fr")),
        ("eng_Latn", "fr-CA", Pair("en", "fr")),
        ("EN-us", "ZH-hant", Pair("en", "zh")),
        (" Auto ", "en-GB", Pair("fr", "en")),
    ],
)
def test_regions_and_scripts_are_left_out(source: str, target: str, pair: Pair) -> None:
    assert pair_of(BOTH, source, target) == pair


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("fr", "de", "no entries for these languages"),
        ("en", "en", "no entries for these languages"),
        ("auto", "de", "no entries for this target"),
        ("auto", "fr", "several source languages"),
    ],
)
def test_other_languages_are_refused(source: str, target: str, message: str) -> None:
    with pytest.raises(InvalidGlossaryError, match=message):
        pair_of(BOTH, source, target)


@pytest.mark.parametrize(("source", "target"), [("xx-yy", "fr"), ("en", "tlh"), ("auto", "tlh")])
def test_unknown_languages_are_named(source: str, target: str) -> None:
    with pytest.raises(UnsupportedLanguageError, match="is not known"):
        pair_of(BOTH, source, target)


async def test_a_small_glossary_goes_whole_and_a_large_one_as_needed() -> None:
    small = Lexicon({"a": "b"}, "en")
    assert await fitting(small, "nothing of it") == {"a": "b"}
    assert await fitting(LARGE, "word3, word9") == {"word3": "mot3", "word9": "mot9"}
    with pytest.raises(InvalidGlossaryError, match="in parts"):
        await fitting(LARGE, " ".join(LARGE.entries))


async def test_without_terms_nothing_is_asked() -> None:
    request = TranslationRequest(text="none", target_lang="fr")
    assert await with_terms(LARGE, request) == request


async def test_of_several_glossaries_the_first_goes_before() -> None:
    first, second = Lexicon({"a": "1"}, "en"), Lexicon({"a": "2", "b": "2", "c": "2"}, "en")
    own = FileRequest(target_lang="fr", options=TranslationOptions(glossary={"c": "own"}))
    found = await with_file_terms([first, second], own)
    assert found.options.glossary == {"a": "1", "b": "2", "c": "own"}
    assert found.terms_of is None
    assert await with_file_terms([], FileRequest(target_lang="fr")) == FileRequest(target_lang="fr")


async def test_a_large_glossary_goes_with_the_texts_of_a_file_that_need_it() -> None:
    first = Lexicon({"word1": "1"}, "en")
    found = await with_file_terms([first, LARGE], FileRequest(target_lang="fr"))
    assert found.options.glossary is None
    assert found.terms_of is not None
    assert found.terms_of("word1, word9") == {"word1": "1", "word9": "mot9"}
