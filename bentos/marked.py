"""How a marked-up text is translated: its texts as plain ones, all at once; knows no format."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, ParamSpec, TypeVar

from pydantic import JsonValue

from bentos.errors import InvalidRequestError
from common.markup.document import Marked, parse
from common.markup.errors import MalformedError
from common.markup.xml_blocks import XmlOptions
from models.base.glossary_use import GlossaryUse
from models.base.request_models import TranslationRequest
from models.base.translation_model import (
    SegmentTranslation,
    Translation,
    TranslationModel,
    TranslationOptions,
    TranslationWarning,
    WarningCode,
)

# So many texts of one document are with the model at a time: enough for its largest batch, and
# no more of its queue than a few callers take.
_AT_ONCE: Final = 64
# A shorter document is read on the event loop: that takes less than handing it to a thread.
_LONG: Final = 10_000

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_NO_ALTERNATIVES: Final = TranslationWarning(
    code=WarningCode.OPTION_IGNORED, message="Alternatives are given for plain text only."
)


async def read(request: TranslationRequest) -> Marked | None:
    """The request's text as its format has it; None: it is plain.

    Raises:
        InvalidRequestError: It is not well-formed.
    """
    if request.format == "text":
        return None
    options = _xml_options(request)
    try:
        return await _aside(len(request.text), parse, request.text, request.format, options)
    except MalformedError as error:
        raise _refused("text", f"The text is not well-formed {request.format}, {error}.") from None


async def visible_text(request: TranslationRequest) -> str:
    """What a reader sees of the request's text; names of tags are in no language.

    Raises:
        InvalidRequestError: It is not well-formed.
    """
    document = await read(request)
    return request.text if document is None else document.visible()


def _xml_options(request: TranslationRequest) -> XmlOptions | None:
    if request.markup is None:
        return None
    return XmlOptions(
        ignore_tags=frozenset(request.markup.ignore_tags),
        splitting_tags=frozenset(request.markup.splitting_tags),
        non_splitting_tags=frozenset(request.markup.non_splitting_tags),
        outline=request.markup.outline_detection,
    )


def check_stream(request: TranslationRequest) -> None:
    """Lets plain text pass: where tags belong shows when a whole sentence is translated.

    Raises:
        InvalidRequestError: It is marked up.
    """
    if request.format != "text":
        raise _refused("format", "Only plain text can be streamed; marked-up text goes whole.")


async def translate(
    marked: Marked,
    model: TranslationModel,
    source: str,
    target: str,
    options: TranslationOptions,
) -> Translation:
    """The whole document's translation; its segments are those of its blocks.

    Raises:
        LinguaNexusError: What the model raises for one of its texts.
    """
    blocks = marked.blocks
    size = sum(map(len, blocks))
    spans = await _aside(size, marked.spans, source)
    plain = options.model_copy(update={"alternatives": None})
    done = await _all_of(model, (*blocks, *spans), source, target, plain)
    pairs = {text: list(_pairs(text, one)) for text, one in done.items()}
    rendered = await _aside(size, marked.rendered, pairs)
    segments = list(_in_a_row([done[text] for text in blocks]))
    warnings = [warning for segment in segments for warning in segment.warnings]
    if options.alternatives:
        warnings.insert(0, _NO_ALTERNATIVES)
    if rendered.lost:
        warnings.append(_lost(rendered.lost))
    return Translation(
        rendered.text,
        tuple(segments),
        tuple(warnings),
        sum(one.tokens_in for one in done.values()),
        sum(one.tokens_out for one in done.values()),
        glossary=GlossaryUse.of(one.glossary for one in segments),
    )


async def _aside(
    size: int,
    work: Callable[Parameters, Result],
    *args: Parameters.args,
    **kwargs: Parameters.kwargs,
) -> Result:
    """Does the work, off the event loop where there is much of it."""
    if size <= _LONG:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


async def _all_of(
    model: TranslationModel,
    texts: Sequence[str],
    source: str,
    target: str,
    options: TranslationOptions,
) -> dict[str, Translation]:
    """Every text's translation; where one fails, all end."""
    done: dict[str, Translation] = {}
    waiting = iter(texts)

    async def _work() -> None:
        for text in waiting:
            done[text] = await model.translate_in_detail(text, source, target, options)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_AT_ONCE, len(texts))):
                group.create_task(_work())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return done


def _pairs(text: str, translation: Translation) -> Iterator[tuple[str, str]]:
    """Sentences and what is between them, as far as the model's segments tell."""
    segments = translation.segments
    end = 0
    pairs: list[tuple[str, str]] = []
    for segment in segments:
        start = text.find(segment.source, end)
        if start < 0:
            yield text, translation.text
            return
        pairs += [(text[end:start], segment.before), (segment.source, segment.text)]
        end = start + len(segment.source)
    yield from pairs
    yield text[end:], "".join(segment.after for segment in segments)


def _in_a_row(translations: Sequence[Translation]) -> Iterator[SegmentTranslation]:
    """The segments of several texts, numbered as those of one."""
    total = sum(len(one.segments) for one in translations)
    first = 0
    for one in translations:
        for segment in one.segments:
            yield replace(
                segment,
                index=first + segment.index,
                total=total,
                warnings=tuple(_moved(warning, first) for warning in segment.warnings),
            )
        first += len(one.segments)


def _moved(warning: TranslationWarning, by: int) -> TranslationWarning:
    if warning.segment is None:
        return warning
    return warning.model_copy(update={"segment": warning.segment + by})


def _lost(count: int) -> TranslationWarning:
    return TranslationWarning(
        code=WarningCode.PLACEHOLDER_LOST,
        message=f"Of what must not be translated {count} could not be found again: it stands where "
        "its share of the words has it.",
    )


def _refused(field: str, message: str) -> InvalidRequestError:
    details: dict[str, JsonValue] = {"field": field, "message": message, "type": "value_error"}
    return InvalidRequestError(message, fields=[details])
