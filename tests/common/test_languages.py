from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.languages import LANGUAGES, find, spellings

EXPECTED = {
    "eng_Latn": (
        "en EN eng eng_Latn ENG-LATN en-US en_GB en-Latn en-001 en-US-u-ca-gregory en-x-mine "
        "en-scotland"
    ),
    "fra_Latn": "fr fra fre fr-CA",
    "deu_Latn": "de deu ger de-AT de-1901 de-CH-1996",
    "por_Latn": "pt pt-BR pt_PT por",
    "zho_Hans": (
        "zh zho chi cmn zh-CN zh-SG zh-Hans zh_hans_cn zh-Hans-TW zh-cmn-Hans-CN zh-CHS cmn_Hans"
    ),
    "zho_Hant": "zh-TW zh_TW zh-HK zh-MO zh-Hant zh-Hant-HK ZHO_HANT cmn-TW zh-CHT zh-Hant-CN",
    "yue_Hant": "yue zh-yue zh-yue-HK yue-Hant-HK yue_HK",
    "nob_Latn": "nb nob no nor nor_Latn no-NO nb_NO",
    "nno_Latn": "nn nno nn-NO",
    "srp_Cyrl": "sr srp sr-Cyrl sr-RS sr_Cyrl_RS",
    "heb_Hebr": "he iw heb iw-IL",
    "ind_Latn": "id in ind",
    "tgl_Latn": "tl fil tgl fil-PH",
    "jav_Latn": "jv jw jav",
    "ydd_Hebr": "yi ji yid ydd",
    "ron_Latn": "ro rum mo ro-MD",
    "arb_Arab": "ar ara arb ar-EG ar-arb",
    "arz_Arab": "arz ar-arz",
    "pes_Arab": "fa fas per pes fa-IR",
    "prs_Arab": "prs fa-AF fas-AF fa_AF-x-kabul",
    "azj_Latn": "az aze az-Latn az-AZ",
    "azb_Arab": "azb az-Arab az-IR",
    "kmr_Latn": "ku kur kmr ku-Latn ku-TR",
    "ckb_Arab": "ckb ku-Arab ckb-IQ",
    "uzn_Latn": "uz uzb uz-Latn-UZ",
    "zsm_Latn": "ms msa may zsm",
    "est_Latn": "et est ekk",
    "lvs_Latn": "lv lav lvs",
    "swh_Latn": "sw swa sw-KE",
    "plt_Latn": "mg mlg",
    "khk_Cyrl": "mn mon mn-Cyrl",
    "npi_Deva": "ne nep",
    "ory_Orya": "or ori",
    "pbt_Arab": "ps pus",
    "als_Latn": "sq sqi alb",
    "quy_Latn": "qu que",
    "grn_Latn": "gn grn gug",
    "ayr_Latn": "ay aym",
    "gaz_Latn": "om orm",
    "fuv_Latn": "ff ful",
    "kor_Hang": "ko kor ko-KR ko-Kore ko-Hang",
    "jpn_Jpan": "ja jpn ja-JP ja-Jpan",
    "sat_Beng": "sat sat-Olck sat_Beng sat-Olck-IN",
    "taq_Tfng": "taq-Tfng tmh-Tfng",
    "taq_Latn": "taq tmh",
    "kas_Arab": "ks kas ks-Arab",
    "kas_Deva": "ks-Deva kas_Deva ks-Deva-IN",
}
UNKNOWN = (
    "zh-Latn ja-Latn sr-Latn sr-ME srp_Latn ru-Latn en-Cyrl uz-Cyrl uz-AF pa-PK pa-Arab "
    "kk-CN mn-Mong yue-CN zh-pinyin "
    "ja-Latn-hepburn sh hbs la lat_Latn br xx zxx und mul "
    "auto english German e en- -en en--US en_ _ - . en.UTF-8 "
    "sr_RS@latin zh-min-nan en-fra-x xx-fra fr-eng-abcde-q x-klingon i-default 12 *"
)


@pytest.mark.parametrize(
    ("written", "code"), [(w, code) for code, line in EXPECTED.items() for w in line.split()]
)
def test_what_callers_write_means_one_language(written: str, code: str) -> None:
    found = find(written)
    assert found is not None
    assert found.code == code
    assert find(written.upper()) is find(written.lower()) is found


@pytest.mark.parametrize("written", UNKNOWN.split())
def test_another_script_or_no_language_is_none(written: str) -> None:
    assert find(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        " en",
        "en ",
        "en\n",
        "e\x00n",
        "\uff45\uff4e",
        "\u0130d",
        "en\u017f",
        "\ud800",
        "en-" * 500_000,
        "a" * 64,
    ],
)
def test_weird_input_is_none(written: str) -> None:
    assert find(written) is None


@given(st.text() | st.from_regex(r"[a-zA-Z]{1,4}([-_][a-zA-Z0-9]{1,8}){0,5}", fullmatch=True))
def test_find_is_total(written: str) -> None:
    found = find(written)
    assert found is None or LANGUAGES[found.code] is found


@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.sampled_from(["Latn", "Cyrl", "Arab", "Deva", "Hant", "Mong", "Zyyy"]),
)
def test_an_explicit_script_is_kept(code: str, script: str) -> None:
    language = LANGUAGES[code]
    found = find(f"{language.iso639_1 or language.iso639_3}-{script}")
    assert found is None or found.script == script


def test_every_row_is_found_by_each_of_its_codes() -> None:
    for language in LANGUAGES.values():
        for written in (language.code, language.bcp47, *spellings(language)):
            assert find(written) is language, written
        for bare in (language.iso639_1, language.iso639_3):
            found = find(bare) if bare else language
            assert found is not None
            assert found.iso639_3 == language.iso639_3


def test_no_alias_belongs_to_two_languages() -> None:
    owners: dict[str, set[str]] = {}
    for language in LANGUAGES.values():
        for alias in (language.iso639_3, language.iso639_1, *language.aliases):
            if alias:
                owners.setdefault(alias, set()).add(language.iso639_3)
    assert {alias: names for alias, names in owners.items() if len(names) > 1} == {}
    tags = Counter(tag for language in LANGUAGES.values() for tag in set(spellings(language)))
    assert tags.most_common(1)[0][1] == 1


def test_the_table_is_that_of_the_nllb_tokenizer() -> None:
    assert len(LANGUAGES) == 202
    assert {"ace_Arab", "sat_Beng", "zho_Hant", "zul_Latn", "tzm_Tfng", "ajp_Arab"} <= set(
        LANGUAGES
    )
    assert {"arb_Latn", "min_Arab", "sat_Olck", "srp_Latn"}.isdisjoint(LANGUAGES)


def test_names_tell_every_row_from_every_other() -> None:
    names = [language.name for language in LANGUAGES.values()]
    assert len(set(names)) == len(names)
    assert all(language.native_name.strip() for language in LANGUAGES.values())
    assert LANGUAGES["zho_Hant"].name == "Chinese (Traditional)"
    assert LANGUAGES["ace_Arab"].name == "Acehnese (Arabic script)"


def test_direction_follows_the_script() -> None:
    rtl = {code for code, language in LANGUAGES.items() if language.rtl}
    assert rtl == {code for code in LANGUAGES if code.endswith(("_Arab", "_Hebr"))}
    assert {"arb_Arab", "heb_Hebr", "ydd_Hebr", "urd_Arab", "knc_Arab", "uig_Arab"} <= rtl
    assert {"kas_Deva", "taq_Tfng", "knc_Latn", "amh_Ethi"}.isdisjoint(rtl)
    assert LANGUAGES["sat_Beng"].script == "Olck"
