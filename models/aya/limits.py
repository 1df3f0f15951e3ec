"""How many tokens each part of a request may take; counts none itself."""

from dataclasses import dataclass

from models.aya.settings import AyaSettings
from models.base.quality import expected_pieces

# The turns, the instruction and the lines around what is given, with room to spare.
_FRAME = 96
_USUAL_REQUEST = 8192


@dataclass(frozen=True, slots=True)
class Limits:
    """Most tokens of a request, a segment, its translation, and the passage around it."""

    request: int
    segment: int
    output: int
    passage: int

    @property
    def room(self) -> int:
        """What is left for all that goes along with a segment."""
        return max(0, self.request - _FRAME - 3 * self.segment)

    def budget(self, source_tokens: int, prompt_tokens: int, wanted: int | None = None) -> int:
        """Tokens that a segment's translation is let have at first; `wanted` is the caller's."""
        usual = expected_pieces(source_tokens, self.output)
        return self.bounded(wanted or usual, prompt_tokens)

    def bounded(self, tokens: int, prompt_tokens: int) -> int:
        """No more tokens than a translation may have, and no more than the request has room for."""
        return max(1, min(tokens, self.output, self.request - prompt_tokens))


def limits_of(settings: AyaSettings, *, request: int | None, demo: bool) -> Limits:
    """What is set, else what suits the weights; never more than a request may hold."""
    most = request or _USUAL_REQUEST
    segment = settings.max_segment_tokens or min(64 if demo else 256, most // 6)
    output = settings.max_output_tokens or (256 if demo else 1024)
    passage = settings.max_passage_tokens
    if passage is None:
        passage = 64 if demo else most // 3
    # A segment, its prompt's frame and a translation twice its size fit at the least.
    segment = min(segment, max(16, (most - _FRAME) // 3))
    return Limits(request=most, segment=segment, output=min(output, most), passage=passage)
