"""Translates one segment and tries once more what came out wrong; knows no whole texts."""

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from models.aya import prompt
from models.aya.answer import Answer, Asked, read
from models.aya.limits import Limits
from models.aya.settings import AyaSettings
from models.base.confidence import Calibration, confidence
from models.base.layout import Note, Outcome
from models.base.translation_model import WarningCode
from models.engines.llamacpp.contract import (
    Completion,
    EngineBusyError,
    FinishReason,
    GenerationRequest,
    Sampling,
    TextEngine,
    total_tokens,
)

Tokens = tuple[int, ...]

_MESSAGES = {
    WarningCode.EMPTY_OUTPUT: "The model wrote nothing for this segment; its translation is empty.",
    WarningCode.REPETITION: (
        "The translation repeats itself in a loop, and did so again when it was made once more."
    ),
    WarningCode.UNTRANSLATED: "The model gave this segment back as it was, twice.",
    WarningCode.WRONG_LANGUAGE: "The translation seems to be in another language than asked for.",
    WarningCode.EXTRA_TEXT: (
        "The model wrote more than the translation; what could be told apart was taken off."
    ),
}
# How bad a problem is: of two attempts the one with less is kept.
_BADNESS = {
    WarningCode.EMPTY_OUTPUT: 16,
    WarningCode.REPETITION: 8,
    WarningCode.UNTRANSLATED: 4,
    WarningCode.WRONG_LANGUAGE: 4,
    WarningCode.TRUNCATED: 3,
    WarningCode.EXTRA_TEXT: 1,
}
# With more than this something is missing or wrong, not just too much.
_WORDY = 1
# Temperature and top_p of what is asked for beside the best, in turn while there are too few: at
# first likely to be right, at last to be new.
_VARIED = ((0.5, 0.9), (0.9, 0.97), (1.2, 0.99))
# So many at least, for the likeliest of them: one alone is worse by a fifth of its chrF.
_LEAST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Job:
    """A segment to translate."""

    asked: Asked
    shared: tuple[Tokens, ...]
    """What it has in common with its neighbours, in parts."""
    tokens: Tokens
    """The text's own."""
    max_tokens: int | None = None
    """The caller's wish; None leaves the length to us."""
    alternatives: int = 0


@dataclass(frozen=True, slots=True)
class _Attempt:
    request: GenerationRequest
    completion: Completion
    answer: Answer

    @property
    def badness(self) -> int:
        return sum(_BADNESS[problem] for problem in self.answer.problems)

    @property
    def likelihood(self) -> float:
        score = self.completion.score
        return -math.inf if score is None else score


