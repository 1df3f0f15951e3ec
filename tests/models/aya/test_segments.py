import math
from collections.abc import Callable

import pytest

from models.aya import prompt
from models.aya.answer import Asked
from models.aya.limits import limits_of
from models.aya.segments import Job, SegmentTranslator
from models.aya.settings import AyaSettings
from models.base.confidence import BROKEN, Calibration
from models.base.layout import Outcome
from models.base.translation_model import WarningCode
from models.engines.llamacpp.contract import EngineBusyError, EngineFailedError
from tests.models.aya.fakes import Answer, FakeEngine, Seen, reply, tokenize

TEXT = "Good morning, my friend."


def job(text: str = TEXT, shared: str = "", most: int | None = None, alternatives: int = 0) -> Job:
    asked = Asked(text, "eng_Latn", "fra_Latn")
    return Job(asked, (tokenize(shared),), tokenize(text), most, alternatives)


async def run(
    answer: Answer, job: Job, settings: AyaSettings | None = None
) -> tuple[Outcome, FakeEngine]:
    engine = FakeEngine(answer)
    limits = limits_of(AyaSettings(), request=2048, demo=False)
    translator = SegmentTranslator(engine, settings or AyaSettings(), limits)
    return await translator.translate(job), engine


def first_then(first: str, second: str) -> Answer:
    return lambda seen: second if seen.attempt else first


def codes(outcome: Outcome) -> list[WarningCode]:
    return [note.code for note in outcome.notes]


async def test_a_good_answer_is_asked_for_once_and_greedily() -> None:
    outcome, engine = await run(lambda _: "Bonjour.", job())
    assert outcome == Outcome("Bonjour.", (), len(TEXT), len("Bonjour."))
    [seen] = engine.seen
    assert seen.request.sampling.temperature == 0
    assert seen.request.sampling.repeat_penalty == 1


async def test_the_prompt_comes_in_parts_of_which_the_last_is_the_text() -> None:
    _, engine = await run(reply, job(shared="Context:\nx\n"))
    opening, pair, shared, segment = engine.seen[0].request.prompt
    assert opening == prompt.tokens(prompt.OPENING, tokenize)
    assert "from English to French" in engine.seen[0].prompt
    introduction, *of_text = prompt.segment(TEXT)
    assert shared == tokenize("Context:\nx\n" + introduction.text)
    assert segment == prompt.tokens(tuple(of_text), tokenize)
    assert len(opening) > len(pair) > len(segment) > len(TEXT)


async def test_what_introduces_a_text_alone_is_kept_with_the_pairs_instruction() -> None:
    _, engine = await run(reply, job())
    opening, pair, segment = engine.seen[0].request.prompt
    introduction, *of_text = prompt.segment(TEXT)
    wanted = prompt.tokens((*prompt.pair("eng_Latn", "fra_Latn"), introduction), tokenize)
    assert (opening + pair, segment) == (wanted, prompt.tokens(tuple(of_text), tokenize))


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("Here is the translation: Bonjour.", WarningCode.EXTRA_TEXT),
        (TEXT, WarningCode.UNTRANSLATED),
        ("Guten Morgen, mein lieber Freund, wie geht es dir denn?", WarningCode.WRONG_LANGUAGE),
        ("non " * 18, WarningCode.REPETITION),
        ("", WarningCode.EMPTY_OUTPUT),
    ],
)
async def test_a_bad_answer_is_asked_for_once_more_in_another_way(
    bad: str, code: WarningCode
) -> None:
    outcome, engine = await run(first_then(bad, "Bonjour, mon ami."), job())
    assert outcome.text == "Bonjour, mon ami."
    assert codes(outcome) == []
    first, second = (seen.request.sampling for seen in engine.seen)
    assert second.temperature > first.temperature
    assert second.repeat_penalty > first.repeat_penalty
    stayed, again = await run(lambda _: bad, job())
    assert codes(stayed) == [code]
    assert len(again.seen) == 2


async def test_the_better_of_two_bad_answers_is_kept() -> None:
    extra, loop = "Translation: Bonjour.", "non " * 18
    for answers in ((extra, loop), (loop, extra)):
        outcome, _ = await run(first_then(*answers), job())
        assert outcome.text == "Bonjour."
        assert codes(outcome) == [WarningCode.EXTRA_TEXT]


def long(length: int) -> Callable[[Seen], str]:
    words = " ".join(f"mot{number}" for number in range(1000))
    return lambda _: words[:length]


async def test_what_was_cut_off_is_let_become_longer_in_the_same_way() -> None:
    outcome, engine = await run(long(150), job())
    assert len(outcome.text) == 150
    assert codes(outcome) == []
    first, second = (seen.request for seen in engine.seen)
    assert second.max_tokens == 2 * first.max_tokens
    assert second.sampling == first.sampling


async def test_what_is_cut_off_twice_keeps_the_longer_answer_and_is_told() -> None:
    outcome, engine = await run(long(1000), job())
    assert codes(outcome) == [WarningCode.TRUNCATED]
    assert outcome.tokens_out == engine.seen[1].request.max_tokens
    assert f"after {outcome.tokens_out} tokens" in outcome.notes[0].message


async def test_the_length_a_caller_wants_is_kept() -> None:
    outcome, engine = await run(long(1000), job(most=5))
    assert (outcome.tokens_out, codes(outcome)) == (5, [WarningCode.TRUNCATED])
    assert len(engine.seen) == 1


