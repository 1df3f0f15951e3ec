"""Entries of well-known shapes, for the tests of what is estimated of them."""

from common.catalogue.entry import (
    Architecture,
    Engine,
    Entry,
    Family,
    HubFile,
    Kind,
    Purpose,
    QuantizationOffer,
)

AYA_8B = Architecture(
    name="cohere",
    kind=Kind.DECODER,
    parameters=8_028_033_024,
    layers=32,
    heads=32,
    kv_heads=8,
    dimension=4096,
    inner_dimension=14336,
    vocabulary=256_000,
    context=8192,
)
LLAMA_8B = AYA_8B.model_copy(
    update={
        "name": "llama",
        "parameters": 8_030_261_248,
        "vocabulary": 128_256,
        "tied_embeddings": False,
        "context": 131_072,
    }
)
LLAMA_70B = LLAMA_8B.model_copy(
    update={
        "parameters": 70_553_706_496,
        "layers": 80,
        "heads": 64,
        "dimension": 8192,
        "inner_dimension": 28672,
    }
)
MIXTRAL = LLAMA_8B.model_copy(
    update={
        "parameters": 46_702_792_704,
        "active_parameters": 12_879_425_536,
        "vocabulary": 32_000,
    }
)
PHI_3 = Architecture(
    name="phi3",
    kind=Kind.DECODER,
    parameters=3_821_079_552,
    layers=32,
    heads=32,
    dimension=3072,
    inner_dimension=8192,
    vocabulary=32_064,
    tied_embeddings=False,
    context=4096,
)
NLLB_600M = Architecture(
    name="m2m_100",
    kind=Kind.ENCODER_DECODER,
    parameters=615_073_792,
    layers=12,
    encoder_layers=12,
    heads=16,
    dimension=1024,
    inner_dimension=4096,
    vocabulary=256_206,
    context=1024,
)
MINI_LM = Architecture(
    name="bert",
    kind=Kind.ENCODER,
    parameters=22_713_216,
    layers=6,
    heads=12,
    dimension=384,
    inner_dimension=1536,
    vocabulary=30_522,
    context=512,
)


def entry(
    architecture: Architecture,
    *quantizations: str,
    sizes: dict[str, int] | None = None,
    **facts: object,
) -> Entry:
    """With a file for each quantization whose size is given; the first one is the default."""
    known = sizes or {}
    offers = tuple(
        QuantizationOffer(
            name=name,
            file=HubFile(name=f"{name}.gguf", size=known[name]) if name in known else None,
        )
        for name in quantizations
    )
    usual: dict[str, object] = {
        "id": "model",
        "family": Family.TRANSLATION,
        "name": "Model",
        "bento": "model",
        "engine": Engine.LLAMACPP,
        "repository": "owner/model",
        "architecture": architecture,
        "languages": ("eng_Latn", "fra_Latn"),
        "license": "Apache-2.0",
        "commercial_use": True,
        "quantizations": offers,
        "default_quantization": quantizations[0],
        "purpose": Purpose.BALANCED,
        "description": "A model.",
    }
    return Entry.model_validate({**usual, **facts})
