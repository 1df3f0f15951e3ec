"""What NLLB is asked for and a text as NLLB gets it: its segments and the pieces of each."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from models.base.layout import Layout, lay_out
from models.base.order import Order as AnyOrder
from models.base.order import ignored
from models.base.translation_model import TranslationWarning
from models.nllb.backend import EncodedSegment
from models.nllb.segments import Wish
from models.nllb.tokenizer import NLLBTokenizer

_CACHED_SEGMENTS = 4096
_HONOURED = frozenset({"alternatives", "beam_size", "max_output_tokens"})


class Order(AnyOrder):
    """What a caller asked NLLB for."""

    __slots__ = ()

    def wish(self, beam_size: int, most_pieces: int, *, shortlist: bool) -> Wish:
        """How it is decoded, where the caller left something open as given here."""
        wanted = self.options.max_output_tokens
        return Wish(
            beam_size=self.options.beam_size or beam_size,
            max_pieces=None if wanted is None else min(wanted, most_pieces),
            shortlist=shortlist,
            alternatives=self.options.alternatives or 0,
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
        return tuple(map(ignored, messages))


@dataclass(frozen=True, slots=True)
class Document(Layout):
    """A text's segments, what stands between them, and the pieces of each."""

    order: Order
    pieces: Callable[[str], tuple[str, ...]]

    def encode(self, segment: str) -> EncodedSegment:
        """What the engine gets."""
        order = self.order
        return EncodedSegment(self.pieces(segment), order.source_lang, order.target_lang)


def cut(
    order: Order,
    tokenizer: NLLBTokenizer,
    most_pieces: int,
    warnings: tuple[TranslationWarning, ...] = (),
) -> Document:
    """The text's segments, each of at most so many pieces."""
    # A segment is asked whether it fits, and later for its pieces: cached, it is encoded once.
    pieces = functools.lru_cache(maxsize=_CACHED_SEGMENTS)(tokenizer.pieces)
    layout = lay_out(
        order.text,
        order.source_lang,
        order.target_lang,
        lambda part: len(pieces(part)) <= most_pieces,
    )
    return Document(layout.segmented, layout.gaps, warnings, order, pieces)
