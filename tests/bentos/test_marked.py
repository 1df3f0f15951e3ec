import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from typing_extensions import override

from bentos import marked
from bentos.errors import InvalidRequestError
from common.settings import ServiceSettings
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    OverloadedError,
    TextTooLongError,
    UnsupportedLanguageError,
)
from models.base.request_models import TranslationRequest
from models.base.translation_model import (
    SegmentTranslation,
    TranslationOptions,
    TranslationWarning,
    WarningCode,
)
from tests.fakes import EchoModel, Served

PAGE = "<h1>Title</h1><p>One <b>two</b>. <i>three</i> four</p><p>42</p>"


def asked(text: str, markup: str = "html", **others: Any) -> TranslationRequest:
    fields = {"text": text, "format": markup, "source_lang": "en", "target_lang": "fr"}
    return TranslationRequest.model_validate({**fields, **others})


@pytest.fixture
async def served() -> Served:
    return await Served().load()


@pytest.mark.parametrize(
    ("markup", "text", "expected"),
    [
        ("text", "a <b>b</b>", "A <B>B</B>"),
        ("html", "a <b>b</b> &amp; c", "A <b>B</b> &amp; C"),
        ("xml", "<d><p>a <b>b</b></p></d>", "<d><p>A <b>B</b></p></d>"),
        ("markdown", "# a *b*\n\n`c`", "# A *B*\n\n`c`"),
    ],
)
async def test_each_format_keeps_its_markup(
    served: Served, markup: str, text: str, expected: str
) -> None:
    assert (await served.translator.translate(asked(text, markup))).translated_text == expected


async def test_texts_reach_the_model_each_once_and_what_is_no_text_does_not(served: Served) -> None:
    answer = await served.translator.translate(asked(PAGE + "<p>Title</p><script>x</script>"))
    assert answer.translated_text == (
        "<h1>TITLE</h1><p>ONE <b>TWO</b>. <i>THREE</i> FOUR</p><p>42</p><p>TITLE</p>"
        "<script>x</script>"
    )
    texts = [text for text, *_ in served.model.calls]
    assert texts == ["Title", "One two. three four", "two", "three"]


async def test_segments_are_those_of_blocks_and_tokens_all(served: Served) -> None:
    answer = await served.translator.translate(asked(PAGE))
    assert answer.metadata == {"segments": 3, "tokens_in": 5, "tokens_out": 10, "demo": True}


async def test_a_document_without_a_text_comes_back(served: Served) -> None:
    answer = await served.translator.translate(asked("<hr><p>42</p>"))
    assert answer.translated_text == "<hr><p>42</p>"
    assert answer.metadata["segments"] == 0
    assert served.model.calls == []


async def test_the_language_is_that_of_what_is_read(served: Served) -> None:
    page = "<div class='navigation content'><p>Guten Morgen, wie geht es Ihnen?</p></div>"
    answer = await served.translator.translate(asked(page, source_lang="auto"))
    assert answer.detected_source_lang == "deu_Latn"
    none = await served.translator.translate(asked("<body>42</body>", source_lang="auto"))
    assert none.detected_source_lang == "und"
    assert none.translated_text == "<body>42</body>"


async def test_a_document_in_the_target_language_comes_back_byte_for_byte(served: Served) -> None:
    page = "<p>Good   morning,\n how are <B>you</B> today?</p>"
    answer = await served.translator.translate(asked(page, source_lang="auto", target_lang="en"))
    assert answer.translated_text == page


async def test_limits_are_those_of_any_text() -> None:
    served = await Served(settings=ServiceSettings(max_text_chars=10)).load()
    with pytest.raises(TextTooLongError):
        await served.translator.translate(asked("<p>abcd</p>"))
    with pytest.raises(EmptyTextError):
        await served.translator.translate(asked(" \n"))
    with pytest.raises(UnsupportedLanguageError):
        await served.translator.translate(asked("<p>a</p>", target_lang="ja"))


async def test_the_deadline_ends_all_of_a_document() -> None:
    served = await Served(settings=ServiceSettings(timeout_s=0.1)).load()
    served.model.gate.clear()
    with pytest.raises(DeadlineExceededError):
        await served.translator.translate(asked(PAGE))
    assert served.model.cancelled.is_set()


async def test_one_text_that_fails_ends_the_others_with_its_error(served: Served) -> None:
    served.model.failure = OverloadedError("full")
    with pytest.raises(OverloadedError):
        await served.translator.translate(asked("<p>a</p><p>poison</p>" + PAGE))


async def test_a_caller_who_leaves_ends_all_of_a_document(served: Served) -> None:
    served.model.gate.clear()
    work = asyncio.ensure_future(served.translator.translate(asked(PAGE)))
    await served.model.busy.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert served.model.cancelled.is_set()


