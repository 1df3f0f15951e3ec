"""Whole documents through the real demo: nothing is cut, nothing between the sentences changes."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.base.translation_model import Translation
from models.nllb import NLLBModel
from models.nllb.settings import NLLBSettings

DOCUMENTS = Path("tests/data/documents")
TOKENS = 10_000


@pytest.fixture
async def model() -> AsyncIterator[NLLBModel]:
    model = NLLBModel(NLLBSettings(device="cpu", beam_size=1))
    await model.initialize()
    yield model
    await model.cleanup()


def breaks(text: str) -> list[str]:
    """White space with a line break in it, in order: what separates lines and paragraphs."""
    return re.findall(r"[^\S\n]*\n\s*", text)


def check(text: str, translation: Translation) -> None:
    segments = translation.segments
    assert [segment.index for segment in segments] == list(range(len(segments)))
    assert {segment.total for segment in segments} == {len(segments)}
    assert "".join(s.before + s.source + s.after for s in segments) == text
    assert "".join(s.before + s.text + s.after for s in segments) == translation.text
    assert breaks(translation.text) == breaks(text)
    flagged = {warning.segment for warning in translation.warnings}
    assert all(segment.text or segment.index in flagged for segment in segments)


@pytest.mark.parametrize("name", ["spa.txt", "deu.txt"])
async def test_a_document_of_ten_thousand_tokens_comes_back_whole(
    model: NLLBModel, name: str
) -> None:
    source = {"spa": "spa_Latn", "deu": "deu_Latn"}[name[:3]]
    text = (DOCUMENTS / name).read_text(encoding="utf-8")
    text *= 1 + TOKENS * 5 // len(text)
    translation = await model.translate_in_detail(text, source, "eng_Latn")
    assert translation.tokens_in > TOKENS
    check(text, translation)


async def test_repeated_sentences_stay_as_many_as_they_were(model: NLLBModel) -> None:
    text = "I am hungry. " * 7 + "\n\n\tI am hungry.  I am tired.\r\n"
    translation = await model.translate_in_detail(text, "eng_Latn", "fra_Latn")
    check(text, translation)
    assert len(translation.segments) == 9
    assert len({segment.text for segment in translation.segments}) == 2
    assert translation.text.endswith("\r\n")
