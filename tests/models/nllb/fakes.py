"""An engine without weights, for what is decided around one."""

import threading
from collections.abc import Callable, Sequence

from typing_extensions import override

from models.base.exceptions import TranslationError
from models.nllb.backend import Backend, DecodedSegment, Decoding, EncodedSegment

Answer = Callable[[EncodedSegment, Decoding], DecodedSegment]


def echo(segment: EncodedSegment, _: Decoding) -> DecodedSegment:
    return DecodedSegment(segment.pieces, finished=True)


class FakeBackend(Backend):
    """Answers as it is told, by default with the source; remembers what it was asked."""

    def __init__(self, answer: Answer = echo) -> None:
        self.device = "cpu"
        self.compute_type = "int8"
        self.answer = answer
        self.calls: list[tuple[list[EncodedSegment], Decoding]] = []
        self.closed = False
        self.poison: str | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    @override
    def translate(
        self, batch: Sequence[EncodedSegment], decoding: Decoding
    ) -> list[DecodedSegment]:
        self.calls.append((list(batch), decoding))
        self.entered.set()
        if not self.gate.wait(timeout=30):
            raise TimeoutError
        if any(self.poison in segment.pieces for segment in batch if self.poison):
            raise TranslationError("The engine failed on this text.")
        return [self.answer(segment, decoding) for segment in batch]

    @override
    def close(self) -> None:
        self.closed = True
