import pytest

from bentos.contract import ModelState, Status
from bentos.dialects.deepl import languages
from bentos.errors import InvalidRequestError
from bentos.glossaries.errors import InvalidGlossaryError
from common.glossaries.entries import Pair
from common.languages import LANGUAGES


def state(*codes: str, formality: bool = False) -> ModelState:
    details = {"formality": formality}
    return ModelState(name="m", status=Status.READY, languages=codes, details=details)


ALL = [state(*LANGUAGES)]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("EN-GB", "eng_Latn"),
        ("en-us", "eng_Latn"),
        ("EN", "eng_Latn"),
        ("PT-BR", "por_Latn"),
        ("pt-PT", "por_Latn"),
        ("ZH", "zho_Hans"),
        ("ZH-HANS", "zho_Hans"),
        ("ZH-HANT", "zho_Hant"),
        ("NB", "nob_Latn"),
        ("ES-419", "spa_Latn"),
        ("KMR", "kmr_Latn"),
        ("CKB", "ckb_Arab"),
        ("YUE", "yue_Hant"),
        (" de ", "deu_Latn"),
    ],
)
def test_deepls_codes_are_understood(written: str, code: str) -> None:
    assert languages.read("target_lang", written) == code


def test_an_unknown_language_is_refused_in_the_field_it_stands_in() -> None:
    with pytest.raises(InvalidRequestError, match="Value for 'source_lang' not supported"):
        languages.read("source_lang", "XX")


@pytest.mark.parametrize(
    ("code", "bare"),
    [
        ("zho_Hant", "ZH"),
        ("por_Latn", "PT"),
        ("nob_Latn", "NB"),
        ("ast_Latn", "AST"),
        ("und", "UND"),
    ],
)
def test_sources_are_bare(code: str, bare: str) -> None:
    assert languages.bare(code) == bare


def test_every_language_listed_is_understood_and_listed_once() -> None:
    sources, targets = languages.sources(ALL), languages.targets(ALL)
    for listed in (sources, targets):
        codes = [one.language for one in listed]
        assert codes == sorted(set(codes))
        assert all(languages.CODES.find(code) for code in codes)
    found = {languages.read("target_lang", one.language) for one in targets}
    assert found == set(LANGUAGES)


def test_names_are_deepls() -> None:
    names = {one.language: one.name for one in languages.sources(ALL)}
    assert (names["ZH"], names["AR"], names["EN"]) == ("Chinese", "Arabic", "English")
    targets = {one.language: one.name for one in languages.targets(ALL)}
    assert targets["PT-BR"] == "Portuguese (Brazilian)"
    assert targets["ZH-HANT"] == "Chinese (traditional)"
    assert targets["NB"] == "Norwegian (bokmål)"
    assert "EN" not in targets


def test_a_register_is_a_models_in_languages_that_have_two() -> None:
    states = [state("deu_Latn", "eng_Latn"), state("eng_Latn", "fra_Latn", formality=True)]
    assert languages.takes_formality(states, "fra_Latn")
    assert not languages.takes_formality(states, "deu_Latn")
    assert not languages.takes_formality(states, "eng_Latn")
    listed = {one.language: one.supports_formality for one in languages.targets(states)}
    assert listed == {"DE": False, "EN-GB": False, "EN-US": False, "FR": True}


def test_pairs_are_of_one_model_and_bare() -> None:
    models = [("eng_Latn", "zho_Hans", "zho_Hant"), ("deu_Latn", "fra_Latn", "xxx_Latn")]
    assert languages.pairs(models) == [
        Pair("de", "fr"),
        Pair("en", "zh"),
        Pair("fr", "de"),
        Pair("zh", "en"),
    ]


def test_a_glossarys_languages_are_two() -> None:
    assert languages.pair_of("EN", "PT-BR") == Pair("en", "pt")
    with pytest.raises(InvalidGlossaryError):
        languages.pair_of("PT-PT", "PT-BR")
    with pytest.raises(InvalidRequestError, match="target_lang"):
        languages.pair_of("EN", "XX")
