"""An engine without a service, in a process of its own: a job a line in, a result a line out.

The first line it writes says how much resident memory loading the weights added.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import psutil

from load_tests.benchmarks.workload import Run, Sentence, Work, sentences

EOS = "</s>"
# The target language before the pieces and the end mark behind them count as output.
_MARKS = 2


class Engine(Protocol):
    """Weights and tokenizer in memory."""

    def encode(self, batch: Sequence[Sentence]) -> Any:  # noqa: ANN401  # each engine its own
        """What `translate` wants, made outside the time measured."""

    def translate(self, encoded: Any) -> int:  # noqa: ANN401
        """Translates; gives the number of pieces written."""


class CTranslate2:
    """CTranslate2 on int8 weights, as nobody but us calls it."""

    def __init__(self, folder: Path, work: Work) -> None:
        self._tokenizer = tokenizer_of(folder)
        self._work = work
        self._translator: Any = sys.modules["ctranslate2"].Translator(
            str(folder), compute_type="int8", inter_threads=1, intra_threads=work.threads
        )

    def encode(self, batch: Sequence[Sentence]) -> tuple[list[list[str]], list[list[str]]]:
        return (
            [[one.source, *pieces_of(self._tokenizer, one.text), EOS] for one in batch],
            [[one.target] for one in batch],
        )

    def translate(self, encoded: tuple[list[list[str]], list[list[str]]]) -> int:
        results = self._translator.translate_batch(
            *encoded,
            beam_size=self._work.beam,
            max_decoding_length=self._work.max_tokens + _MARKS,
        )
        return sum(_counted(len(result.hypotheses[0]) - 1, self._work) for result in results)


class Transformers:
    """transformers and torch on float32 weights."""

    def __init__(self, folder: Path, work: Work) -> None:
        self._torch: Any = sys.modules["torch"]
        self._torch.set_num_threads(work.threads)
        self._tokenizer = tokenizer_of(folder)
        self._work = work
        model: Any = sys.modules["transformers"].M2M100ForConditionalGeneration
        self._model = model.from_pretrained(folder, dtype=self._torch.float32).eval()

    def encode(self, batch: Sequence[Sentence]) -> tuple[Any, int]:
        (one,) = batch
        tokens = [one.source, *pieces_of(self._tokenizer, one.text), EOS]
        ids = [self._tokenizer.token_to_id(token) for token in tokens]
        return self._torch.tensor([ids]), self._tokenizer.token_to_id(one.target)

    def translate(self, encoded: tuple[Any, int]) -> int:
        ids, language = encoded
        end = self._tokenizer.token_to_id(EOS)
        with self._torch.inference_mode():
            written = self._model.generate(
                input_ids=ids,
                attention_mask=self._torch.ones_like(ids),
                forced_bos_token_id=language,
                num_beams=self._work.beam,
                max_new_tokens=self._work.max_tokens + _MARKS,
                do_sample=False,
            )[0].tolist()
        # The start mark and the language stand before the pieces.
        return _counted(sum(token != end for token in written[2:]), self._work)


def _counted(pieces: int, work: Work) -> int:
    """Without the one that stands in the end mark's place where a translation was cut."""
    return min(pieces, work.max_tokens)


ENGINES: dict[str, tuple[Callable[[Path, Work], Engine], tuple[str, ...]]] = {
    "ctranslate2": (CTranslate2, ("ctranslate2", "tokenizers")),
    "transformers": (Transformers, ("torch", "transformers", "tokenizers")),
}


def tokenizer_of(folder: Path) -> Any:  # noqa: ANN401  # imported late, see `load`
    return sys.modules["tokenizers"].Tokenizer.from_file(str(folder / "tokenizer.json"))


def pieces_of(tokenizer: Any, text: str) -> list[str]:  # noqa: ANN401
    pieces: list[str] = tokenizer.encode(text, add_special_tokens=False).tokens
    return pieces


def load(name: str, folder: Path, work: Work) -> tuple[Engine, int]:
    """The engine, once it has translated, and the resident bytes that took beyond its libraries."""
    kind, libraries = ENGINES[name]
    for library in libraries:
        __import__(library)
    process = psutil.Process()
    before = process.memory_info().rss
    engine = kind(folder, work)
    for one in sentences(2):
        engine.translate(engine.encode([one]))
    return engine, process.memory_info().rss - before


def run(engine: Engine, count: int, batch: int) -> Run:
    """Translates the first `count` sentences, `batch` a call."""
    todo = sentences(count)
    encoded = [engine.encode(todo[place : place + batch]) for place in range(0, count, batch)]
    tokens, calls_ms = 0, []
    began = time.perf_counter()
    for part in encoded:
        called = time.perf_counter()
        tokens += engine.translate(part)
        calls_ms.append(1000 * (time.perf_counter() - called))
    return Run(count, time.perf_counter() - began, tokens, calls_ms)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("work", help="the fields of Work, as JSON")
    options = parser.parse_args()
    engine, memory_bytes = load(options.engine, options.folder, Work(**json.loads(options.work)))
    print(json.dumps({"memory_bytes": memory_bytes}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(asdict(run(engine, job["count"], job["batch"]))), flush=True)


if __name__ == "__main__":
    main()
