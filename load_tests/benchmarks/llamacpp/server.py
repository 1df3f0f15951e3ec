"""llama.cpp's own server, and how it is asked for a sentence; builds nothing."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import override

from load_tests.benchmarks.callers import Answer, WrongAnswerError
from load_tests.benchmarks.llamacpp.prompt import Piece, pieces
from load_tests.benchmarks.workload import Sentence
from load_tests.server import ServerProcess


@dataclass(frozen=True)
class Context:
    """What every contestant is given, each for itself."""

    threads: int
    slots: int
    tokens_per_slot: int
    prefix_tokens: int = 1024
    """The service's alone, for what prompts begin with; llama-server keeps that in its slots."""

    @property
    def tokens(self) -> int:
        return self.slots * self.tokens_per_slot


class LlamaServer(ServerProcess):
    """`llama-server` on a GGUF, with its defaults wherever the service has a choice of its own."""

    def __init__(self, program: Path, weights: Path, context: Context, log: Path) -> None:
        super().__init__(log=log)
        self._program = program
        self._weights = weights
        self._context = context
        self._known: dict[Piece, list[int]] = {}

    @property
    @override
    def command(self) -> list[str]:
        context = self._context
        options = {
            "--model": self._weights,
            "--host": "127.0.0.1",
            "--port": self.port,
            "--threads": context.threads,
            "--threads-batch": context.threads,
            "--parallel": context.slots,
            "--ctx-size": context.tokens,
            # As ours: repacked weights beside mapped ones would be twice the memory.
            "--load-mode": "none",
        }
        given = [str(part) for option in options.items() for part in option]
        return [str(self._program), *given, "--no-ui"]

    @property
    @override
    def probe(self) -> str:
        return "/health"

    def encode(self, one: Sentence) -> list[int]:
        """A prompt's tokens, piece by piece, so that a text's marks are no special tokens."""
        return [token for piece in pieces(one) for token in self.tokens(piece)]

    def tokens(self, piece: Piece) -> list[int]:
        if piece not in self._known:
            self._known[piece] = self._tokenize(piece)
        return self._known[piece]

    def _tokenize(self, piece: Piece) -> list[int]:
        body = {"content": piece.text, "add_special": False, "parse_special": piece.special}
        request = urllib.request.Request(  # noqa: S310  # http, ours
            f"{self.url}/tokenize",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # ours
            tokens: list[int] = json.load(answer)["tokens"]
            return tokens


@dataclass(frozen=True)
class Complete:
    """llama-server's question, with prompts that are tokens already: it has less to do than we."""

    prompts: Mapping[Sentence, Sequence[int]]
    max_tokens: int
    path: str = "/completion"
    probe: str = "/health"

    def body(self, one: Sentence) -> Mapping[str, Any]:
        return {
            "prompt": self.prompts[one],
            "n_predict": self.max_tokens,
            "ignore_eos": True,
            "cache_prompt": True,
            # The cheapest way it has to take the likeliest token.
            "samplers": ["top_k"],
            "top_k": 1,
            "temperature": 0,
        }

    def read(self, status: int, found: Mapping[str, Any]) -> Answer:
        if status != 200:  # noqa: PLR2004
            raise WrongAnswerError(f"llama-server answered {status}: {found}")
        return Answer(found["tokens_evaluated"], found["tokens_predicted"])
