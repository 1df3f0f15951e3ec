from dataclasses import replace

import pytest

from bentos.gateway.legacy.adaptive_stages import Progress
from models.base.exceptions import TranslationError
from tests.bentos.gateway.legacy.adaptive_models import (
    ENGLISH,
    FRENCH,
    LONG_FRENCH,
    Book,
)
from tests.bentos.gateway.legacy.adaptive_runs import (
    WANTED,
    finished_by,
    pipeline_of,
    stages_of,
)


async def test_what_is_quick_begins_with_one_chunk() -> None:
    first, *_ = await stages_of(pipeline_of(Book()), replace(WANTED, quick=True))
    assert isinstance(first, Progress)
    assert first.details == {"chunks_done": 1, "chunks": 6}
    assert LONG_FRENCH.startswith(first.translation)


async def test_a_text_of_many_chunks_comes_in_batches() -> None:
    text = "\n\n".join([ENGLISH] * 200)
    stages = await stages_of(pipeline_of(Book()), replace(WANTED, text=text))
    drafts = [s for s in stages if isinstance(s, Progress) and s.stage == "semantic"]
    assert len(drafts) > 2
    assert drafts[-1].translation == "\n\n".join([FRENCH] * 200)


async def test_a_draft_that_fails_is_an_error() -> None:
    models = Book()
    models.failing_from, models.error = 2, TranslationError("It broke.")
    with pytest.raises(TranslationError):
        await finished_by(models, WANTED)


async def test_one_language_is_found_for_the_whole_text() -> None:
    models = Book()
    finished = await finished_by(models, replace(WANTED, source="auto"))
    assert {request.source_lang for request, _ in models.asked} == {"eng_Latn"}
    assert finished.details["detected_source"] == "eng_Latn"


async def test_a_short_text_is_left_to_the_model_to_detect() -> None:
    models = Book()
    finished = await finished_by(models, replace(WANTED, text=ENGLISH, source="auto"))
    assert [request.source_lang for request, _ in models.asked] == ["auto"]
    assert finished.details["detected_source"] == "eng_Latn"
