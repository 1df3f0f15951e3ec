"""Makes a tiny random NLLB-200, in the files that the hub has of the real ones."""

import json
import shutil
from pathlib import Path

import torch
from transformers import M2M100Config, M2M100ForConditionalGeneration

TOKENIZER = Path(__file__).parents[1] / "models" / "nllb" / "demo" / "weights" / "tokenizer.json"


def tiny_nllb(folder: Path) -> Path:
    """config.json, tokenizer.json and pytorch_model.bin, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(TOKENIZER, folder / "tokenizer.json")
    pieces = json.loads(TOKENIZER.read_bytes())
    size = len({*pieces["model"]["vocab"], *(token["content"] for token in pieces["added_tokens"])})
    torch.manual_seed(1)
    config = M2M100Config(
        vocab_size=size
        + 2,  # as the real one, which has two rows more than its tokenizer has pieces
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=64,
        decoder_start_token_id=2,
    )
    config.save_pretrained(folder)
    model = M2M100ForConditionalGeneration(config)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return folder


def silent(name: str, done: int, size: int) -> None:
    """Takes a pull's progress and says nothing of it."""
    del name, done, size
