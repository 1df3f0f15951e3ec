"""Cuts a text into segments and puts their translations back in place; computes nothing itself."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from common.languages import LANGUAGES
from common.segmentation import Segmented, split
from models.base.translation_model import (
    SegmentTranslation,
    TranslationOptions,
    TranslationWarning,
    WarningCode,
)
from models.nllb.backend import EncodedSegment
from models.nllb.segments import Outcome, Wish
from models.nllb.tokenizer import NLLBTokenizer

_CACHED_SEGMENTS = 4096
# Between sentences of these scripts stands no space, which a translation into another needs.
_SPACELESS = frozenset({"Hans", "Hant", "Jpan", "Khmr", "Laoo", "Mymr", "Thai", "Tibt"})


_HONOURED = frozenset({"beam_size", "max_output_tokens"})


@dataclass(frozen=True, slots=True)
class Order:
    """What a caller asked for."""

    text: str
    source_lang: str
    target_lang: str
    options: TranslationOptions

    def wish(self, beam_size: int, most_pieces: int, *, shortlist: bool) -> Wish:
        """How it is decoded, where the caller left something open as given here."""
        wanted = self.options.max_output_tokens
        return Wish(
            beam_size=self.options.beam_size or beam_size,
            max_pieces=None if wanted is None else min(wanted, most_pieces),
            shortlist=shortlist,
        )

    def warnings(self, most_pieces: int) -> tuple[TranslationWarning, ...]:
        """What of the options is not honoured."""
        messages = [
            f"NLLB cannot honour the option {name!r}; it was ignored."
            for name in self.options.given()
            if name not in _HONOURED
        ]
        if (self.options.max_output_tokens or 0) > most_pieces:
            messages.append(f"'max_output_tokens' is over the limit; {most_pieces} was used.")
        return tuple(
            TranslationWarning(code=WarningCode.OPTION_IGNORED, message=message)
            for message in messages
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A text's segments, what stands between them, and the pieces of each."""

    order: Order
    segmented: Segmented
    pieces: Callable[[str], tuple[str, ...]]
    gaps: tuple[str, ...]

    def encode(self, segment: str) -> EncodedSegment:
        """What the engine gets."""
        order = self.order
        return EncodedSegment(self.pieces(segment), order.source_lang, order.target_lang)

    def place(self, index: int, outcome: Outcome) -> SegmentTranslation:
        """A segment's translation with what stands around it."""
        total = len(self.segmented.segments)
        warnings = [
            TranslationWarning(code=note.code, message=note.message, segment=index)
            for note in outcome.notes
        ]
        if index in self.segmented.forced:
            warnings.insert(
                0,
                TranslationWarning(
                    code=WarningCode.SEGMENT_SPLIT,
                    message="The sentence was too long for the model and was translated in parts.",
                    segment=index,
                ),
            )
        return SegmentTranslation(
            index=index,
            total=total,
            source=self.segmented.segments[index],
            text=outcome.text,
            before=self.gaps[index],
            after=self.gaps[-1] if index == total - 1 else "",
            warnings=tuple(warnings),
            tokens_in=outcome.tokens_in,
            tokens_out=outcome.tokens_out,
        )

    def untranslatable(self) -> SegmentTranslation:
        """A text without a single letter, which comes back as it is."""
        return SegmentTranslation(index=0, total=1, source="", text="", before="".join(self.gaps))


def cut(order: Order, tokenizer: NLLBTokenizer, most_pieces: int) -> Document:
    """The text's segments, each of at most so many pieces; seconds for a million characters."""
    # A segment is asked whether it fits, and later for its pieces: cached, it is encoded once.
    pieces = functools.lru_cache(maxsize=_CACHED_SEGMENTS)(tokenizer.pieces)
    segmented = split(order.text, lambda part: len(pieces(part)) <= most_pieces, order.source_lang)
    gaps = _gaps(segmented, order.source_lang, order.target_lang)
    return Document(order, segmented, pieces, tuple(gaps))


def _gaps(segmented: Segmented, source_lang: str, target_lang: str) -> Iterator[str]:
    """The gaps as they are; a space where only the target's script has one between sentences."""
    spaced = (
        LANGUAGES[source_lang].script in _SPACELESS
        and LANGUAGES[target_lang].script not in _SPACELESS
    )
    last = len(segmented.gaps) - 1
    for place, gap in enumerate(segmented.gaps):
        yield " " if spaced and not gap and 0 < place < last else gap
