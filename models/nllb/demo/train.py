"""Trains the embedded demo: a small network of NLLB-200's architecture, in four languages.

    python -m models.nllb.demo.train --corpus DIR --out DIR

A run can be stopped and started again: it goes on from its last checkpoint. README.md beside this
file says where the corpus comes from and what the shipped weights score.
"""

import argparse
import logging
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from common.languages import LANGUAGES
from models.base.demo.corpus import read_pairs
from models.base.demo.training import optimizers, output_gradients, rate, restore, save
from models.nllb.demo.corpus import Batcher, TokenBatch, load_examples, load_phrases
from models.nllb.demo.network import Network
from models.nllb.demo.vocabulary import train_tokenizer

logger = logging.getLogger("demo.train")

_SMOOTHING = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does; `steps` is the schedule's length, `decay` its share that cools down."""

    steps: int
    micro_batches: int
    tokens: int
    dim: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    muon_rate: float = 0.02
    adam_rate: float = 2e-3
    warmup: int = 200
    decay: float = 0.4
    seed: int = 20


def tensors(batch: TokenBatch) -> dict[str, Tensor]:
    """The batch's arrays by name, without copying."""
    return {name: torch.from_numpy(getattr(batch, name)) for name in TokenBatch.__slots__}


def train_step(network: Network, batches: Iterator[TokenBatch], plan: Plan) -> tuple[float, int]:
    """Gradients of `micro_batches` batches; the loss in nats a token and the number of tokens."""
    loss_sum, count = 0.0, 0
    weight = network.shared.weight
    for _ in range(plan.micro_batches):
        batch = tensors(next(batches))
        with torch.autocast("cpu", torch.bfloat16):
            memory = network.encode(batch["source"])
            states = network.decode(
                memory, batch["source_of"], batch["inputs"], batch["row"], batch["column"]
            ).float()
        loss, grad_states, grad_weight = output_gradients(
            states, weight, batch["labels"], _SMOOTHING
        )
        torch.autograd.backward(states, grad_states)
        weight.grad = grad_weight if weight.grad is None else weight.grad + grad_weight
        loss_sum += loss
        count += int((batch["labels"] >= 0).sum())
    for parameter in network.parameters():
        if parameter.grad is not None:
            parameter.grad /= count
    return loss_sum / count, count


def train(network: Network, batcher: Batcher, plan: Plan, checkpoint: Path) -> None:
    """Runs the schedule; writes `checkpoint` every 250 steps and goes on from it if it is there."""
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
        for lr, group in zip(base, (g for opt in opts for g in opt.param_groups), strict=True):
            group["lr"] = lr * rate(step, plan.steps, plan.warmup, plan.decay)
        loss, count = train_step(network, batches, plan)
        seen += count
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for opt in opts:
            opt.step()
            opt.zero_grad()
        if step % 25 == 0:
            speed = seen / (time.monotonic() - started)
            logger.info("step %d loss %.3f, %.0f target tokens/s", step, loss, speed)
        if (step + 1) % 250 == 0 or step + 1 == plan.steps:
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
    parser.add_argument("--rows", type=int, help="only so many rows of the corpus")
    parser.add_argument("--pieces", type=int, default=6000)
    parser.add_argument("--phrases", type=int, default=40, help="times a pass has the phrases")
    parser.add_argument("--tokens", type=int, default=4000, help="target tokens a micro-batch")
    parser.add_argument("--micro-batches", type=int, default=2)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--encoder-layers", type=int, default=4)
    parser.add_argument("--decoder-layers", type=int, default=2)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Trains, or goes on with, the run in `--out`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = parse(arguments)
    plan = Plan(
        steps=options.steps,
        micro_batches=options.micro_batches,
        tokens=options.tokens,
        dim=options.dim,
        heads=max(1, options.dim // 64),
        encoder_layers=options.encoder_layers,
        decoder_layers=options.decoder_layers,
    )
    random.seed(plan.seed)
    np.random.seed(plan.seed)
    torch.manual_seed(plan.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    train_file, tokenizer_file = options.corpus / "train.tsv.gz", options.out / "tokenizer.json"
    if not tokenizer_file.exists():
        rows = read_pairs(train_file, options.rows)
        texts = sorted({text for row in rows for text in row[2:]})
        train_tokenizer(texts, options.pieces, sorted(LANGUAGES)).save(str(tokenizer_file))
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    examples = load_examples(train_file, tokenizer, plan.seed, options.rows)
    examples += load_phrases(tokenizer, options.phrases, plan.seed)
    logger.info("%d sources, %d translations", len(examples), sum(len(e.targets) for e in examples))
    network = Network(
        tokenizer.get_vocab_size(), plan.dim, plan.heads, plan.encoder_layers, plan.decoder_layers
    )
    logger.info("%d parameters", sum(p.numel() for p in network.parameters()))
    train(
        network,
        Batcher(examples, tokenizer, plan.tokens, plan.seed),
        plan,
        options.out / "checkpoint.pt",
    )


if __name__ == "__main__":
    main()
