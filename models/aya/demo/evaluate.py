"""Scores a GGUF file on the validation sentences, as it is served: chrF per direction."""

import argparse
import asyncio
import functools
from pathlib import Path

from models.aya import prompt
from models.base.demo import scoring
from models.engines.llamacpp.contract import EngineSettings, GenerationRequest
from models.engines.llamacpp.engine import Engine

_SLOTS = 16
_MOST_TOKENS = 128


async def _translate(path: Path, requests: list[scoring.Request], threads: int) -> list[str]:
    engine = Engine(path, EngineSettings(slots=_SLOTS, context_tokens=512, threads=threads))
    free = asyncio.Semaphore(2 * _SLOTS)

    async def one(source_lang: str, target_lang: str, text: str) -> str:
        parts = prompt.build(text, source_lang, target_lang)
        tokens = tuple(prompt.tokens(part, engine.tokenize) for part in (parts.pair, parts.segment))
        async with free:
            done = await engine.complete(GenerationRequest(tokens, _MOST_TOKENS))
        return done.text.strip()

    await engine.start()
    try:
        return await asyncio.gather(*(one(*request) for request in requests))
    finally:
        await engine.close()


def translate(path: Path, requests: list[scoring.Request], threads: int = 0) -> list[str]:
    """Translations, the likeliest token at each step."""
    return asyncio.run(_translate(path, requests, threads))


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
    translate_all = functools.partial(translate, options.weights, threads=options.threads)
    valid = options.corpus / "valid.multiref.jsonl"
    scoring.show(scoring.scores(valid, translate_all, options.limit))


if __name__ == "__main__":
    main()
