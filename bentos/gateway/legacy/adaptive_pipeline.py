"""Translates in stages: a draft chunk by chunk, its score, better chunks where it helps."""

import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from pydantic import JsonValue

from bentos.contract import Call, Models
from bentos.gateway.legacy.adaptive_cache import AnswerCache, Key
from bentos.gateway.legacy.adaptive_chunks import content_type
from bentos.gateway.legacy.adaptive_draft import draft, prepare
from bentos.gateway.legacy.adaptive_optimiser import Optimiser
from bentos.gateway.legacy.adaptive_quality import Assessment, Assessor
from bentos.gateway.legacy.adaptive_stages import (
    AUTO,
    Finished,
    Progress,
    Stage,
    Wanted,
    Work,
    off_loop,
)


@dataclass(frozen=True, slots=True)
class _Version:
    """A translation of the whole text, and what it scores."""

    translation: str
    assessment: Assessment


class Pipeline:
    """Translates any number of texts at once; closing a run's generator ends its work."""

    def __init__(
        self,
        models: Models,
        assessor: Assessor,
        cache: AnswerCache[Finished],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._models = models
        self._assessor = assessor
        self._cache = cache
        self._optimiser = Optimiser(models, assessor, clock)
        self._clock = clock

    async def stages(self, wanted: Wanted, call: Call) -> AsyncGenerator[Stage, None]:
        """Any number of `Progress`, then one `Finished`.

        Raises:
            LinguaNexusError: There is no draft. What fails after it leaves the draft standing.
        """
        begun = self._clock()
        key = self._key(wanted)
        if kept := self._cache.get(key):
            yield self._again(kept, begun)
            return
        work = await prepare(self._models, wanted, call)
        async with aclosing(draft(self._models, work)) as drafting:
            async for progress in drafting:
                yield progress
        work.times["draft"] = self._clock() - begun
        first = _Version(work.translation(), await self._assess(work))
        needed = bool(wanted.text.strip()) and (
            wanted.forced or first.assessment.score < wanted.threshold
        )
        work.times["analysis"] = self._clock() - begun - work.times["draft"]
        yield _analysed(first, needed=needed)
        if needed:
            async with aclosing(self._optimiser.improve(work)) as improving:
                async for progress in improving:
                    yield progress
        finished = await self._finish(work, first, begun, needed=needed)
        if work.stopped is None:
            self._cache.put(key, content_type(work.chunks), finished)
        yield finished

    async def _finish(self, work: Work, first: _Version, begun: float, *, needed: bool) -> Finished:
        """What scores better as a whole: the draft, or it with its better chunks."""
        final = first
        if work.replaced:
            last = _Version(work.translation(), await self._assess(work))
            final = last if last.assessment.score > first.assessment.score else first
        seconds = self._clock() - begun
        work.times["optimization"] = seconds - work.times["draft"] - work.times["analysis"]
        return Finished(
            translation=final.translation,
            assessment=final.assessment,
            optimised=final is not first,
            cache_hit=work.from_cache,
            seconds=seconds,
            details=_details(work, needed=needed),
        )

    def _key(self, wanted: Wanted) -> Key:
        states = [[state.name, dict(state.details)] for state in self._models.states()]
        return Key(
            text=wanted.text,
            source=wanted.source,
            target=wanted.target,
            preference=wanted.preference,
            forced=wanted.forced,
            models=json.dumps(states, sort_keys=True),
        )

    def _again(self, kept: Finished, begun: float) -> Finished:
        return Finished(
            translation=kept.translation,
            assessment=kept.assessment,
            optimised=kept.optimised,
            cache_hit=True,
            seconds=self._clock() - begun,
            details={**kept.details, "stage_times": {}},
        )

    async def _assess(self, work: Work) -> Assessment:
        pair = work.pair()
        size = len(pair.original) + len(pair.translation)
        return await off_loop(size, self._assessor.assess, pair, work.warnings())


def _analysed(first: _Version, *, needed: bool) -> Progress:
    return Progress(
        stage="analyzing",
        translation=first.translation,
        progress=0.7,
        message="The draft has a score.",
        # Named unlike the final ones: a client that takes the first match must not find these.
        details={
            "draft_quality_score": first.assessment.score,
            "draft_quality_grade": first.assessment.grade,
            "needs_optimization": needed,
        },
    )


def _details(work: Work, *, needed: bool) -> dict[str, JsonValue]:
    sizes = [stop - start for start, stop in work.chunks.spans]
    return {
        "needs_optimization": needed,
        "detected_source": work.known if work.wanted.source == AUTO else None,
        "stage_times": {name: round(seconds, 4) for name, seconds in work.times.items()},
        "chunking_metadata": {
            "num_chunks": len(sizes),
            "total_length": len(work.wanted.text),
            "avg_chunk_size": round(sum(sizes) / max(1, len(sizes)), 1),
            "content_type": content_type(work.chunks),
        },
        "optimization": {
            "attempts": work.tried,
            "chunks_replaced": work.replaced,
            "stopped": work.stopped,
        },
        "models_used": [*work.models],
        "warnings": [*sorted({str(warning.code) for warning in work.warnings()})],
    }