class SegmentTranslator:
    """Serves any number of segments at once; each may be cancelled at any moment."""

    def __init__(
        self,
        engine: TextEngine,
        settings: AyaSettings,
        limits: Limits,
        calibration: Calibration | None = None,
    ) -> None:
        self._engine = engine
        self._limits = limits
        self._calibration = calibration
        self._ignore_end = settings.ignore_end
        self._pairs: dict[tuple[str, str], Tokens] = {}
        self._opening = prompt.tokens(prompt.OPENING, engine.tokenize)
        before, _, after = prompt.segment("")
        self._around = tuple(prompt.tokens((piece,), engine.tokenize) for piece in (before, after))
        self._usual = Sampling(
            temperature=settings.temperature,
            top_k=settings.top_k,
            top_p=settings.top_p,
            min_p=settings.min_p,
            repeat_penalty=settings.repeat_penalty,
            seed=settings.seed,
        )
        self._other = replace(
            self._usual,
            temperature=settings.retry_temperature,
            repeat_penalty=max(settings.retry_repeat_penalty, settings.repeat_penalty),
            seed=settings.seed + 1,
        )
        self._varied = replace(self._usual, seed=settings.seed + 2)

    async def translate(self, job: Job) -> Outcome:
        """The segment's translation, with what is wrong with it in spite of a second attempt.

        Raises:
            EngineError: as the engine does.
        """
        parts = self._parts(job)
        budget = self._limits.budget(len(job.tokens), total_tokens(parts), job.max_tokens)
        request = GenerationRequest(parts, budget, self._usual, ignore_end=self._ignore_end)
        best = await self._attempt(job, request)
        again = self._another(job, best) if best.answer.problems else None
        if again is not None:
            best = await self._better(job, best, again)
        return Outcome(
            best.answer.text,
            tuple(_note(problem, best) for problem in best.answer.problems),
            len(job.tokens),
            len(best.completion.tokens),
            confidence(best.completion.score, self._calibration, is_broken=best.badness > _WORDY),
            await self._alternatives(job, best),
        )

    async def _alternatives(self, job: Job, best: _Attempt) -> tuple[str, ...]:
        """Other flawless translations as chance gives them, the likeliest first."""
        found: dict[str, float] = {}
        varied = self._varied
        for temperature, top_p in _VARIED:
            missing = job.alternatives - len(found)
            if missing <= 0:
                break
            count = max(missing, _LEAST_TRIES)
            varied = replace(varied, temperature=temperature, top_p=top_p)
            tries = [replace(varied, seed=varied.seed + number) for number in range(count)]
            varied = replace(varied, seed=varied.seed + count)
            for attempt in await self._sampled(job, best.request, tries):
                if not attempt.answer.problems and attempt.answer.text != best.answer.text:
                    found[attempt.answer.text] = attempt.likelihood
        ranked = sorted(found, key=found.__getitem__, reverse=True)
        return tuple(ranked[: job.alternatives])

    async def _sampled(
        self, job: Job, request: GenerationRequest, samplings: Iterable[Sampling]
    ) -> list[_Attempt]:
        """An attempt each, all at once; fewer where the queue is full."""
        attempts = [
            self._attempt(job, replace(request, sampling=sampling)) for sampling in samplings
        ]
        done = await asyncio.gather(*attempts, return_exceptions=True)
        for each in done:
            if isinstance(each, BaseException) and not isinstance(each, EngineBusyError):
                raise each
        return [each for each in done if isinstance(each, _Attempt)]

    def _parts(self, job: Job) -> tuple[Tokens, ...]:
        tokenize, langs = self._engine.tokenize, (job.asked.source_lang, job.asked.target_lang)
        if langs not in self._pairs:
            instruction = prompt.pair(*langs)[len(prompt.OPENING) :]
            self._pairs[langs] = prompt.tokens(instruction, tokenize)
        before, after = self._around
        shared: list[Tokens] = [self._opening, self._pairs[langs], *filter(None, job.shared)]
        # What introduces every text is kept computed with what comes before it.
        return *shared[:-1], shared[-1] + before, job.tokens + after

    def _another(self, job: Job, first: _Attempt) -> GenerationRequest | None:
        """How a segment is tried once more; None where that could not differ."""
        if self._ignore_end:
            return None
        if WarningCode.TRUNCATED not in first.answer.problems:
            return replace(first.request, sampling=self._other)
        longer = self._limits.bounded(
            2 * first.request.max_tokens, total_tokens(first.request.prompt)
        )
        if job.max_tokens is None and longer > first.request.max_tokens:
            return replace(first.request, max_tokens=longer)
        return None

    async def _better(self, job: Job, first: _Attempt, again: GenerationRequest) -> _Attempt:
        try:
            second = await self._attempt(job, again)
        except EngineBusyError:
            return first
        is_longer = second.answer.problems == first.answer.problems == (WarningCode.TRUNCATED,)
        return second if is_longer or second.badness < first.badness else first

    async def _attempt(self, job: Job, request: GenerationRequest) -> _Attempt:
        completion = await self._engine.complete(request)
        finished = completion.finish is FinishReason.STOP
        return _Attempt(request, completion, read(completion.text, job.asked, finished=finished))


def _note(problem: WarningCode, attempt: _Attempt) -> Note:
    cut_off = f"The translation was cut off after {len(attempt.completion.tokens)} tokens."
    return Note(problem, _MESSAGES.get(problem, cut_off))
