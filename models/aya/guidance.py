"""What of a caller's options goes along with a text, and what of them does not; words no prompt."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from common.glossaries.terms import occurring
from models.aya import prompt
from models.aya.prompt import Guidance, Tokenize
from models.base.order import Order as AnyOrder
from models.base.order import ignored
from models.base.translation_model import TranslationWarning

Terms = tuple[tuple[str, str], ...]

# Shares of the room for what goes along with a text.
_CONTEXT, _TERMS = 0.5, 0.5


class Order(AnyOrder):
    """What a caller asked Aya for."""

    __slots__ = ()

    def warnings(self, most_tokens: int) -> tuple[TranslationWarning, ...]:
        """What of the options is not honoured, whatever the text."""
        options, messages = self.options, []
        if options.beam_size is not None:
            messages.append("Aya does not search with beams: 'beam_size' was ignored.")
        if options.formality is not None and prompt.register(options.formality) is None:
            messages.append("'formality' is neither `formal` nor `informal`; it was ignored.")
        if (options.max_output_tokens or 0) > most_tokens:
            messages.append(f"'max_output_tokens' is over the limit; {most_tokens} was used.")
        return tuple(map(ignored, messages))


@dataclass(frozen=True, slots=True)
class Companion:
    """What goes along with every part of a text, as far as there is room for it."""

    formality: str | None
    context: str
    terms: Terms
    """Those that occur in the text."""
    source_lang: str
    warnings: tuple[TranslationWarning, ...]
    room: int
    """Tokens that the terms of one part may take."""

    def of(self, part: str, count: Callable[[Terms], int]) -> tuple[Guidance, int]:
        """What goes along with a part of the text, and how many terms found no room."""
        all_of_part = occurring_terms(self.terms, part, self.source_lang)
        fitting = all_of_part
        while fitting and count(fitting) > self.room:
            fitting = fitting[: len(fitting) // 2]
        guidance = Guidance(formality=self.formality, glossary=fitting, context=self.context)
        return guidance, len(all_of_part) - len(fitting)


def companion(order: Order, tokenize: Tokenize, room: int) -> Companion:
    """What goes along with a text; `room` is how many tokens it may take in all."""
    options = order.options
    context, is_cut = _fitting(options.context or "", tokenize, int(room * _CONTEXT))
    given = tuple((options.glossary or {}).items())
    usable = [(term, words) for term, words in given if term.strip() and words.strip()]
    messages = []
    if is_cut:
        messages.append("'context' is too long for the model; only its beginning was used.")
    if len(usable) < len(given):
        messages.append("'glossary' has empty terms; they were ignored.")
    return Companion(
        formality=options.formality,
        context=context,
        terms=occurring_terms(usable, order.text, order.source_lang),
        source_lang=order.source_lang,
        warnings=tuple(map(ignored, messages)),
        room=int(room * _TERMS),
    )


def no_room(terms: int) -> TranslationWarning:
    """The warning that so many terms of a part were left out."""
    return ignored(f"'glossary' is too long for the model; {terms} terms of it were ignored.")


def occurring_terms(terms: Iterable[tuple[str, str]], text: str, language: str) -> Terms:
    """The terms that stand in a text of that language, in any case and any usual form."""
    return tuple(occurring(dict(terms), text, language).items())


def _fitting(text: str, tokenize: Tokenize, most: int) -> tuple[str, bool]:
    """As much of the text's beginning as takes so many tokens; whether that is not all of it."""
    fitting = text
    while fitting and (taken := len(tokenize(fitting))) > most:
        length = int(len(fitting) * most / taken)
        fitting = fitting[: min(length, len(fitting) - 1)].rstrip()
    return fitting, fitting != text
