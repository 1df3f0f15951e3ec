import pytest

from bentos.gateway.legacy import adaptive_measures as measures
from bentos.gateway.legacy.adaptive_measures import Pair
from common.detection import Detector
from tests.bentos.gateway.legacy.adaptive_models import ENGLISH, FRENCH


def pair(original: str, translation: str, target: str | None = "fra_Latn") -> Pair:
    return Pair(original=original, translation=translation, source="eng_Latn", target=target)


def test_the_language_it_reads_as() -> None:
    detector = Detector()
    right = measures.in_target_language(pair(ENGLISH, FRENCH), detector)
    wrong = measures.in_target_language(pair(ENGLISH, ENGLISH), detector)
    assert right is not None
    assert wrong is not None
    assert right > 0.9
    assert wrong < 0.1
    assert measures.in_target_language(pair("42", "42"), detector) is None
    assert measures.in_target_language(pair(ENGLISH, FRENCH, None), detector) is None


@pytest.mark.parametrize(
    ("original", "translation", "low", "high"),
    [
        ("a" * 100, "b" * 100, 1, 1),
        ("a" * 100, "b" * 190, 1, 1),
        ("a" * 100, "b" * 400, 0.3, 0.7),
        ("a" * 100, "b" * 2000, 0, 0),
        ("a" * 2000, "b" * 100, 0, 0),
        ("Hi", "Bonjour", 1, 1),
        ("a" * 100, "天" * 40, 1, 1),
    ],
)
def test_length(original: str, translation: str, low: float, high: float) -> None:
    assert low <= measures.length(pair(original, translation)) <= high


def test_structure_counts_lines_and_marks() -> None:
    assert measures.structure(pair("- a\n- b\n\nc", "- x\n- y\n\nz")) == 1
    assert measures.structure(pair("- a\n- b", "x y")) == pytest.approx((2 / 3 + 1 / 3) / 2)


@pytest.mark.parametrize(
    ("original", "translation", "kept"),
    [
        ("no such thing", "rien de tel", 1),
        ("1,000 people in 2020", "1 000 personnes en 2020", 1),
        ("3.14 and 42", "3,14", 0.5),
        ("seven: 7", "sept : \u0667", 1),
        ("Write to a@b.org or see https://b.org/x", "Voir https://b.org/x", 0.5),
        ("Hello {name}, %s and <b>", "Bonjour {name}, %s et <b>", 1),
        ("Hello {name}", "Bonjour", 0),
        ("@ann #tag", "@ann", 0.5),
        ("2 and 2", "2", 0.5),
    ],
)
def test_entities_are_kept_or_not(original: str, translation: str, kept: float) -> None:
    assert measures.entities(pair(original, translation)) == pytest.approx(kept)


def test_sentences_and_how_they_end() -> None:
    assert measures.boundaries(pair("Are you well?", "你好吗\uff1f")) == 1
    assert measures.boundaries(pair("Are you well?", "Vous allez bien.")) == pytest.approx(0.8)
    assert measures.boundaries(pair("One is here. Two is too.", "Un.")) == pytest.approx(2 / 3)


def test_copies() -> None:
    assert measures.not_copied(pair(ENGLISH, ENGLISH)) == 0
    assert measures.not_copied(pair(ENGLISH, FRENCH)) == 1
    assert measures.not_copied(pair("Paris", "Paris")) is None
    same = Pair(original=ENGLISH, translation=ENGLISH, source="eng_Latn", target="eng_Latn")
    assert measures.not_copied(same) is None


def test_fluency() -> None:
    assert measures.fluency(pair(ENGLISH, FRENCH)) == 1
    assert measures.fluency(pair(ENGLISH, "encore et " * 30)) == 0
    assert measures.fluency(pair("again and " * 30, "encore et " * 30)) == 1
    assert measures.fluency(pair(ENGLISH, "un deux \ufffd trois quatre " * 1)) == 0
    assert measures.fluency(pair("x", " ")) is None


@pytest.mark.parametrize(
    ("original", "translation", "target", "share"),
    [
        (ENGLISH, FRENCH, "fra_Latn", 1),
        (ENGLISH, FRENCH, "rus_Cyrl", 0),
        ("The GPU is hot", "GPU 很热", "zho_Hans", 1),
        ("It is hot", "とても暑い", "jpn_Jpan", 1),
        ("Paris", "Paris", "rus_Cyrl", None),
        (ENGLISH, FRENCH, None, None),
    ],
)
def test_script(original: str, translation: str, target: str | None, share: float | None) -> None:
    found = measures.in_target_script(pair(original, translation, target))
    assert found == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize("unit", ["a", "1 000 ", "a.", "<a", "{", "%(a", "@", "\n ", "a-", "天"])
def test_a_long_run_of_anything_is_measured_in_passing(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    long = pair(text, text)
    assert measures.entities(long) == 1
    assert measures.structure(long) == 1
    assert measures.length(long) == 1
    assert measures.boundaries(long) == 1
