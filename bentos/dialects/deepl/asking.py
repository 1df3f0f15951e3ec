"""What DeepL's options mean to our models, for a text as for a document; speaks no HTTP."""

from collections.abc import Sequence
from typing import Final

from fastapi import Request

from bentos.backing import Backing
from bentos.contract import ModelState
from bentos.dialects.deepl.bodies import Directed, Formality
from bentos.dialects.deepl.languages import bare, read, takes_formality
from bentos.errors import InvalidRequestError
from bentos.glossaries.glossary import Lexicon
from bentos.glossaries.resolving import pair_of
from bentos.glossaries.viewing import viewer_of
from bentos.languages import AUTO

_REGISTERS: Final[dict[Formality, str]] = {
    "more": "formal",
    "prefer_more": "formal",
    "less": "informal",
    "prefer_less": "informal",
}
_STRICT: Final = frozenset({"more", "less"})


class Direction:
    """The languages of a request, as ours."""

    def __init__(self, body: Directed) -> None:
        self.target = read("target_lang", body.target_lang)
        self.source = AUTO
        if body.source_lang:
            self.source = read("source_lang", body.source_lang)

    @property
    def is_none(self) -> bool:
        """Both are one language: `EN` to `EN-GB` is no translation."""
        return self.source == self.target

    def detected(self, code: str) -> str:
        """What DeepL calls the language translated from."""
        return bare(code if self.source == AUTO else self.source)


def register_of(wanted: Formality, target: str, states: Sequence[ModelState]) -> str | None:
    """The register to ask for; None: the model's own.

    Raises:
        InvalidRequestError: No model has one in this language, and it is not only preferred.
    """
    register = _REGISTERS.get(wanted)
    if register is None or takes_formality(states, target):
        return register
    if wanted in _STRICT:
        raise InvalidRequestError("'formality' is not supported for given 'target_lang'.")
    return None


async def lexicons_of(
    request: Request, backing: Backing, body: Directed, direction: Direction
) -> list[Lexicon]:
    """The glossaries asked for, in their order.

    Raises:
        InvalidRequestError: The source language is not given.
        UnknownGlossaryError: There is none of an id.
        InvalidGlossaryError: One is not for the languages.
    """
    if not body.glossaries():
        return []
    if direction.source == AUTO:
        message = "Use of a glossary requires the source_lang parameter to be specified"
        raise InvalidRequestError(message)
    viewer = viewer_of(request, backing)
    found = []
    for one in body.glossaries():
        glossary = await backing.glossaries.get(viewer, one)
        pair = pair_of(glossary, direction.source, direction.target)
        found.append(await backing.glossaries.lexicon(viewer, one, pair))
    return found
