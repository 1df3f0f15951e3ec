"""Small training runs on 200 real sentence pairs, and what comes of them."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from models.nllb.demo import train
from models.nllb.demo.corpus import Batcher, TokenBatch, load_examples
from models.nllb.demo.network import Network

CORPUS = Path(__file__).parents[3] / "data" / "parallel"
_SIZE = ["--pieces", "600", "--dim", "64", "--encoder-layers", "2", "--decoder-layers", "1"]
_BATCH = ["--tokens", "500", "--micro-batches", "1"]


def run(out: Path, steps: int) -> None:
    train.main(["--corpus", str(CORPUS), "--out", str(out), "--steps", str(steps), *_SIZE, *_BATCH])


def tokenizer_of(out: Path) -> Tokenizer:
    return Tokenizer.from_file(str(out / "tokenizer.json"))


def state_of(out: Path) -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(out / "checkpoint.pt", weights_only=True)["network"]
    return state


def network_of(out: Path) -> Network:
    network = Network(tokenizer_of(out).get_vocab_size(), 64, 1, 2, 1)
    network.load_state_dict(state_of(out))
    return network


def first_batch(out: Path, tokens: int) -> TokenBatch:
    tokenizer = tokenizer_of(out)
    examples = load_examples(CORPUS / "train.tsv.gz", tokenizer, seed=1)
    return next(iter(Batcher(examples, tokenizer, tokens, seed=1)))
