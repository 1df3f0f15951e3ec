import time
from collections.abc import Callable
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from common.segmentation import split

DOCUMENTS = sorted((Path(__file__).parents[1] / "data" / "documents").iterdir())
LANGUAGES = ("eng_Latn", "deu_Latn", "fra_Latn", "hin_Deva", "zho_Hans", "arb_Arab", "mya_Mymr")
CODES = st.sampled_from((*LANGUAGES, "rus_Cyrl", "xxx_Xxxx", None))

# What breaks segmenters: every line break and space, marks that combine, joiners, terminators.
AWKWARD = (
    "aB1 .!?,;:\u2026\u3002\uff01\u0964\u061f\u06d4\u1362\u104b\"'\u201c\u201d\u00ab\u00bb()[]-*#>"
    "\n\r\t\v\f\x00\x1c\x85\u2028\u2029\xa0\u3000\u200b\u200d\ufeff\u0301\ufe0f"
    "\xe9\u0416\u4f60\U0001f600\U0001f468\U0001f1eb"
)
TEXTS = st.one_of(st.text(), st.text(AWKWARD, max_size=60), st.text(AWKWARD + " .", max_size=300))


def at_most(size: int) -> Callable[[str], bool]:
    return lambda part: len(part) <= size


def sentences(text: str, language: str | None = None) -> list[str]:
    return list(split(text, at_most(10_000), language).segments)


@settings(max_examples=500)
@given(text=TEXTS, language=CODES, size=st.integers(0, 40))
def test_joining_the_segments_gives_the_text(text: str, language: str | None, size: int) -> None:
    result = split(text, at_most(size), language)
    assert result.join(result.segments) == text
    assert len(result.gaps) == len(result.segments) + 1
    assert all(any(map(str.isalpha, segment)) for segment in result.segments)
    assert not any(map(str.isalpha, "".join(result.gaps)))
    assert all(0 <= index < len(result.segments) for index in result.forced)


@given(text=TEXTS, odd=st.integers(2, 7))
def test_a_fits_that_contradicts_itself_loses_nothing(text: str, odd: int) -> None:
    result = split(text, lambda part: len(part) % odd == 1)
    assert result.join(result.segments) == text


@settings(max_examples=300)
@given(text=TEXTS, size=st.integers(1, 40))
def test_what_does_not_fit_is_a_single_grapheme(text: str, size: int) -> None:
    for segment in split(text, at_most(size)).segments:
        assert len(segment) <= size or len(regex.findall(r"\X", segment)) == 1


@given(text=TEXTS)
def test_when_nothing_fits_every_segment_is_one_grapheme(text: str) -> None:
    result = split(text, at_most(-1))
    assert result.join(result.segments) == text
    assert all(len(regex.findall(r"\X", segment)) == 1 for segment in result.segments)


@pytest.mark.parametrize("size", [40, 400, 10_000])
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_come_back_exactly(path: Path, size: int) -> None:
    text = path.read_bytes().decode()
    result = split(text, at_most(size))
    assert result.join(result.segments) == text
    assert max(map(len, result.segments)) <= size
    assert len(result.segments) > 50
    assert not any("\n" in segment for segment in result.segments)


