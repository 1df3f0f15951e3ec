"""What serving an NLLB-200 model takes of memory, from its configuration; reads no file."""

from collections.abc import Mapping
from typing import Any

from common.catalogue.entry import Architecture, Engine, Kind
from common.catalogue.estimate import PROCESS_BYTES, need_of
from common.catalogue.serving import Serving
from models.nllb.settings import NLLBSettings

# What transformers takes for a number that a configuration leaves out.
_USUAL = {
    "d_model": 1024,
    "decoder_attention_heads": 16,
    "decoder_ffn_dim": 4096,
    "decoder_layers": 12,
    "encoder_layers": 12,
    "max_position_embeddings": 1024,
    "vocab_size": 128_112,
}


def needed_bytes(
    config: Mapping[str, Any], parameters: int, quantization: str, settings: NLLBSettings
) -> int:
    """The whole process, while as much is computed at once as the settings allow."""
    slots = settings.max_batch_segments
    tokens = max(1, settings.max_batch_tokens // slots)
    batch = Serving(slots, tokens, beam=settings.beam_size)
    model = architecture(config, parameters)
    return PROCESS_BYTES + need_of(model, Engine.CTRANSLATE2, quantization, batch).total


def architecture(config: Mapping[str, Any], parameters: int) -> Architecture:
    """What a `config.json` says of the network."""
    numbers = {name: int(config.get(name, usual)) for name, usual in _USUAL.items()}
    return Architecture(
        name="m2m_100",
        kind=Kind.ENCODER_DECODER,
        parameters=parameters,
        layers=numbers["decoder_layers"],
        encoder_layers=numbers["encoder_layers"],
        heads=numbers["decoder_attention_heads"],
        dimension=numbers["d_model"],
        inner_dimension=numbers["decoder_ffn_dim"],
        vocabulary=numbers["vocab_size"],
        context=numbers["max_position_embeddings"],
    )
