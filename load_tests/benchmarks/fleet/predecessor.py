"""Both models in one process, loaded one after the other, as the predecessor has them.

NLLB in transformers on float32; Aya in llama-cpp-python, mapped, with a context of 8,192 tokens and
everything else as it is by default. A job a line in, a result a line out.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from load_tests.benchmarks import contestant
from load_tests.benchmarks.engine import ContestantProcess
from load_tests.benchmarks.llamacpp.prompt import pieces
from load_tests.benchmarks.workload import Run, Sentence, Work, sentences

CONTEXT_TOKENS = 8192
_MODULE = "load_tests.benchmarks.fleet.predecessor"


class Aya:
    """One caller at a time; whatever the model takes for the end, so many tokens."""

    def __init__(self, weights: Path, tokens: int) -> None:
        import llama_cpp  # noqa: PLC0415  # after NLLB, and not where the process is only watched

        self._llama: Any = llama_cpp.Llama(str(weights), n_ctx=CONTEXT_TOKENS, verbose=False)
        self._tokens = tokens
        self.run(1)

    def run(self, count: int) -> Run:
        """The first `count` sentences, one after the other."""
        todo = sentences(count)
        began = time.perf_counter()
        calls_ms = [self._write(one) for one in todo]
        return Run(count, time.perf_counter() - began, count * self._tokens, calls_ms)

    def _write(self, one: Sentence) -> float:
        began = time.perf_counter()
        written = list(islice(self._llama.generate(self._encoded(one), temp=0.0), self._tokens))
        self._llama.detokenize(written)
        return 1000 * (time.perf_counter() - began)

    def _encoded(self, one: Sentence) -> list[int]:
        found: list[int] = []
        for piece in pieces(one):
            found += self._llama.tokenize(piece.text.encode(), add_bos=False, special=piece.special)
        return found


class Predecessor(ContestantProcess):
    """The same, in a process of its own."""

    def __init__(self, nllb: Path, aya: Path, work: Work, aya_tokens: int, log: Path) -> None:
        arguments = [str(nllb), str(aya), json.dumps(asdict(work)), str(aya_tokens)]
        super().__init__(_MODULE, arguments, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(self, model: str, count: int) -> Run:
        return self.ask({"model": model, "count": count})


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nllb", type=Path)
    parser.add_argument("aya", type=Path)
    parser.add_argument("work", help="NLLB's: the fields of Work, as JSON")
    parser.add_argument("aya_tokens", type=int)
    options = parser.parse_args(arguments)
    before = psutil.Process().memory_info().rss
    nllb, _ = contestant.load("transformers", options.nllb, Work(**json.loads(options.work)))
    aya = Aya(options.aya, options.aya_tokens)
    added = psutil.Process().memory_info().rss - before
    print(json.dumps({"memory_bytes": added}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        run = aya.run(job["count"]) if job["model"] == "aya" else _nllb(nllb, job["count"])
        print(json.dumps(asdict(run)), flush=True)


def _nllb(engine: contestant.Engine, count: int) -> Run:
    return contestant.run(engine, count, 1)


if __name__ == "__main__":
    main()