def test_a_lone_surrogate_does_no_harm() -> None:
    text = "One \ud800 two. Three."
    assert sentences(text) == ["One \ud800 two.", "Three."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_initial_before_a_wide_space_does_no_harm(language: str) -> None:
    text = "\xa0B\u3000.\u3000\u4f60 B\xa0. x"
    result = split(text, at_most(100), language)
    assert result.join(result.segments) == text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("eng_Latn", ["Dr. Smith paid $3.14 to J. R. Jones, e.g. for tea.", "He left."]),
        ("eng_Latn", ["See https://a.example/x.y?z=1.", "Write to me@x.example.", "Ok."]),
        ("eng_Latn", ['He said "Stop!" and left.', '"Why?" she asked.', "Really?!", "Yes."]),
        ("deu_Latn", ["Am 1. Januar kam z. B. Herr Dr. M\xfcller.", "Das war z.B. gut."]),
        ("fra_Latn", ["M. Dupont est l\xe0.", "Mme. Durand aussi !", "\xab Oui ? \xbb dit-il."]),
        ("spa_Latn", ["\xbfQu\xe9 tal?", "\xa1Bien!", "El Sr. Ruiz vive en EE. UU. desde 1990."]),
        ("rus_Cyrl", ["\u0423\u043b. \u041b\u0435\u043d\u0438\u043d\u0430.", "\u0414\u0430."]),
        ("arb_Arab", ["\u0645\u0631\u062d\u0628\u0627.", "\u0643\u064a\u0641\u061f", "\u0623."]),
        ("hin_Deva", ["\u092f\u0939 \u090f\u0915\u0964", "\u0924\u0940\u0938\u0930\u093e?"]),
        (None, ["Yes.", "Yes.", "Yes."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(language: str | None, expected: list[str]) -> None:
    assert sentences(" ".join(expected), language) == expected


def test_no_space_is_needed_after_a_chinese_full_stop() -> None:
    expected = ["\u4f60\u597d\u3002", "\u5929\u6c14\u5f88\u597d\uff01", "\u4f60\u5462\uff1f"]
    assert sentences("".join(expected), "zho_Hans") == expected


def test_lines_cells_and_marks_stand_aside() -> None:
    text = "\ufeff# Title\r\n\r\n  - First item\n* Second\u2028> Quoted \n---\n42\n\U0001f600\n"
    text += "cell\tcell\n"
    result = split(text, at_most(100))
    assert result.segments == ("Title", "First item", "Second", "Quoted", "cell", "cell")
    assert result.gaps[1:4] == ("\r\n\r\n  - ", "\n* ", "\u2028> ")
    assert result.gaps[4] == " \n---\n42\n\U0001f600\n"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "---", "42", "3.14 + 1", "\U0001f600!"])
def test_a_text_without_letters_has_no_segments(text: str) -> None:
    result = split(text, at_most(100))
    assert (result.segments, result.gaps) == ((), (text,))
    assert result.join([]) == text


def test_an_overlong_sentence_is_cut_at_its_punctuation_and_said_to_be() -> None:
    text = "Short one. This has a comma, then 1,000 words; and so it goes on. End."
    result = split(text, at_most(40))
    assert result.segments[1:3] == ("This has a comma, then 1,000 words;", "and so it goes on.")
    assert result.forced == {1, 2}


def test_a_word_is_cut_only_when_it_does_not_fit_itself() -> None:
    result = split("one two three four", at_most(9))
    assert result.segments == ("one two", "three", "four")
    assert split("abcdefgh", at_most(4)).segments == ("abcd", "efgh")


def test_a_family_emoji_is_not_cut() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    result = split(f"x{family}" * 20, at_most(7))
    for part in (*result.segments, *result.gaps):
        assert not part.replace(family, "").replace("x", "")


def test_marks_without_end_do_not_get_past_the_limit() -> None:
    result = split("a\u0301" + "a\u0301" * 3 + "\u0301" * 5_000 + "b", at_most(40))
    assert max(map(len, result.segments)) <= 40


def test_joining_the_wrong_number_of_translations_is_an_error() -> None:
    with pytest.raises(ValueError, match="argument"):
        split("One. Two.", at_most(100)).join(["Eins."])


def test_the_fits_question_is_asked_seldom() -> None:
    asked: list[int] = []

    def fits(part: str) -> bool:
        asked.append(len(part))
        return len(part) <= 400

    result = split("word " * 20_000, fits)
    assert len(asked) < 12 * len(result.segments)
    assert sum(asked) < 12 * 100_000


@pytest.mark.parametrize(
    "piece",
    [
        "Hello world, this is. ",
        "a",
        "\u4f60",
        "\u4f60\u597d\uff0c\u4e16\u754c\u3002",
        "e\u0301",
        "\n",
        ". ",
        "x, ",
    ],
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    # A quadratic step takes minutes here (sentencex alone: 425 s); the limit is loose for slow CI.
    text = piece * (300_000 // len(piece))
    began = time.process_time()
    result = split(text, at_most(400), "fra_Latn")
    assert time.process_time() - began < 10
    assert result.join(result.segments) == text
