"""Trains the embedded demo: a small network of Aya Expanse's architecture, in four languages.

    python -m models.aya.demo.train --corpus DIR --out DIR

A run can be stopped and started again: it goes on from its last checkpoint. README.md beside this
file says where the corpus comes from and what the shipped weights score.
"""

import argparse
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn

from models.aya import prompt
from models.aya.demo.corpus import Batcher, TokenBatch, load_pairs, load_phrases
from models.aya.demo.network import Group, Network
from models.aya.demo.vocabulary import train_tokenizer
from models.base.demo.corpus import LANGUAGES, read_pairs
from models.base.demo.training import optimizers, output_gradients, rate, restore, save

logger = logging.getLogger("demo.train")

_SMOOTHING = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does; `steps` is the schedule's length, `decay` its share that cools down."""

    steps: int
    micro_batches: int
    groups: int
    """Batches of one language pair each that are computed together."""
    decay: float
    muon_rate: float = 0.02
    adam_rate: float = 2e-3
    warmup: int = 100
    checkpoint_every: int = 250


def group_of(batch: TokenBatch, device: str) -> Group:
    """The batch as the network takes it."""
    prefix, rows, wanted = (
        torch.from_numpy(each).to(device) for each in (batch.prefix, batch.rows, batch.wanted)
    )
    return Group(prefix, rows, wanted)


def train_step(
    network: Network, batches: Iterator[TokenBatch], plan: Plan, device: str = "cpu"
) -> tuple[float, int]:
    """Gradients of `micro_batches` passes; the loss in nats a token and the number of tokens."""
    loss_sum, count = 0.0, 0
    weight = network.embedding.weight
    for _ in range(plan.micro_batches):
        some = list(islice(batches, plan.groups))
        with torch.autocast(device, torch.bfloat16):
            states = network.states([group_of(batch, device) for batch in some]).float()
        labels = torch.from_numpy(np.concatenate([batch.labels for batch in some])).to(device)
        loss, grad_states, grad_weight = output_gradients(states, weight, labels, _SMOOTHING)
        torch.autograd.backward(states, grad_states)
        weight.grad = grad_weight if weight.grad is None else weight.grad + grad_weight
        loss_sum += loss
        count += len(labels)
    for parameter in network.parameters():
        if parameter.grad is not None:
            parameter.grad /= count
    return loss_sum / count, count


def train(network: Network, batcher: Batcher, plan: Plan, checkpoint: Path, device: str) -> None:
    """Runs the schedule, writing `checkpoint` now and then; goes on from it if it is there."""
    opts = optimizers(network, plan.muon_rate, plan.adam_rate)
    base = [group["lr"] for opt in opts for group in opt.param_groups]
    first = 0
    if checkpoint.exists():
        first = restore(checkpoint, network, opts)
        batcher.go_on(first)
        logger.info("going on from step %d", first)
    batches = iter(batcher)
    started, seen = time.monotonic(), 0
    for step in range(first, plan.steps):
        factor = rate(step, plan.steps, plan.warmup, plan.decay)
        for lr, group in zip(base, (g for opt in opts for g in opt.param_groups), strict=True):
            group["lr"] = lr * factor
        loss, count = train_step(network, batches, plan, device)
        seen += count
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for opt in opts:
            opt.step()
            opt.zero_grad()
        if step % 25 == 0:
            speed = seen / (time.monotonic() - started)
            logger.info("step %d loss %.3f, %.0f target tokens/s", step, loss, speed)
        if (step + 1) % plan.checkpoint_every == 0 or step + 1 == plan.steps:
            save(checkpoint, network, opts, step + 1)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True, help="folder with train.tsv.gz")
    parser.add_argument(
        "--out", type=Path, required=True, help="gets tokenizer.json and checkpoint.pt"
    )
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--decay", type=float, default=0.8, help="share that cools down")
    parser.add_argument("--rows", type=int, help="only so many rows of the corpus")
    parser.add_argument("--pieces", type=int, default=6000)
    parser.add_argument("--phrases", type=int, default=40, help="times a pass has the phrases")
    parser.add_argument("--tokens", type=int, default=400, help="target tokens a group")
    parser.add_argument("--groups", type=int, default=4, help="language pairs a micro-batch")
    parser.add_argument("--micro-batches", type=int, default=3)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--feed-forward", type=int, default=512)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--seed", type=int, default=20)
    return parser.parse_args(arguments)


def tokenizer_texts(path: Path, limit: int | None) -> list[str]:
    """What the tokenizer is trained on: every sentence once, and the prompt's words with them."""
    sentences = sorted({text for row in read_pairs(path, limit) for text in row[2:]})
    fixed = [
        piece.text
        for source in LANGUAGES
        for target in LANGUAGES
        for piece in (*prompt.pair(source, target), *prompt.segment(""))
        if not piece.special
    ]
    return sentences + fixed * 100


def main(arguments: list[str] | None = None) -> None:
    """Trains, or goes on with, the run in `--out`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = parse(arguments)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    train_file, tokenizer_file = options.corpus / "train.tsv.gz", options.out / "tokenizer.json"
    if not tokenizer_file.exists():
        texts = tokenizer_texts(train_file, options.rows)
        train_tokenizer(texts, options.pieces).save(str(tokenizer_file))
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    pairs = load_pairs(train_file, options.seed, options.rows)
    pairs += load_phrases(options.phrases, options.seed)
    vocab = tokenizer.get_vocab_size()
    network = Network(vocab, options.dim, options.layers, options.feed_forward)
    network.to(options.device)
    logger.info("%d pairs, %d parameters", len(pairs), sum(p.numel() for p in network.parameters()))
    train(
        network,
        Batcher(pairs, tokenizer, options.tokens, options.seed),
        Plan(options.steps, options.micro_batches, options.groups, options.decay),
        options.out / "checkpoint.pt",
        options.device,
    )


if __name__ == "__main__":
    main()
