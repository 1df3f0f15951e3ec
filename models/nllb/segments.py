"""Translates batches of segments and tries once more what came out wrong; knows no whole texts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from models.base.confidence import Calibration, confidence
from models.base.layout import Note, Outcome
from models.base.quality import expected_pieces, is_loop
from models.base.translation_model import WarningCode
from models.nllb.backend import Backend, DecodedSegment, Decoding, EncodedSegment
from models.nllb.settings import NLLBSettings
from models.nllb.tokenizer import UNKNOWN, NLLBTokenizer


@dataclass(frozen=True, slots=True)
class Wish:
    """How a caller wants segments decoded; `max_pieces` None leaves the length to us."""

    beam_size: int
    max_pieces: int | None = None
    shortlist: bool = False
    alternatives: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A segment to translate."""

    segment: EncodedSegment
    wish: Wish


class Verdict(Enum):
    """What a look at a result says."""

    FINE = auto()
    LOOP = auto()
    CUT = auto()
    EMPTY = auto()


_RESOLVED = Note(
    WarningCode.REPETITION,
    "The translation repeated itself in a loop; it was made once more, without the loop.",
)
_LOOPING = Note(
    WarningCode.REPETITION,
    "The translation repeats itself in a loop, and did so again when it was made once more.",
)
_EMPTY = Note(
    WarningCode.EMPTY_OUTPUT, "The model wrote nothing for this segment; its translation is empty."
)


class SegmentTranslator:
    """Runs in the worker's thread, one batch at a time."""

    def __init__(
        self,
        backend: Backend,
        tokenizer: NLLBTokenizer,
        settings: NLLBSettings,
        most_pieces: int,
        calibration: Calibration | None = None,
    ) -> None:
        self._backend = backend
        self._tokenizer = tokenizer
        self._settings = settings
        self._most_pieces = most_pieces
        self._calibration = calibration

    def run(self, jobs: Sequence[Job]) -> list[Outcome | Exception]:
        """The jobs' outcomes, in their order; what wants other decoding is computed apart."""
        places: dict[Wish, list[int]] = defaultdict(list)
        for place, job in enumerate(jobs):
            places[job.wish].append(place)
        outcomes: dict[int, Outcome] = {}
        for kind in places.values():
            outcomes.update(zip(kind, self._run_kind([jobs[p] for p in kind]), strict=True))
        return [outcomes[place] for place in range(len(jobs))]

    def _run_kind(self, jobs: list[Job]) -> list[Outcome]:
        decoding = self._decoding(jobs)
        results = self._backend.translate([job.segment for job in jobs], decoding)
        verdicts = [self._judge(job, result) for job, result in zip(jobs, results, strict=True)]
        notes: dict[int, list[Note]] = defaultdict(list)
        for verdict in (Verdict.LOOP, Verdict.CUT, Verdict.EMPTY):
            places = [place for place, found in enumerate(verdicts) if found is verdict]
            another = self._another(verdict, jobs[0], decoding)
            if not places or another is None:
                continue
            again = self._backend.translate([jobs[place].segment for place in places], another)
            for place, second in zip(places, again, strict=True):
                second_verdict = self._judge(jobs[place], second)
                if second_verdict is Verdict.FINE or verdict is second_verdict is Verdict.CUT:
                    results[place], verdicts[place] = second, second_verdict
                if verdict is Verdict.LOOP:
                    notes[place].append(_RESOLVED if second_verdict is Verdict.FINE else _LOOPING)
        outcomes = [
            self._outcome(job, result, notes[place], verdicts[place])
            for place, (job, result) in enumerate(zip(jobs, results, strict=True))
        ]
        if not jobs[0].wish.alternatives:
            return outcomes
        others = self._others(jobs, results, decoding)
        return list(map(self._with_alternatives, jobs, outcomes, others))

    def _others(
        self, jobs: list[Job], results: list[DecodedSegment], decoding: Decoding
    ) -> list[Sequence[DecodedSegment]]:
        """What may stand beside the results, which are what they are without it.

        A beam of more hypotheses could find another best one: where they need it, they are searched
        for apart.
        """
        wanted = jobs[0].wish.alternatives + 1
        if decoding.hypotheses == wanted:
            return [result.others for result in results]
        wider = replace(decoding, beam_size=wanted, hypotheses=wanted)
        found = self._backend.translate([job.segment for job in jobs], wider)
        return [(result, *result.others) for result in found]

    def _with_alternatives(
        self, job: Job, outcome: Outcome, others: Sequence[DecodedSegment]
    ) -> Outcome:
        fine = [other for other in others if self._judge(job, other) is Verdict.FINE]
        texts = dict.fromkeys(self._tokenizer.text(other.pieces) for other in fine)
        texts.pop(outcome.text, None)
        return replace(outcome, alternatives=tuple(texts)[: job.wish.alternatives])

    def _decoding(self, jobs: list[Job]) -> Decoding:
        """One for all: the longest job's limit lets others only finish what they would retry."""
        wish = jobs[0].wish
        longest = max(len(job.segment.pieces) for job in jobs)
        return Decoding(
            beam_size=wish.beam_size,
            max_pieces=wish.max_pieces or expected_pieces(longest, self._most_pieces),
            no_repeat_ngram_size=self._settings.no_repeat_ngram_size,
            repetition_penalty=self._settings.repetition_penalty,
            shortlist=wish.shortlist,
            hypotheses=wish.alternatives + 1 if wish.alternatives < wish.beam_size else 1,
        )

    def _judge(self, job: Job, result: DecodedSegment) -> Verdict:
        if is_loop(result.pieces, job.segment.pieces):
            return Verdict.LOOP
        if not result.finished:
            return Verdict.CUT
        if not self._tokenizer.text(result.pieces):
            return Verdict.EMPTY
        return Verdict.FINE

    def _another(self, verdict: Verdict, job: Job, decoding: Decoding) -> Decoding | None:
        """How a segment is tried once more; None where that could not differ."""
        if verdict is Verdict.LOOP:
            return replace(
                decoding,
                no_repeat_ngram_size=self._settings.retry_no_repeat_ngram_size,
                repetition_penalty=self._settings.retry_repetition_penalty,
            )
        if verdict is Verdict.EMPTY:
            return replace(decoding, min_pieces=min(2, decoding.max_pieces))
        longer = min(2 * decoding.max_pieces, self._most_pieces)
        if job.wish.max_pieces is None and longer > decoding.max_pieces:
            return replace(decoding, max_pieces=longer)
        return None

    def _outcome(
        self, job: Job, result: DecodedSegment, notes: list[Note], verdict: Verdict
    ) -> Outcome:
        text = self._tokenizer.text(result.pieces)
        if not result.finished:
            notes.append(
                Note(
                    WarningCode.TRUNCATED,
                    f"The translation was cut off after {len(result.pieces)} tokens.",
                )
            )
        elif not text:
            notes.append(_EMPTY)
        notes += _unknown(job.segment.pieces, result.pieces)
        is_broken = verdict is not Verdict.FINE
        return Outcome(
            text,
            tuple(notes),
            len(job.segment.pieces),
            len(result.pieces),
            confidence(result.score, self._calibration, is_broken=is_broken),
        )


def _unknown(source: Sequence[str], output: Sequence[str]) -> list[Note]:
    places = {"source": source.count(UNKNOWN), "translation": output.count(UNKNOWN)}
    return [
        Note(
            WarningCode.UNKNOWN_CHARACTERS,
            f"{count} place(s) of the {name} hold characters the model does not know; "
            "they may be missing or changed.",
        )
        for name, count in places.items()
        if count
    ]
