"""Whole documents through the real demo: their structure comes back, and their words do not."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from bentos.lifecycle import Lifecycle
from bentos.translator import Translator
from common.markup.html_tokens import TokenKind, attributes, tokens
from common.settings import ServiceSettings
from models.base.guarded_model import GuardedModel
from models.base.request_models import TranslationRequest, TranslationResponse
from models.nllb import NLLBModel
from models.nllb.settings import NLLBSettings

MARKDOWN = Path("tests/data/documents/en.finding-users.md")
PAGES = Path("tests/data/markup")
FOR_PEOPLE = {"alt", "content", "placeholder", "title"}


@pytest.fixture
async def translator() -> AsyncIterator[Translator]:
    model = NLLBModel(NLLBSettings(device="cpu", beam_size=1))
    lifecycle = Lifecycle(model, state_file=None)
    lifecycle.start()
    await lifecycle.loaded()
    yield Translator(GuardedModel(model, "nllb"), ServiceSettings(), lifecycle)
    await lifecycle.stop()


async def translated(translator: Translator, text: str, markup: str) -> TranslationResponse:
    fields = {"text": text, "format": markup, "target_lang": "fr"}
    return await translator.translate(TranslationRequest.model_validate(fields))


def skeleton(page: str) -> list[str]:
    """All that is no text, in order, without what people read of it."""
    found = []
    for token in tokens(page):
        if token.kind is TokenKind.START:
            said = [one for one in attributes(token) if one.name not in FOR_PEOPLE]
            found.append(" ".join([token.name, *(f"{one.name}={one.value}" for one in said)]))
        elif token.kind is not TokenKind.TEXT:
            found.append(token.raw)
    return found


def structure(source: str) -> Counter[str]:
    markdown = MarkdownIt("commonmark").enable("table")
    found: Counter[str] = Counter()
    for token in markdown.parse(source):
        inner = [one for one in token.children or () if one.type not in {"text", "softbreak"}]
        found.update([token.type, *(f"{one.type} {one.attrs.get('href')}" for one in inner)])
    return found


@pytest.mark.parametrize(("name", "language"), [("eng", "eng_Latn"), ("deu", "deu_Latn")])
async def test_a_page_keeps_all_but_its_words(
    translator: Translator, name: str, language: str
) -> None:
    page = (PAGES / f"{name}.html").read_text()
    answer = await translated(translator, page, "html")
    assert answer.detected_source_lang == language
    assert skeleton(answer.translated_text) == skeleton(page)
    assert answer.translated_text != page
    spaces = [token.raw for token in tokens(page) if token.raw.isspace()]
    assert [one.raw for one in tokens(answer.translated_text) if one.raw.isspace()] == spaces


async def test_tags_within_sentences_come_back_each_once(translator: Translator) -> None:
    page = (PAGES / "page.html").read_text()
    answer = await translated(translator, page, "html")
    text = answer.translated_text
    assert Counter(skeleton(text)) == Counter(skeleton(page))
    for kept in (
        "<!-- Written for these tests. -->",
        "<style>p > b { color: red }</style>",
        'if (1 < 2) { document.title = "Where is the station?" }',
        "<code>make <b>test</b></code>",
        '<span translate="no">Sandhill&nbsp;Road</span>',
        "<li>42 &middot; 7\n",
        "<td>12:30</table>",
        "<pre>  nothing here\n  is translated </pre>",
        'href="/station?a=1&amp;b=2"',
    ):
        assert kept in text
    assert "La maison <b>rouge</b> est près de <a" in text
    for gone in ("Good morning", "A book on a table", "Your name", "The map", "All about"):
        assert gone not in text
    assert "{0}" not in text


async def test_markdown_keeps_its_structure(translator: Translator) -> None:
    document = await asyncio.to_thread(MARKDOWN.read_text)
    source = document[: document.index("\n## Get")] if "\n## Get" in document else document[:3000]
    answer = await translated(translator, source, "markdown")
    assert structure(answer.translated_text) == structure(source)
    assert answer.translated_text.partition("\n---\n")[0] == source.partition("\n---\n")[0]
    assert answer.translated_text != source