class Crowded(EchoModel):
    """Counts how many texts are with it at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = TranslationOptions(),  # noqa: B008 - frozen
    ) -> AsyncIterator[SegmentTranslation]:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        async for part in super().stream(text, source_lang, target_lang, options):
            yield part
        self.now -= 1


async def test_a_long_document_does_not_flood_the_model() -> None:
    served = await Served(Crowded()).load()
    page = "".join(f"<p>word{chr(97 + number % 26)} {number}</p>" for number in range(1500))
    answer = await served.translator.translate(asked(page))
    assert answer.translated_text == page.replace("word", "WORD").upper().replace("P>", "p>")
    assert isinstance(served.model, Crowded)
    assert 1 < served.model.most <= 64


async def test_alternatives_are_of_plain_text_only(served: Served) -> None:
    answer = await served.translator.translate(asked("<p>a</p>", options={"alternatives": 2}))
    assert [warning.code for warning in answer.warnings] == [WarningCode.OPTION_IGNORED]
    assert answer.warnings[0].message == "Alternatives are given for plain text only."


async def test_warnings_name_the_segment_of_the_document(served: Served) -> None:
    options = {"formality": "formal"}
    answer = await served.translator.translate(asked("<p>a</p><p>b</p>", options=options))
    assert [warning.segment for warning in answer.warnings] == [None, None]


class Warned(EchoModel):
    """Warns of each segment."""

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = TranslationOptions(),  # noqa: B008 - frozen
    ) -> AsyncIterator[SegmentTranslation]:
        warning = TranslationWarning(code=WarningCode.TRUNCATED, message="x", segment=0)
        yield SegmentTranslation(0, 1, "not the text", "THE TEXT", warnings=(warning,))


async def test_segments_are_numbered_as_those_of_one_text() -> None:
    served = await Served(Warned()).load()
    answer = await served.translator.translate(asked("<p>a <b>b</b></p><p>c</p>"))
    assert [warning.segment for warning in answer.warnings] == [0, 1]
    assert answer.metadata["segments"] == 2


async def test_what_must_not_be_translated_and_is_lost_is_said(served: Served) -> None:
    served = await Served(Warned()).load()
    answer = await served.translator.translate(asked("<p>use <code>x</code></p>"))
    assert answer.translated_text == "<p>THE <code>x</code> TEXT</p>"
    assert answer.warnings[-1].code is WarningCode.PLACEHOLDER_LOST


@pytest.mark.parametrize("size", [0, 20_000])
async def test_xml_that_is_not_well_formed_is_the_callers_mistake(
    served: Served, size: int
) -> None:
    with pytest.raises(InvalidRequestError, match="not well-formed xml, line 1: mismatched tag"):
        await served.translator.translate(asked("<a>" + "b" * size + "</c>", "xml"))


async def test_marked_up_text_is_not_streamed(served: Served) -> None:
    async with served.client() as client:
        body = asked("<p>a</p>").model_dump(exclude_none=True)
        answer = await client.post("/translate/stream", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["fields"][0]["field"] == "format"


async def test_items_of_a_batch_have_each_a_format(served: Served) -> None:
    items = [
        asked(text, markup).model_dump(exclude_none=True)
        for markup, text in (("text", "<b>a</b>"), ("html", "<b>a</b>"), ("xml", "<b>a</c>"))
    ]
    results = (await served.translator.translate_batch(items)).results
    assert [one.result and one.result.translated_text for one in results] == [
        "<B>A</B>",
        "<b>A</b>",
        None,
    ]
    assert results[2].error is not None
    assert results[2].error.code == "invalid_request"


async def test_plain_text_is_not_read() -> None:
    assert await marked.read(asked("<a>", "text")) is None


async def test_what_is_read_is_the_text_without_its_markup() -> None:
    page = asked("<p title=b>a <i>c</i></p><script>d</script>")
    assert await marked.visible_text(page) == "b\na c"
    assert await marked.visible_text(asked("<p>a", "text")) == "<p>a"


async def test_a_caller_may_say_how_elements_are_taken(served: Served) -> None:
    text = "<d><p>a <i>b</i></p><q>c</q></d>"
    markup = {"ignore_tags": ["i"], "non_splitting_tags": ["p"], "outline_detection": False}
    request = TranslationRequest.model_validate(
        {"text": text, "format": "xml", "markup": markup, "source_lang": "en", "target_lang": "fr"}
    )
    answer = await served.translator.translate(request)
    assert answer.translated_text == "<d><p>A <i>b</i></p><q>C</q></d>"
