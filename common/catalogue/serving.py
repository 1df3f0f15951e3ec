"""How much is computed at once, and the memory that takes beside the weights; nothing of those."""

from dataclasses import dataclass, replace
from typing import Self

from common.catalogue.entry import Architecture, Engine, Entry, Kind
from common.catalogue.parts import attention_layers, key_width

_F32, _F16 = 4, 2
Q8_0_BYTES = 34 / 32
"""Of a number in Q8_0, in which llama.cpp keeps keys and values on a CPU: 32 share a scale."""
# Intermediate results of a row that are there at a time: of each width.
_INNER_ROWS, _HIDDEN_ROWS = 3, 6
_MASK = _F16 + _F32
"""Which tokens a row may see is kept in both."""
_SCORES = 2
"""Scores are computed, and copied out."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How much is computed at once."""

    slots: int
    """Texts computed at the same time."""
    context_tokens: int
    """Most tokens of one, its output included; of an encoder-decoder, of each of the two."""
    prefix_tokens: int = 0
    """Cells beside those of the slots, for kept beginnings."""
    sequences: int = 0
    """Outputs that there is room for; 0: one a slot."""
    rows: int = 0
    """Most tokens of a step; 0: all of all slots."""
    beam: int = 1
    on_gpu: bool = False
    """llama.cpp keeps keys and values in F16 there."""

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The engine's usual settings, when the model has been loaded.

        llama.cpp takes all that its slots will need at once. The others take memory for a batch
        when it is computed: they have translated a word.
        """
        if entry.engine is Engine.LLAMACPP:
            return cls(8, 2048, prefix_tokens=1024, sequences=24, rows=64)
        return cls(1, 16)

    @classmethod
    def busiest(cls, entry: Entry) -> Self:
        """The same, while as much is computed as the engine computes at once."""
        if entry.engine is Engine.LLAMACPP:
            return cls.of(entry)
        return cls(32, 64, beam=2 if entry.architecture.kind is Kind.ENCODER_DECODER else 1)

    @classmethod
    def asked(cls, entry: Entry, slots: int | None, context_tokens: int | None) -> Self | None:
        """With so many slots of so many tokens, or either; None where neither is asked for."""
        if slots is None and context_tokens is None:
            return None
        usual = cls.busiest(entry)
        slots, tokens = slots or usual.slots, context_tokens or usual.context_tokens
        if entry.engine is not Engine.LLAMACPP:
            return replace(usual, slots=slots, context_tokens=tokens)
        # As EngineSettings has it: kept beginnings are sequences, prompts have a quarter of a step.
        kept, share = usual.sequences - usual.slots, usual.rows // 4
        return replace(
            usual,
            slots=slots,
            context_tokens=tokens,
            sequences=slots + kept,
            rows=max(usual.rows, slots + share),
        )

    def cells(self, model: Architecture) -> int:
        """Tokens whose keys and values are held; no slot has more than the model can use."""
        return self.slots * min(self.context_tokens, model.context) + self.prefix_tokens


def cache_bytes(model: Architecture, serving: Serving, width: float = _F16) -> int:
    """Keys and values of all tokens that are held, `width` bytes each; an encoder keeps none.

    An encoder-decoder has those of what is written for each hypothesis, and once those of the
    source.
    """
    if model.kind is Kind.ENCODER:
        return 0
    of_token = int(2 * key_width(model) * width)
    cells = serving.cells(model)
    if model.kind is Kind.DECODER:
        return cells * attention_layers(model) * of_token
    return cells * model.layers * of_token * (serving.beam + 1)


def step_bytes(model: Architecture, serving: Serving) -> int:
    """Intermediate results of the largest step, in float32."""
    cells = serving.cells(model)
    rows = serving.rows or cells
    of_row = _F32 * (_INNER_ROWS * model.inner_dimension + _HIDDEN_ROWS * model.dimension)
    if model.kind is Kind.ENCODER:
        return rows * of_row
    seen = cells if serving.rows else min(serving.context_tokens, model.context)
    outputs = (serving.sequences or serving.slots) * serving.beam
    return rows * (of_row + seen * _MASK) + outputs * _F32 * _SCORES * model.vocabulary
