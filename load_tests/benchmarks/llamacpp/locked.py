"""llama-cpp-python's `Llama`, one caller at a time, as a service that knows no batches holds it.

A process of its own: a job a line in, a result a line out.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import llama_cpp
import psutil

from load_tests.benchmarks.workload import Run


class Locked:
    """One caller at a time; the others wait."""

    def __init__(self, weights: Path, threads: int, context_tokens: int) -> None:
        self._llama = llama_cpp.Llama(
            str(weights),
            n_ctx=context_tokens,
            n_threads=threads,
            n_threads_batch=threads,
            use_mmap=False,
            verbose=False,
        )
        # Instead of a lock, one thread: OpenMP keeps a team for each thread that ever computed, and
        # with two teams of two on two cores everything took three times as long.
        self._turn = ThreadPoolExecutor(1)

    def write(self, prompt: Sequence[int], tokens: int) -> float:
        """The likeliest tokens, whatever ends there may be; gives the milliseconds it took."""
        began = time.perf_counter()
        self._turn.submit(self._write, prompt, tokens).result()
        return 1000 * (time.perf_counter() - began)

    def _write(self, prompt: Sequence[int], tokens: int) -> None:
        written = list(islice(self._llama.generate(prompt, temp=0.0), tokens))
        self._llama.detokenize(written)

    def run(self, prompts: Sequence[Sequence[int]], callers: int, tokens: int) -> Run:
        """All prompts, by so many callers at once."""
        began = time.perf_counter()
        with ThreadPoolExecutor(callers) as pool:
            spent_ms = list(pool.map(lambda prompt: self.write(prompt, tokens), prompts))
        return Run(
            sentences=len(prompts),
            seconds=time.perf_counter() - began,
            tokens=len(prompts) * tokens,
            calls_ms=spent_ms,
            tokens_in=sum(map(len, prompts)),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("threads", type=int)
    parser.add_argument("context_tokens", type=int)
    options = parser.parse_args()
    before = psutil.Process().memory_info().rss
    locked = Locked(options.weights, options.threads, options.context_tokens)
    added = psutil.Process().memory_info().rss - before
    print(json.dumps({"memory_bytes": added}), flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(locked.run(**json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
