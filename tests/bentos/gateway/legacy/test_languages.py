"""What clients call the languages, and the list they choose from."""

import json
from pathlib import Path

import pytest

from bentos.contract import ModelState, Status
from bentos.gateway.legacy import languages
from bentos.gateway.legacy.languages import (
    catalogue,
    entry_of,
    iso_of,
    language_of,
    name_of,
    spoken,
)
from common.languages import LANGUAGES

DATA = Path(languages.__file__).parent / "data"
CONVERTED = {
    "en": "eng_Latn",
    "ru": "rus_Cyrl",
    "es": "spa_Latn",
    "fr": "fra_Latn",
    "de": "deu_Latn",
    "zh": "zho_Hans",
    "ja": "jpn_Jpan",
    "ar": "arb_Arab",
    "pt": "por_Latn",
    "it": "ita_Latn",
    "nl": "nld_Latn",
    "ko": "kor_Hang",
    "hi": "hin_Deva",
    "tr": "tur_Latn",
    "pl": "pol_Latn",
    "cs": "ces_Latn",
    "sv": "swe_Latn",
    "da": "dan_Latn",
    "no": "nob_Latn",
    "fi": "fin_Latn",
}
NAMES = {"zh": "Chinese", "ar": "Arabic", "no": "Norwegian", "en": "English", "fa": "Persian"}


def state(*codes: str) -> ModelState:
    return ModelState(name="nllb", status=Status.READY, languages=codes)


@pytest.mark.parametrize(("iso", "code"), CONVERTED.items())
def test_the_predecessors_twenty_codes(iso: str, code: str) -> None:
    for written in (iso, iso.upper(), code, code.lower(), name_of(code), name_of(code).upper()):
        found = language_of(written)
        assert found is not None, written
        assert found.code == code
    assert iso_of(code) == iso


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *(("nor_Latn", "nob_Latn"), ("lav_Latn", "lvs_Latn"), ("ara_Arab", "arb_Arab")),
        *(("iw", "heb_Hebr"), ("jw", "jav_Latn"), ("zh-CN", "zho_Hans"), ("zh_tw", "zho_Hant")),
        *(("Persian", "pes_Arab"), ("chinese", "zho_Hans"), ("Chinese (Simplified)", "zho_Hans")),
        *(("Malay", "zsm_Latn"), ("Norwegian", "nob_Latn"), ("greek", "ell_Grek")),
    ],
)
def test_what_clients_are_known_to_write(written: str, code: str) -> None:
    found = language_of(written)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("written", ["", "xx", "auto", " en", "None", "chv", "me", "x" * 5000])
def test_what_nobody_knows(written: str) -> None:
    assert language_of(written) is None


def test_short_codes_are_unique_and_found_again() -> None:
    short = {iso_of(code) for code in LANGUAGES}
    assert len(short) == len(LANGUAGES)
    for code in LANGUAGES:
        found = language_of(iso_of(code))
        assert found is not None
        assert found.code == code


@pytest.mark.parametrize(("iso", "name"), NAMES.items())
def test_names_are_short(iso: str, name: str) -> None:
    found = language_of(iso)
    assert found is not None
    assert name_of(found.code) == name


def test_what_is_no_language_keeps_its_code() -> None:
    assert (iso_of("und"), name_of("und")) == ("und", "und")
    assert (spoken("und"), spoken(None), spoken("fra_Latn")) == ("eng_Latn", "eng_Latn", "fra_Latn")


def test_names_are_of_languages_there_are() -> None:
    rows = [row.split("\t") for row in (DATA / "names.tsv").read_text("utf-8").splitlines()[1:]]
    assert {code for code, _ in rows} <= set(LANGUAGES)
    assert len({code for code, _ in rows}) == len({name for _, name in rows}) == len(rows)


def test_the_predecessors_list_comes_verbatim() -> None:
    assert catalogue([]) == json.loads((DATA / "languages.json").read_text("utf-8"))
    assert catalogue([state("eng_Latn", "nob_Latn")]) == catalogue([])


def test_what_else_is_spoken_is_appended() -> None:
    listed = catalogue([state("eng_Latn", "ell_Grek"), state("ell_Grek", "urd_Arab", "??")])
    before = catalogue([])
    assert listed["languages"][:32] == before["languages"]
    assert [one["code"] for one in listed["languages"][32:]] == ["ell_Grek", "urd_Arab"]
    assert set(listed["languages"][-1]) == set(before["languages"][0])
    assert listed["languages"][-1]["rtl"] is True
    assert listed["families"] == {**before["families"], "Other": ["ell_Grek", "urd_Arab"]}
    assert listed["total_count"] == 34
    assert listed["cache_headers"]["ETag"] == "lang-metadata-v1-34"
    assert listed["popular"] == before["popular"]


def test_an_entry_is_found_by_exactly_its_code() -> None:
    assert entry_of("nor_Latn", []) is not None
    assert entry_of("en", []) is None
    assert entry_of("ell_Grek", []) is None
    assert entry_of("ell_Grek", [state("ell_Grek")]) is not None
