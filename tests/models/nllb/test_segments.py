import math

import pytest

from models.base.confidence import BROKEN, Calibration
from models.base.exceptions import TranslationError
from models.base.layout import Outcome
from models.base.translation_model import WarningCode
from models.nllb.backend import DecodedSegment, Decoding, EncodedSegment
from models.nllb.segments import Job, SegmentTranslator, Wish
from models.nllb.settings import NLLBSettings
from models.nllb.tokenizer import NLLBTokenizer
from models.nllb.weights import DEMO
from tests.models.nllb.fakes import Answer, FakeBackend

TOKENIZER = NLLBTokenizer(DEMO / "tokenizer.json")
SETTINGS = NLLBSettings()
LOOP = ("▁the", "▁train") * 6
WISH = Wish(beam_size=2)


def job(text: str = "Where is the train?", wish: Wish = WISH) -> Job:
    return Job(EncodedSegment(TOKENIZER.pieces(text), "eng_Latn", "fra_Latn"), wish)


def run(backend: FakeBackend, *jobs: Job, most_pieces: int = 200) -> list[Outcome]:
    outcomes = SegmentTranslator(backend, TOKENIZER, SETTINGS, most_pieces).run(jobs)
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    return [outcome for outcome in outcomes if isinstance(outcome, Outcome)]


def codes(outcome: Outcome) -> list[WarningCode]:
    return [note.code for note in outcome.notes]


def finished(text: str) -> DecodedSegment:
    return DecodedSegment(TOKENIZER.pieces(text), finished=True)


def first_then(first: DecodedSegment, second: DecodedSegment) -> Answer:
    answers = iter([first, second])
    return lambda _segment, _decoding: next(answers)


def test_a_good_translation_is_computed_once_and_unwarned() -> None:
    backend = FakeBackend()
    (outcome,) = run(backend, job("Where is Tom?"))
    assert (outcome.text, outcome.notes) == ("Where is Tom?", ())
    assert outcome.tokens_in == outcome.tokens_out == len(TOKENIZER.pieces("Where is Tom?"))
    assert len(backend.calls) == 1


def test_one_kind_of_decoding_shares_a_call_and_order_is_kept() -> None:
    backend = FakeBackend()
    other = Wish(beam_size=4)
    texts = ["One.", "Two.", "Three.", "Four."]
    jobs = [job(text, wish) for text, wish in zip(texts, [WISH, other, WISH, other], strict=True)]
    assert [outcome.text for outcome in run(backend, *jobs)] == texts
    assert [(len(batch), d.beam_size) for batch, d in backend.calls] == [(2, 2), (2, 4)]


def test_a_loop_is_tried_again_without_repeating_and_told() -> None:
    backend = FakeBackend(first_then(DecodedSegment(LOOP, finished=True), finished("Fine.")))
    (outcome,) = run(backend, job())
    assert outcome.text == "Fine."
    assert codes(outcome) == [WarningCode.REPETITION]
    assert "without the loop" in outcome.notes[0].message
    assert backend.calls[1][1].no_repeat_ngram_size == SETTINGS.retry_no_repeat_ngram_size
    assert backend.calls[1][1].repetition_penalty == SETTINGS.retry_repetition_penalty


def test_a_loop_that_stays_is_told_as_such() -> None:
    backend = FakeBackend(lambda _s, _d: DecodedSegment(LOOP, finished=False))
    (outcome,) = run(backend, job())
    assert codes(outcome) == [WarningCode.REPETITION, WarningCode.TRUNCATED]
    assert "again" in outcome.notes[0].message
    assert len(backend.calls) == 2


def test_a_cut_output_gets_twice_the_room_and_then_needs_no_warning() -> None:
    def answer(segment: EncodedSegment, _: Decoding) -> DecodedSegment:
        return DecodedSegment(segment.pieces, finished=len(backend.calls) > 1)

    backend = FakeBackend(answer)
    (outcome,) = run(backend, job())
    assert outcome.notes == ()
    assert backend.calls[1][1].max_pieces == 2 * backend.calls[0][1].max_pieces


def test_an_output_cut_twice_is_told() -> None:
    backend = FakeBackend(lambda s, _d: DecodedSegment(s.pieces, finished=False))
    (outcome,) = run(backend, job())
    assert codes(outcome) == [WarningCode.TRUNCATED]


@pytest.mark.parametrize(("wish", "most"), [(Wish(2, max_pieces=5), 200), (WISH, 8)])
def test_no_second_attempt_where_no_more_room_may_be_given(wish: Wish, most: int) -> None:
    backend = FakeBackend(lambda s, d: DecodedSegment(s.pieces[: d.max_pieces], finished=False))
    (outcome,) = run(backend, job(wish=wish), most_pieces=most)
    assert codes(outcome) == [WarningCode.TRUNCATED]
    assert [d.max_pieces for _, d in backend.calls] == [min(wish.max_pieces or most, most)]


def test_an_empty_output_is_tried_again_with_a_least_length() -> None:
    backend = FakeBackend(first_then(finished(""), finished("Oui.")))
    (outcome,) = run(backend, job())
    assert (outcome.text, outcome.notes) == ("Oui.", ())
    assert backend.calls[1][1].min_pieces > 0