async def test_where_the_end_is_ignored_nothing_is_tried_again() -> None:
    _, usual = await run(reply, job())
    assert not usual.seen[0].request.ignore_end
    outcome, engine = await run(lambda _: "", job(), AyaSettings(ignore_end=True))
    assert codes(outcome) == [WarningCode.EMPTY_OUTPUT]
    assert [seen.request.ignore_end for seen in engine.seen] == [True]


async def test_a_queue_that_is_full_for_the_second_attempt_keeps_the_first() -> None:
    def answer(_: Seen) -> str:
        engine.queue_size = 0
        return "Translation: Bonjour."

    engine = FakeEngine(answer)
    limits = limits_of(AyaSettings(), request=2048, demo=False)
    translator = SegmentTranslator(engine, AyaSettings(), limits)
    outcome = await translator.translate(job())
    assert (outcome.text, codes(outcome)) == ("Bonjour.", [WarningCode.EXTRA_TEXT])
    with pytest.raises(EngineBusyError):
        await translator.translate(job())


def translator_on(engine: FakeEngine, table: Calibration | None = None) -> SegmentTranslator:
    limits = limits_of(AyaSettings(), request=2048, demo=False)
    return SegmentTranslator(engine, AyaSettings(), limits, table)


async def test_a_segments_confidence_is_what_its_score_is_worth() -> None:
    engine = FakeEngine(lambda _: "Bonjour.")
    assert (await translator_on(engine).translate(job())).confidence is None
    engine.score = lambda _: -1.5
    bare = await translator_on(engine).translate(job())
    assert bare.confidence == pytest.approx(math.exp(-1.5), abs=1e-4)
    table = Calibration(good="?", knots=((-2.0, 0.2), (-1.0, 0.6)))
    assert (await translator_on(engine, table).translate(job())).confidence == 0.4


@pytest.mark.parametrize(
    ("answer", "confidence"),
    [
        ("", BROKEN),
        ("non " * 18, BROKEN),
        (TEXT, BROKEN),
        ("Guten Morgen, mein lieber Freund, wie geht es dir denn?", BROKEN),
        ("Translation: Bonjour.", 0.9048),
    ],
)
async def test_what_came_out_broken_has_no_confidence_however_likely(
    answer: str, confidence: float
) -> None:
    engine = FakeEngine(lambda _: answer)
    engine.score = lambda _: -0.1
    assert (await translator_on(engine).translate(job())).confidence == confidence


def by_seed(*answers: str) -> Answer:
    """The best first; what is sampled with further seeds thereafter."""
    return lambda seen: answers[max(0, seen.request.sampling.seed - 1) % len(answers)]


async def test_alternatives_are_sampled_with_other_seeds_and_the_likeliest_are_kept() -> None:
    engine = FakeEngine(by_seed("Un.", "Deux.", "Trois.", "Quatre."))
    engine.score = lambda seen: -5 + seen.request.sampling.seed
    outcome = await translator_on(engine).translate(job(alternatives=2))
    assert (outcome.text, outcome.alternatives) == ("Un.", ("Quatre.", "Trois."))
    first, *others = (seen.request for seen in engine.seen)
    assert first.sampling.temperature == 0
    assert [other.sampling.temperature > 0 for other in others] == [True] * 3
    assert len({other.sampling.seed for other in others}) == 3
    assert all(other.prompt == first.prompt for other in others)


async def test_what_comes_out_alike_or_flawed_is_no_alternative_and_is_tried_for_again() -> None:
    first, second, third = ("Un.", "", "Deux."), ("Deux.", "", "Trois."), ("Un.", "Un.", "Trois.")
    engine = FakeEngine(by_seed("Un.", *first, *second, *third))
    outcome = await translator_on(engine).translate(job(alternatives=3))
    assert outcome.alternatives == ("Deux.", "Trois.")
    # With more of chance each time, and then no more.
    temperatures = [seen.request.sampling.temperature for seen in engine.seen]
    assert temperatures == [0, 0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 1.2, 1.2, 1.2]


async def test_without_alternatives_nothing_more_is_asked_for() -> None:
    _, engine = await run(reply, job())
    assert len(engine.seen) == 1


async def test_a_full_queue_gives_fewer_alternatives_and_no_error() -> None:
    def answer(seen: Seen) -> str:
        if seen.request.sampling.temperature > 0.5:
            engine.queue_size = 0
        return by_seed("Un.", "Deux.", "Trois.", "Quatre.")(seen)

    engine = FakeEngine(answer, queue_size=2)
    outcome = await translator_on(engine).translate(job(alternatives=3))
    assert outcome.text == "Un."
    assert set(outcome.alternatives) == {"Deux.", "Trois."}


async def test_an_engine_that_fails_over_alternatives_fails() -> None:
    def answer(seen: Seen) -> str:
        if seen.request.sampling.temperature:
            raise EngineFailedError("gone")
        return "Un."

    with pytest.raises(EngineFailedError):
        await translator_on(FakeEngine(answer)).translate(job(alternatives=2))


async def test_a_failing_engine_is_not_asked_again() -> None:
    engine = FakeEngine()
    engine.failure = EngineFailedError("gone")
    limits = limits_of(AyaSettings(), request=2048, demo=False)
    with pytest.raises(EngineFailedError):
        await SegmentTranslator(engine, AyaSettings(), limits).translate(job())
    assert engine.seen == []
