"""Turns a training checkpoint into what is shipped: transformers' format and CTranslate2's."""

import argparse
import json
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

from models.base.demo.corpus import LANGUAGES
from models.base.manifest import write_manifest
from models.nllb.weights import FILES, Manifest, convert

_QUANTIZATION = "int8"


def config_of(state: dict[str, Tensor], tokenizer: Tokenizer) -> M2M100Config:
    """The architecture that a network's weights tell."""
    vocab, dim = state["shared.weight"].shape
    depth = {
        side: 1
        + max(int(name.split(".")[2]) for name in state if name.startswith(f"{side}.layers."))
        for side in ("encoder", "decoder")
    }
    heads, feed_forward = max(1, dim // 64), state["encoder.layers.0.fc1.weight"].shape[0]
    return M2M100Config(
        vocab_size=vocab,
        d_model=dim,
        encoder_layers=depth["encoder"],
        decoder_layers=depth["decoder"],
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=feed_forward,
        decoder_ffn_dim=feed_forward,
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        max_position_embeddings=512,
        scale_embedding=True,
        decoder_start_token_id=tokenizer.token_to_id("</s>"),
        architectures=["M2M100ForConditionalGeneration"],
    )


def to_transformers(state: dict[str, Tensor], tokenizer_file: Path, out: Path) -> None:
    """Writes config.json, model.safetensors (float16), tokenizer.json and tokenizer_config.json."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    model = M2M100ForConditionalGeneration(config_of(state, tokenizer))
    shared = state["shared.weight"]
    state = {f"model.{name}": tensor for name, tensor in state.items()}
    for tied in ("model.encoder.embed_tokens", "model.decoder.embed_tokens", "lm_head"):
        state[f"{tied}.weight"] = shared
    model.load_state_dict(state)
    NllbTokenizer(
        tokenizer_object=tokenizer, src_lang="eng_Latn", tgt_lang="fra_Latn"
    ).save_pretrained(out)
    shutil.copyfile(tokenizer_file, out / "tokenizer.json")
    for parameter in model.parameters():
        parameter.data = parameter.data.half()
    model.save_pretrained(out)
    # Stored in float16, computed in float32: CTranslate2 makes its table of positions in this type.
    config = json.loads((out / "config.json").read_bytes())
    (out / "config.json").write_text(json.dumps(config | {"dtype": "float32"}, indent=2) + "\n")
    (out / "model.safetensors").chmod(0o644)


def to_ctranslate2(transformers_dir: Path, out: Path) -> None:
    """Writes what is served, with its manifest."""
    convert(transformers_dir, out, _QUANTIZATION)
    manifest = Manifest(
        name="nllb-demo",
        version="1",
        source="trained on Tatoeba sentences: models/nllb/demo/README.md",
        license="CC-BY-2.0-FR",
        quantization=_QUANTIZATION,
        languages=LANGUAGES,
        demo=True,
        description="Small NLLB-200-like model: everyday sentences, four languages.",
        sizes={name: (out / name).stat().st_size for name in FILES},
    )
    write_manifest(out, manifest)


def main(arguments: list[str] | None = None) -> None:
    """Writes both folders from the run's last checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="what train.py wrote")
    parser.add_argument("--transformers", type=Path, required=True)
    parser.add_argument("--ctranslate2", type=Path, required=True)
    options = parser.parse_args(arguments)
    state = torch.load(options.run / "checkpoint.pt", weights_only=True)["network"]
    to_transformers(state, options.run / "tokenizer.json", options.transformers)
    to_ctranslate2(options.transformers, options.ctranslate2)


if __name__ == "__main__":
    main()
