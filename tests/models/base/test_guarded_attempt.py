from dataclasses import replace

import pytest

from common.glossaries.terms import Terms
from common.placeholders.comparison import protected
from models.base.glossary_use import GlossaryUse
from models.base.guarded_attempt import Attempt, Wanted, attempt, first_attempt, rank, settled
from models.base.translation_model import (
    SegmentTranslation,
    Translation,
    TranslationWarning,
    WarningCode,
)

SOURCE = "Hi {name}, the server is 2019."
TERMS = Terms({"server": "Rechner"}, "eng_Latn")
WANTED = Wanted(protected(SOURCE), tuple(TERMS.find(SOURCE)), "deu_Latn")
FIRST = "Hallo, der Server ist."
SEGMENT = SegmentTranslation(3, 9, SOURCE, FIRST, tokens_in=5, tokens_out=6, confidence=0.7)


def warned(*codes: WarningCode) -> tuple[TranslationWarning, ...]:
    return tuple(TranslationWarning(code=code, message="So.", segment=0) for code in codes)


def made(text: str, *codes: WarningCode) -> Attempt:
    return replace(attempt(WANTED, text), warnings=warned(*codes))


def ranked(text: str, *codes: WarningCode) -> tuple[int, ...]:
    return rank(WANTED, made(text, *codes), made(FIRST))


WORST_FIRST = [
    ranked("Hallo {name}, der Rechner ist 2019.", WarningCode.REPETITION),
    ranked(FIRST),
    ranked("Hallo {name}, der Server ist, ja."),
    ranked("Hallo {name}, der Rechner ist, ja."),
    ranked("Hallo {name}, der Rechner ist 2019.", WarningCode.UNTRANSLATED),
    ranked("Hallo {name}, der Rechner ist 2019."),
]


def test_what_matters_more_decides_first() -> None:
    assert sorted(WORST_FIRST, reverse=True) == WORST_FIRST
    assert len(set(WORST_FIRST)) == len(WORST_FIRST)


def test_what_the_first_translation_suffered_from_too_does_not_count() -> None:
    first = made(FIRST, WarningCode.REPETITION)
    again = made("Hallo {name}, der Rechner ist 2019.", WarningCode.REPETITION)
    assert rank(WANTED, again, first) < rank(WANTED, first, first)


def test_number_from_nowhere_and_a_lost_half_count() -> None:
    assert ranked("Hallo {name}, der Rechner ist 2019 847.") > WORST_FIRST[-1]
    assert ranked("{name}") > ranked("{name} " + "x" * len(FIRST))


@pytest.mark.parametrize("codes", [(), (WarningCode.EXTRA_TEXT,)])
def test_answer_is_the_best_with_its_warnings_and_all_that_it_took(
    codes: tuple[WarningCode, ...],
) -> None:
    one = SegmentTranslation(
        0, 1, "a", "b", warnings=warned(*codes, WarningCode.OPTION_IGNORED), confidence=0.4
    )
    two = replace(one, confidence=0.6)
    whole = Translation("", (one, two), (*one.warnings, *two.warnings), 10, 20)
    best = attempt(WANTED, "Hallo {name}, der Rechner ist 2019.", [whole])
    segment = replace(SEGMENT, warnings=warned(WarningCode.REPETITION, WarningCode.SEGMENT_SPLIT))
    answer = settled(WANTED, segment, best, [best])
    assert [one.code for one in answer.warnings] == [WarningCode.SEGMENT_SPLIT, *codes]
    assert {one.segment for one in answer.warnings[1:]} <= {3}
    assert (answer.tokens_in, answer.tokens_out, answer.confidence) == (15, 26, 0.4)
    assert answer.glossary == GlossaryUse(applied=("server",))


def test_first_translation_keeps_its_warnings_and_its_confidence() -> None:
    segment = replace(SEGMENT, warnings=warned(WarningCode.REPETITION))
    answer = settled(WANTED, segment, first_attempt(WANTED, segment), [])
    assert [one.code for one in answer.warnings] == [
        WarningCode.REPETITION,
        WarningCode.PLACEHOLDER_LOST,
    ]
    assert answer.warnings[-1].message.endswith("variable (1), number (1).")
    assert (answer.text, answer.confidence) == (FIRST, 0.7)
    assert answer.glossary == GlossaryUse(missed=("server",))


def test_nothing_to_keep_is_falsy() -> None:
    assert not Wanted(protected("Hi"), (), "deu_Latn")
    assert WANTED
