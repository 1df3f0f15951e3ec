"""Scores a GGUF file on the validation sentences, as it is served: chrF per direction."""

import argparse
import asyncio
import itertools
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from sacrebleu.metrics.chrf import CHRF

from models.aya import prompt
from models.base.demo.corpus import LANGUAGES, read_valid
from models.engines.llamacpp.contract import EngineSettings, GenerationRequest, TextEngine
from models.engines.llamacpp.engine import Engine

_SLOTS = 16
_MOST_TOKENS = 128

Request = tuple[str, str, str]
"""Source code, target code, text."""


def tokens_of(engine: TextEngine, part: prompt.Part) -> tuple[int, ...]:
    """A part's tokens, each piece by itself."""
    return tuple(
        token for piece in part for token in engine.tokenize(piece.text, special=piece.special)
    )


async def _translate(path: Path, requests: list[Request], threads: int) -> list[str]:
    engine = Engine(path, EngineSettings(slots=_SLOTS, context_tokens=512, threads=threads))
    free = asyncio.Semaphore(2 * _SLOTS)

    async def one(source_lang: str, target_lang: str, text: str) -> str:
        parts = prompt.build(text, source_lang, target_lang)
        tokens = tuple(tokens_of(engine, part) for part in (parts.pair, parts.segment))
        async with free:
            done = await engine.complete(GenerationRequest(tokens, _MOST_TOKENS))
        return done.text.strip()

    await engine.start()
    try:
        return await asyncio.gather(*(one(*request) for request in requests))
    finally:
        await engine.close()


def translate(path: Path, requests: list[Request], threads: int = 0) -> list[str]:
    """Translations, the likeliest token at each step."""
    return asyncio.run(_translate(path, requests, threads))


def scores(
    path: Path, valid: Path, limit: int | None = None, threads: int = 0
) -> Iterator[tuple[str, str, float, float]]:
    """Rows `(source code, target code, chrF on the first reference, chrF on all references)`."""
    rows = read_valid(valid)[:limit]
    pairs = list(itertools.permutations(LANGUAGES, 2))
    requests = [(*pair, row["refs"][pair[0]][0]) for pair in pairs for row in rows]
    outputs = translate(path, requests, threads)
    for index, (source, target) in enumerate(pairs):
        hypotheses = outputs[index * len(rows) : (index + 1) * len(rows)]
        references = [row["refs"][target] for row in rows]
        first = [[each[0] for each in references]]
        every = [list(each) for each in zip_longest(*references)]
        metric = CHRF()
        yield (
            source,
            target,
            metric.corpus_score(hypotheses, first).score,
            metric.corpus_score(hypotheses, every).score,
        )


def main(arguments: list[str] | None = None) -> None:
    """Prints a row a direction: codes, chrF on the first reference, chrF on all references."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="GGUF file")
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder with valid.multiref.jsonl"
    )
    parser.add_argument("--limit", type=int, help="only so many sentences")
    parser.add_argument("--threads", type=int, default=0, help="0: all cores")
    options = parser.parse_args(arguments)
    valid = options.corpus / "valid.multiref.jsonl"
    for row in scores(options.weights, valid, options.limit, options.threads):
        sys.stdout.write("{} {} {:.1f} {:.1f}\n".format(*row))


if __name__ == "__main__":
    main()
