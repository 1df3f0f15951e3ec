from dataclasses import replace

import pytest

from bentos.gateway.legacy.adaptive_stages import Progress
from models.base.exceptions import TranslationError
from tests.bentos.gateway.legacy.adaptive_models import (
    ENGLISH,
    FRENCH,
    LONG_FRENCH,
    SECOND,
    Book,
    by_book,
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


async def test_a_chunk_that_came_out_empty_holds_nothing_back() -> None:
    models = Book(lambda request: "" if SECOND in request.text else by_book(request))
    wanted = replace(WANTED, text=f"{' '.join([SECOND] * 5)}\n\n{' '.join([ENGLISH] * 5)}")
    stages = await stages_of(pipeline_of(models), wanted)
    drafts = [s for s in stages if isinstance(s, Progress) and s.stage == "semantic"]
    assert drafts[-1].translation == f"\n\n{' '.join([FRENCH] * 5)}"


async def test_a_language_no_model_speaks_is_left_to_the_model() -> None:
    models = Book()
    models.spoken = False
    await finished_by(models, replace(WANTED, source="auto"))
    assert {request.source_lang for request, _ in models.asked} == {"auto"}


async def test_events_of_a_long_text_stay_few() -> None:
    text = "\n\n".join([f"{ENGLISH} " * 6] * 200)
    stages = await stages_of(pipeline_of(Book()), replace(WANTED, text=text, quick=True))
    told = sum(len(s.translation) for s in stages if isinstance(s, Progress))
    assert told < 5 * len(text)
