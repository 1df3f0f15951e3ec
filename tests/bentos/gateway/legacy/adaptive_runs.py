"""Runs of the adaptive pipeline, without HTTP."""

from contextlib import aclosing

from bentos.contract import Call
from bentos.gateway.legacy.adaptive_cache import AnswerCache
from bentos.gateway.legacy.adaptive_pipeline import Pipeline
from bentos.gateway.legacy.adaptive_quality import Assessor
from bentos.gateway.legacy.adaptive_stages import Finished, Stage, Wanted
from models.base.request_models import TranslationRequest
from tests.bentos.gateway.legacy.adaptive_models import (
    LONG,
    Book,
    by_book,
)

WANTED = Wanted(text=LONG, source="eng_Latn", target="fra_Latn")
ASSESSOR = Assessor()


class Ticking:
    """A clock that gains a second each time it is read."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def pipeline_of(models: Book, entries: int = 0) -> Pipeline:
    return Pipeline(models, ASSESSOR, AnswerCache(entries, 60), Ticking())


async def stages_of(pipeline: Pipeline, wanted: Wanted) -> list[Stage]:
    async with aclosing(pipeline.stages(wanted, Call())) as stages:
        return [stage async for stage in stages]


async def finished_by(models: Book, wanted: Wanted) -> Finished:
    *_, last = await stages_of(pipeline_of(models), wanted)
    assert isinstance(last, Finished)
    return last


def bad_unless_in_context(request: TranslationRequest) -> str:
    return by_book(request) if request.options.context else "mauvais " * 20


def bad_unless_short(request: TranslationRequest) -> str:
    return by_book(request) if len(request.text) <= 100 else "mauvais " * 20