def test_an_output_that_stays_empty_is_told_and_not_replaced() -> None:
    (outcome,) = run(FakeBackend(lambda _s, _d: finished("")), job())
    assert outcome.text == ""
    assert codes(outcome) == [WarningCode.EMPTY_OUTPUT]


def test_only_what_went_wrong_is_computed_again() -> None:
    def answer(segment: EncodedSegment, decoding: Decoding) -> DecodedSegment:
        wrong = "▁train" in segment.pieces and not decoding.no_repeat_ngram_size
        return DecodedSegment(LOOP if wrong else segment.pieces, finished=True)

    backend = FakeBackend(answer)
    outcomes = run(backend, job("Good."), job("A train."), job("Fine."))
    assert [len(batch) for batch, _ in backend.calls] == [3, 1]
    assert [codes(outcome) for outcome in outcomes] == [[], [WarningCode.REPETITION], []]


def test_unknown_characters_are_told_for_source_and_translation() -> None:
    (outcome,) = run(FakeBackend(), job("A 漢字 b"))
    assert codes(outcome) == [WarningCode.UNKNOWN_CHARACTERS] * 2
    assert "source" in outcome.notes[0].message
    assert "translation" in outcome.notes[1].message


def scored(text: str, score: float, *others: DecodedSegment) -> DecodedSegment:
    return DecodedSegment(TOKENIZER.pieces(text), finished=True, score=score, others=others)


def test_a_segments_confidence_is_what_its_score_is_worth() -> None:
    table = Calibration(good="?", knots=((-2.0, 0.2), (-1.0, 0.6)))
    backend = FakeBackend(lambda _s, _d: scored("Oui.", -1.5))
    translator = SegmentTranslator(backend, TOKENIZER, SETTINGS, 200, table)
    (outcome,) = translator.run([job()])
    assert isinstance(outcome, Outcome)
    assert outcome.confidence == 0.4
    (bare,) = run(backend, job())
    assert bare.confidence == pytest.approx(math.exp(-1.5), abs=1e-4)
    (unknown,) = run(FakeBackend(), job())
    assert unknown.confidence is None


@pytest.mark.parametrize(
    "broken",
    [
        DecodedSegment(LOOP, finished=True, score=-0.01),
        DecodedSegment((), finished=True, score=-0.01),
        DecodedSegment(TOKENIZER.pieces("Oui"), finished=False, score=-0.01),
    ],
    ids=["loop", "empty", "cut"],
)
def test_what_came_out_broken_has_no_confidence_however_likely(broken: DecodedSegment) -> None:
    (stays,) = run(FakeBackend(lambda _s, _d: broken), job())
    assert stays.confidence == BROKEN
    # What is mended is as good as any other.
    (mended,) = run(FakeBackend(first_then(broken, scored("Oui.", -0.5))), job())
    assert mended.confidence == pytest.approx(math.exp(-0.5), abs=1e-4)


def test_alternatives_come_with_the_best_where_the_beam_is_wide_enough() -> None:
    backend = FakeBackend(lambda _s, _d: scored("A.", 0, scored("B.", -1), scored("C.", -2)))
    (outcome,) = run(backend, job(wish=Wish(beam_size=3, alternatives=2)))
    assert (outcome.text, outcome.alternatives) == ("A.", ("B.", "C."))
    assert [decoding.hypotheses for _, decoding in backend.calls] == [3]


def test_alternatives_never_change_the_translation_they_stand_beside() -> None:
    def answer(_: EncodedSegment, decoding: Decoding) -> DecodedSegment:
        if decoding.beam_size == 2:
            return scored("A.", 0)
        return scored("Better.", 0, scored("A.", -1), scored("B.", -2), scored("C.", -3))

    backend = FakeBackend(answer)
    outcomes = run(backend, job(wish=Wish(2, alternatives=3)), job("x", Wish(2, alternatives=3)))
    assert [each.text for each in outcomes] == ["A.", "A."]
    assert [each.alternatives for each in outcomes] == [("Better.", "B.", "C.")] * 2
    assert [(d.beam_size, d.hypotheses) for _, d in backend.calls] == [(2, 1), (4, 4)]


def test_an_alternative_is_another_text_and_nothing_broken() -> None:
    others = (
        scored("A.", -1),
        scored("B.", -2),
        scored("B.", -3),
        DecodedSegment(LOOP, finished=True),
        scored("", -4),
        DecodedSegment(TOKENIZER.pieces("D."), finished=False),
    )
    backend = FakeBackend(lambda _s, _d: scored("A.", 0, *others))
    (outcome,) = run(backend, job(wish=Wish(beam_size=7, alternatives=6)))
    assert outcome.alternatives == ("B.",)


def test_alternatives_are_computed_for_those_alone_who_want_them() -> None:
    backend = FakeBackend()
    run(backend, job(), job(wish=Wish(beam_size=2, alternatives=2)))
    assert [(len(batch), d.hypotheses) for batch, d in backend.calls] == [(1, 1), (1, 1), (1, 3)]


def test_an_engine_failure_goes_up() -> None:
    backend = FakeBackend()
    backend.poison = "▁train"
    with pytest.raises(TranslationError):
        SegmentTranslator(backend, TOKENIZER, SETTINGS, 100).run([job("A train.")])
