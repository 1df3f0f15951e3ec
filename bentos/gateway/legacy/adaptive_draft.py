"""The first translation of a text, chunk by chunk; judges none of it."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Final

from bentos.contract import Answer, Call, Models
from bentos.gateway.legacy.adaptive_chunks import cut
from bentos.gateway.legacy.adaptive_stages import (
    AUTO,
    Piece,
    Progress,
    Wanted,
    Work,
    off_loop,
    piece_of,
)
from models.base.exceptions import LinguaNexusError
from models.base.request_models import TranslationRequest
from models.base.translation_model import TranslationOptions

_BATCH: Final = 16


async def prepare(models: Models, wanted: Wanted, call: Call) -> Work:
    """The text cut into chunks, and one source language for all of them."""
    language = None if wanted.source == AUTO else wanted.source
    chunks = await off_loop(len(wanted.text), cut, wanted.text, language=language)
    pieces = [piece_of(part) for part in chunks.parts()]
    source = wanted.source
    if source == AUTO and sum(bool(piece.text) for piece in pieces) > 1:
        # One language for the whole text; a chunk by itself might be taken for another.
        found = await models.detect(wanted.text, call)
        # A model lets pass what it finds to be in the target or in no language of its own, and
        # refuses what is said to be.
        if found.supported and found.language != wanted.target:
            source = found.language
    return Work(wanted, call, chunks, pieces, source, known=None if source == AUTO else source)


async def draft(models: Models, work: Work) -> AsyncGenerator[Progress, None]:
    """Translates every piece, and says how far it is each time that as much again is done.

    What is said has all of the translation so far, so that the length of all of it together stays
    in proportion to the text's.
    """
    asked = [piece for piece in work.pieces if piece.text]
    work.from_cache = bool(asked)
    done = told = 0
    for some in _batches(asked, quick=work.wanted.quick):
        answers = await ask(models, work, [piece.text for piece in some])
        for piece, answer in zip(some, answers, strict=True):
            piece.translation = answer.response.translated_text
            piece.warnings = answer.response.warnings
            work.from_cache &= answer.cache == "hit"
        work.known = work.known or answers[0].response.source_lang
        done += len(some)
        if done >= 2 * told or done == len(asked):
            told = done
            yield _so_far(work, asked[:done], len(asked))


async def ask(
    models: Models, work: Work, texts: Sequence[str], options: TranslationOptions | None = None
) -> list[Answer]:
    """Their translations, in order; one that fails, fails all."""
    requests = [
        TranslationRequest(
            text=text,
            source_lang=work.source,
            target_lang=work.wanted.target,
            options=options or TranslationOptions(),
        )
        for text in texts
    ]
    if len(requests) == 1:
        answers = [await models.translate(requests[0], work.call)]
    else:
        answers = list(_all_or_raise(await models.translate_batch(requests, work.call)))
    work.models.update(dict.fromkeys(answer.model for answer in answers))
    return answers


def _batches(pieces: Sequence[Piece], *, quick: bool) -> Iterator[Sequence[Piece]]:
    first = 1 if quick else min(_BATCH, len(pieces))
    if pieces:
        yield pieces[:first]
    for start in range(first, len(pieces), _BATCH):
        yield pieces[start : start + _BATCH]


def _all_or_raise(outcomes: Sequence[Answer | LinguaNexusError]) -> Iterator[Answer]:
    for outcome in outcomes:
        if isinstance(outcome, LinguaNexusError):
            raise outcome
        yield outcome


def _so_far(work: Work, done: Sequence[Piece], total: int) -> Progress:
    end = work.pieces.index(done[-1]) + 1
    return Progress(
        stage="semantic",
        translation="".join(piece.whole() for piece in work.pieces[:end]),
        progress=round(0.6 * len(done) / total, 2),
        message=f"{len(done)} of {total} chunks are translated.",
        details={"chunks_done": len(done), "chunks": total},
    )
