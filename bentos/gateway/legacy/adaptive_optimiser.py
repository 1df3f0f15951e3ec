"""Tries a draft's weak chunks again in other ways and keeps what scores better; invents no text."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

from bentos.contract import Models
from bentos.gateway.legacy.adaptive_draft import ask
from bentos.gateway.legacy.adaptive_quality import Assessor
from bentos.gateway.legacy.adaptive_stages import Piece, Progress, Work, off_loop
from common.segmentation import split
from models.base.exceptions import LinguaNexusError
from models.base.translation_model import TranslationOptions

_BEAMS: Final = 5
_CONTEXT_CHARS: Final = 1_000
_WORTH_IT: Final = 0.01
"""A candidate must score so much more to be taken."""


class Optimiser:
    """Improves any number of texts at once, each within its time."""

    def __init__(
        self,
        models: Models,
        assessor: Assessor,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._models = models
        self._assessor = assessor
        self._clock = clock

    async def improve(self, work: Work) -> AsyncGenerator[Progress, None]:
        """Tries again what scores least; ends with its time, or where a model fails."""
        until = self._clock() + work.wanted.optimisation_s
        weak = await off_loop(len(work.wanted.text), self._weakest, work)
        told = 0
        try:
            for number, index in enumerate(weak, start=1):
                for attempt in (self._in_context, self._by_sentence):
                    await self._try(work, index, attempt, until - self._clock())
                if number >= 2 * told or number == len(weak):
                    told = number
                    yield _so_far(work, number, len(weak))
        except TimeoutError:
            work.stopped = "time"
        except LinguaNexusError as error:
            work.stopped = error.code

    def _weakest(self, work: Work) -> list[int]:
        for piece in work.pieces:
            if piece.text:
                pair = work.pair_of(piece.text, piece.translation)
                piece.score = self._assessor.assess(pair, piece.warnings).score
        asked = [index for index, piece in enumerate(work.pieces) if piece.text]
        asked.sort(key=lambda index: work.pieces[index].score)
        if work.wanted.forced:
            return asked
        least = work.wanted.threshold
        return [index for index in asked if work.pieces[index].score < least] or asked[:1]

    async def _try(
        self,
        work: Work,
        index: int,
        attempt: Callable[[Work, int], Awaitable[Piece | None]],
        seconds: float,
    ) -> None:
        if seconds <= 0:
            raise TimeoutError
        work.tried += 1
        async with asyncio.timeout(seconds):
            candidate = await attempt(work, index)
        if candidate is None:
            return
        pair = work.pair_of(candidate.text, candidate.translation)
        candidate.score = self._assessor.assess(pair, candidate.warnings).score
        if candidate.score >= work.pieces[index].score + _WORTH_IT:
            work.pieces[index] = candidate
            work.replaced += 1

    async def _in_context(self, work: Work, index: int) -> Piece | None:
        """With the chunks beside it in view, and more hypotheses; a model may know neither."""
        piece = work.pieces[index]
        before = "".join(part.text + part.tail for part in work.pieces[:index][-2:])
        after = "".join(part.text + part.tail for part in work.pieces[index + 1 :][:1])
        context = f"{before[-_CONTEXT_CHARS:]}{piece.text}{piece.tail}{after[:_CONTEXT_CHARS]}"
        options = TranslationOptions(beam_size=_BEAMS, context=context[:10_000])
        answer = (await ask(self._models, work, [piece.text], options))[0]
        response = answer.response
        return Piece(
            piece.text, piece.head, piece.tail, response.translated_text, response.warnings
        )

    async def _by_sentence(self, work: Work, index: int) -> Piece | None:
        """Each sentence by itself: what went wrong in one cannot spoil the next."""
        piece = work.pieces[index]
        sentences = split(piece.text, lambda _: True, work.known)
        if len(sentences.segments) <= 1:
            return None
        answers = await ask(self._models, work, sentences.segments)
        responses = [answer.response for answer in answers]
        joined = sentences.join([response.translated_text for response in responses])
        warnings = [warning for response in responses for warning in response.warnings]
        return Piece(piece.text, piece.head, piece.tail, joined, warnings)


def _so_far(work: Work, tried: int, weak: int) -> Progress:
    return Progress(
        stage="optimizing",
        translation=work.translation(),
        progress=round(0.7 + 0.3 * tried / (weak + 1), 2),
        message=f"{tried} of {weak} chunks were tried again.",
        details={"chunks_replaced": work.replaced},
    )
