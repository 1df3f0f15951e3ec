"""What of a stored glossary goes with a text to a model; the model knows of none that is stored."""

import asyncio
from collections.abc import Sequence
from typing import Final

from bentos.files.job import FileRequest
from bentos.glossaries.errors import InvalidGlossaryError
from bentos.glossaries.glossary import Glossary, Lexicon, Viewer
from bentos.glossaries.store import GlossaryStore
from bentos.languages import AUTO
from common.glossaries.entries import Entries, Pair
from common.languages import find
from models.base.exceptions import UnsupportedLanguageError
from models.base.request_models import TranslationRequest

MOST: Final = 1000
"""Terms that a model is told of at a time."""


async def with_glossary(
    store: GlossaryStore, viewer: Viewer, glossary: str | None, request: TranslationRequest
) -> TranslationRequest:
    """The request with the terms of a stored glossary; those that it brings go before them.

    Raises:
        UnknownGlossaryError: There is no such glossary.
        InvalidGlossaryError: It is not for the request's languages, or too much for one text.
    """
    if glossary is None:
        return request
    found = await store.get(viewer, glossary)
    pair = pair_of(found, request.source_lang, request.target_lang)
    lexicon = await store.lexicon(viewer, glossary, pair)
    return await with_terms(lexicon, request)


async def with_terms(lexicon: Lexicon, request: TranslationRequest) -> TranslationRequest:
    """As `with_glossary`, with entries that were read before."""
    stored = await fitting(lexicon, request.text)
    terms = {**stored, **(request.options.glossary or {})}
    _check(terms)
    options = request.options.model_copy(update={"glossary": terms or None})
    return request.model_copy(update={"options": options})


async def fitting(lexicon: Lexicon, text: str) -> Entries:
    """All entries, or of more than a model can be told those that the text needs."""
    if len(lexicon.entries) <= MOST:
        return lexicon.entries
    found = await asyncio.to_thread(lexicon.occurring, text)
    _check(found)
    return found


async def with_file_terms(lexicons: Sequence[Lexicon], request: FileRequest) -> FileRequest:
    """The request with the entries of all: of those for one term the first, and its own first.

    More than a model can be told go with the texts that they stand in.
    """
    own = request.options.glossary or {}
    terms: Entries = {}
    for lexicon in reversed(lexicons):
        terms |= lexicon.entries
    terms |= own
    if len(terms) <= MOST:
        options = request.options.model_copy(update={"glossary": terms or None})
        return request.model_copy(update={"options": options})
    for lexicon in lexicons:  # made ready to be looked for now, which takes seconds
        await asyncio.to_thread(lexicon.occurring, "")

    def _terms_of(text: str) -> Entries:
        found: Entries = {}
        for lexicon in reversed(lexicons):
            found |= lexicon.occurring(text)
        return found

    return request.model_copy(update={"terms_of": _terms_of})


def pair_of(glossary: Glossary, source: str, target: str) -> Pair:
    """The languages of a glossary that a request's mean; of a detected source the only ones.

    Raises:
        UnsupportedLanguageError: One of them is unknown.
        InvalidGlossaryError: It has nothing for them.
    """
    if source.strip().lower() != AUTO:
        pair = Pair.of(_known(source), _known(target))
        if pair is None or glossary.dictionary(pair) is None:
            raise InvalidGlossaryError("The glossary has no entries for these languages.")
        return pair
    bare = _bare(target)
    fits = [one.pair for one in glossary.dictionaries if one.pair.target == bare]
    if len(fits) != 1:
        message = "The glossary has no entries for this target language."
        if fits:
            message = "The glossary has entries for several source languages: give source_lang."
        raise InvalidGlossaryError(message)
    return fits[0]


def _known(code: str) -> str:
    _bare(code)
    return code


def _bare(code: str) -> str:
    language = find(code)
    if language is None:
        raise UnsupportedLanguageError(code, "is not known")
    return language.iso639_1 or language.iso639_3


def _check(terms: Entries) -> None:
    if len(terms) > MOST:
        message = f"More than {MOST} terms of the glossary are in the text: send it in parts."
        raise InvalidGlossaryError(message, limit=MOST)
