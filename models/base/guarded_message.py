"""Translates a message with branches, sentence by sentence; takes none apart itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from common.placeholders.icu import Message
from models.base.glossary_use import GlossaryUse
from models.base.translation_model import SegmentTranslation, Translation, TranslationWarning


async def translated(
    text: str, message: Message, translate: Callable[[str], Awaitable[Translation]]
) -> SegmentTranslation:
    """The message as one segment; equal sentences are translated once.

    Raises:
        LinguaNexusError: What `translate` raises for one of them.
    """
    wanted = {one for one in message.sentences if any(map(str.isalpha, one))}
    tasks: dict[str, asyncio.Task[Translation]] = {}
    try:
        async with asyncio.TaskGroup() as group:
            for sentence in sorted(wanted, key=message.sentences.index):
                tasks[sentence] = group.create_task(_awaited(translate(sentence)))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    done = {sentence: task.result() for sentence, task in tasks.items()}
    segments = [segment for one in done.values() for segment in one.segments]
    sure = [one.confidence for one in segments if one.confidence is not None]
    return SegmentTranslation(
        index=0,
        total=1,
        source=text,
        text=message.join([done[one].text if one in done else one for one in message.sentences]),
        warnings=tuple(_once(warning for one in done.values() for warning in one.warnings)),
        tokens_in=sum(one.tokens_in for one in done.values()),
        tokens_out=sum(one.tokens_out for one in done.values()),
        confidence=min(sure, default=None),
        glossary=GlossaryUse.of(one.glossary for one in segments),
    )


async def _awaited(coming: Awaitable[Translation]) -> Translation:
    return await coming


def _once(warnings: Iterable[TranslationWarning]) -> list[TranslationWarning]:
    """Those of the sentences as those of the one segment."""
    renumbered = (
        one if one.segment is None else one.model_copy(update={"segment": 0}) for one in warnings
    )
    return list(dict.fromkeys(renumbered))
