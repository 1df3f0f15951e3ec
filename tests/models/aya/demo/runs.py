"""Small training runs on 200 real sentence pairs, and what comes of them."""

from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer

from models.aya.demo import train
from models.aya.demo.corpus import Batcher, TokenBatch, load_pairs

CORPUS = Path(__file__).parents[3] / "data" / "parallel"
_SIZE = ["--pieces", "600", "--dim", "128", "--layers", "2", "--feed-forward", "160"]
_BATCH = ["--tokens", "100", "--groups", "2", "--micro-batches", "1"]


def run(out: Path, steps: int) -> None:
    train.main(["--corpus", str(CORPUS), "--out", str(out), "--steps", str(steps), *_SIZE, *_BATCH])


def tokenizer_of(out: Path) -> Tokenizer:
    return Tokenizer.from_file(str(out / "tokenizer.json"))


def batches(out: Path, tokens: int, count: int) -> list[TokenBatch]:
    pairs = load_pairs(CORPUS / "train.tsv.gz", seed=1)
    return list(islice(Batcher(pairs, tokenizer_of(out), tokens, seed=1), count))
