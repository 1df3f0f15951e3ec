import pytest

from bentos.gateway.legacy import adaptive_quality as quality
from bentos.gateway.legacy.adaptive_measures import Pair
from bentos.gateway.legacy.adaptive_quality import Assessor, grade_of
from models.base.translation_model import TranslationWarning, WarningCode
from tests.bentos.gateway.legacy.adaptive_models import ENGLISH, FRENCH

GOOD = Pair(original=ENGLISH, translation=FRENCH, source="eng_Latn", target="fra_Latn")


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    return Assessor()


def other(translation: str) -> Pair:
    return Pair(original=ENGLISH, translation=translation, source="eng_Latn", target="fra_Latn")


def test_weights_are_those_of_the_contract() -> None:
    assert sum(quality.WEIGHTS.values()) == pytest.approx(1)
    assert list(quality.WEIGHTS.values()) == [0.18, 0.12, 0.12, 0.12, 0.10, 0.15, 0.11, 0.10]


@pytest.mark.parametrize(
    ("score", "grade"),
    [(1, "A"), (0.9, "A"), (0.89, "B"), (0.8, "B"), (0.7, "C"), (0.6, "D"), (0.59, "F"), (0, "F")],
)
def test_grades_have_no_e(score: float, grade: str) -> None:
    assert grade_of(score) == grade


def test_a_good_translation_has_an_a(assessor: Assessor) -> None:
    found = assessor.assess(GOOD)
    assert found.grade == "A"
    assert found.suggestions == ()
    assert found.interval == (found.score, found.score)


@pytest.mark.parametrize(
    "translation",
    [ENGLISH, "Es ist heute sehr schön.", "oui " * 60, "Oui.", "Сегодня очень хорошая погода."],
    ids=["copy", "other language", "loop", "too short", "other script"],
)
def test_what_is_wrong_scores_less_and_says_why(assessor: Assessor, translation: str) -> None:
    found = assessor.assess(other(translation))
    assert found.score < assessor.assess(GOOD).score - 0.1
    assert found.suggestions


def test_a_copy_fails(assessor: Assessor) -> None:
    assert assessor.assess(other(ENGLISH)).grade == "F"


@pytest.mark.parametrize(("original", "translation"), [("", ""), (" ", "x"), ("x", "\n")])
def test_nothing_is_worth_nothing(assessor: Assessor, original: str, translation: str) -> None:
    found = assessor.assess(Pair(original=original, translation=translation, target="fra_Latn"))
    assert (found.score, found.grade, found.interval) == (0, "F", (0, 0))
    assert set(found.dimensions) == set(quality.WEIGHTS)


@pytest.mark.parametrize("code", [code for code in WarningCode if code in quality._AT_MOST])
def test_a_warning_of_the_model_lowers_the_score(assessor: Assessor, code: WarningCode) -> None:
    warning = TranslationWarning(code=code, message="So it is.")
    dimension, most = quality._AT_MOST[code]
    found = assessor.assess(GOOD, [warning])
    assert found.score < assessor.assess(GOOD).score
    assert found.dimensions[dimension] == most


def test_a_warning_decides_what_was_open(assessor: Assessor) -> None:
    warning = TranslationWarning(code=WarningCode.WRONG_LANGUAGE, message="So it is.")
    pair = Pair(original="42", translation="42", target="fra_Latn")
    assert assessor.assess(pair, [warning]).dimensions["confidence"] == 0.1


def test_a_warning_that_says_nothing_of_quality_changes_nothing(assessor: Assessor) -> None:
    warning = TranslationWarning(code=WarningCode.OPTION_IGNORED, message="So it is.")
    assert assessor.assess(GOOD, [warning]) == assessor.assess(GOOD)


def test_what_cannot_be_decided_widens_the_interval(assessor: Assessor) -> None:
    found = assessor.assess(Pair(original="42", translation="42", target="fra_Latn"))
    assert found.dimensions["confidence"] == quality.NEUTRAL
    assert found.interval[0] < found.score < found.interval[1]
