"""Aya on the real engine with random weights: nothing makes sense, and everything must hold."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.aya import AyaModel, prompt
from models.aya.prompt import SPECIALS, Guidance
from models.aya.settings import AyaSettings
from models.base.translation_model import Translation
from models.engines.llamacpp.contract import TextEngine
from models.engines.llamacpp.engine import Engine

DOCUMENTS = Path("tests/data/documents")
PAIR = ("eng_Latn", "fra_Latn")
DATA = st.lists(
    st.one_of(st.sampled_from([*SPECIALS, "<|", "|>", "\n", "Text:\n"]), st.text(max_size=9)),
    max_size=6,
).map("".join)


@pytest.fixture
async def model(tiny: Path) -> AsyncIterator[AyaModel]:
    model = AyaModel(AyaSettings(model_path=tiny, max_output_tokens=24, threads=1))
    await model.initialize()
    yield model
    await model.cleanup()


@pytest.fixture
async def engine(tiny: Path) -> AsyncIterator[TextEngine]:
    engine = Engine(tiny / "tiny.gguf")
    await engine.start()
    yield engine
    await engine.close()


def breaks(text: str) -> list[str]:
    """White space with a line break in it, in order: what separates lines and paragraphs."""
    return re.findall(r"[^\S\n]*\n\s*", text)


def check(text: str, translation: Translation) -> None:
    segments = translation.segments
    assert [segment.index for segment in segments] == list(range(len(segments)))
    assert {segment.total for segment in segments} == {len(segments)}
    assert "".join(s.before + s.source + s.after for s in segments) == text
    assert "".join(s.before + s.text + s.after for s in segments) == translation.text
    flagged = {warning.segment for warning in translation.warnings}
    assert all(segment.text or segment.index in flagged for segment in segments)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=DATA, term=DATA, around=DATA)
def test_turns_inside_what_a_caller_sends_never_become_tokens(
    engine: TextEngine, text: str, term: str, around: str
) -> None:
    special = {token for name in SPECIALS for token in engine.tokenize(name, special=True)}
    assert len(special) == len(SPECIALS)
    guidance = Guidance(glossary=((term, around),), context=around, passage=text)
    built = prompt.build(text, *PAIR, guidance)
    plain = prompt.build("", *PAIR)
    found, expected = (
        [token for token in prompt.tokens(one.segment, engine.tokenize) if token in special]
        for one in (built, plain)
    )
    assert found == expected
    assert not special & set(prompt.tokens(built.document, engine.tokenize))


async def test_a_document_comes_back_in_order_with_its_white_space(model: AyaModel) -> None:
    text = (DOCUMENTS / "eng.txt").read_text(encoding="utf-8")[:1500]
    text = text.replace("\n\n", "\n \n\t", 1)
    translation = await model.translate_in_detail(text, *PAIR)
    check(text, translation)
    assert breaks(translation.text) == breaks(text)


async def test_repeated_sentences_stay_as_many_as_they_were(model: AyaModel) -> None:
    text = "I am hungry. " * 7 + "\n\n\tI am tired.\r\n"
    translation = await model.translate_in_detail(text, *PAIR)
    check(text, translation)
    assert len(translation.segments) == 8
    assert translation.text.endswith("\r\n")


async def test_more_callers_than_slots_are_all_served(model: AyaModel) -> None:
    texts = [f"Sentence number {number} is here." for number in range(32)]
    done = await asyncio.gather(*(model.translate_in_detail(text, *PAIR) for text in texts))
    for text, translation in zip(texts, done, strict=True):
        check(text, translation)
        assert 0 < translation.tokens_out <= 24


async def test_a_reader_who_leaves_and_a_caller_who_is_cancelled_hold_nobody_up(
    model: AyaModel,
) -> None:
    text = " ".join(f"Sentence {number} is here." for number in range(60))
    async with aclosing(model.stream(text, *PAIR)) as segments:
        await anext(segments)
    leaving = asyncio.create_task(model.translate(text, *PAIR))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await asyncio.wait_for(model.translate("Hello.", *PAIR), 20) is not None
    assert await model.health_check()


async def test_what_is_measured_of_the_engine_is_told(model: AyaModel) -> None:
    details = model.get_model_details()
    assert (details.engine, details.quantization) == ("llama.cpp", "Q8_0")
    assert details.device in {"cpu", "gpu"}
    assert details.memory_bytes
