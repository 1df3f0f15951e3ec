"""What is asked of the llama.cpp engine and what it answers; nothing of how, nor of any model.

Callers may not assume that a piece of text is one token, that an empty piece never comes, or that
two requests with the same seed agree unless they ran with the same engine settings.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol


class EngineError(Exception):
    """Base of what the engine raises."""


class EngineLoadError(EngineError):
    """The file cannot be loaded; says why and what can be done."""


class EngineFailedError(EngineError):
    """The engine failed while this request was computed, or is not running."""


class EngineBusyError(EngineError):
    """As many requests wait as may wait."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} requests are waiting.")
        self.waiting = waiting


class PromptTooLongError(EngineError):
    """A prompt and its token budget do not fit the context."""

    def __init__(self, needed: int, most: int) -> None:
        super().__init__(f"The request needs {needed} tokens of context; there are {most}.")
        self.needed = needed
        self.most = most


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. At temperature 0 always the likeliest, and only the penalty counts."""

    temperature: float = 0.0
    top_k: int = 0
    """0: all tokens."""
    top_p: float = 1.0
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    """Divides the scores of the last `repeat_last` tokens of the output; 1: off."""
    repeat_last: int = 64
    seed: int = 0

    @property
    def is_likeliest(self) -> bool:
        """Whether the token with the highest score is taken as it is."""
        return self.temperature <= 0 and self.repeat_penalty == 1


GREEDY = Sampling()


CacheType = Literal["q8_0", "f16"]


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How much is computed at once, and on what."""

    slots: int = 8
    """Requests computed at the same time."""
    context_tokens: int = 2048
    """Most tokens of a prompt and its output. Each slot has as many cells; a request that needs
    fewer leaves the others to the rest."""
    cached_prefixes: int = 16
    """Beginnings of prompts that are kept computed, at most; with `slots` at most 256."""
    prefix_tokens: int = 1024
    """Cells that are there for kept prefixes beside those of the slots."""
    prefill_tokens: int = 64
    """Most tokens of a step that computes prompts, one for each output being written included; a
    quarter of it is left to the prompts whatever is written. More computes prompts faster, and
    lets the others wait longer for their next token.

    On CPU 64 reach 98 % of the most tokens a second; a GPU wants 512."""
    queue_size: int = 256
    """Requests that may wait when all slots are taken."""
    threads: int = 0
    """0: as many as the process may use cores."""
    gpu_layers: int = -1
    """-1: all that fit."""
    cache_type: CacheType | None = None
    """What keys and values are kept in; None: `q8_0` on a CPU, `f16` on a GPU."""

    @property
    def cells(self) -> int:
        """Tokens whose keys and values are held, all together."""
        return self.slots * self.context_tokens + self.prefix_tokens

    @property
    def sequences(self) -> int:
        return self.slots + self.cached_prefixes

    @property
    def rows(self) -> int:
        """Most tokens of one step."""
        return max(self.prefill_tokens, self.slots + prompt_share(self.prefill_tokens))


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A prompt and how to go on from it."""

    prompt: tuple[tuple[int, ...], ...]
    """Token ids in parts. Every part but the last is likely to come again after the same parts
    before it: it is computed once and kept while there is room. None but the last may be empty
    of use: empty parts are skipped. The last must hold at least one token."""
    max_tokens: int
    """Most tokens to write."""
    sampling: Sampling = GREEDY
    stop: tuple[str, ...] = ()
    """Texts that end the output and are not part of it. The model's end tokens always end it."""
    ignore_end: bool = False
    """Writes `max_tokens` whatever the model says: for measuring."""


class FinishReason(StrEnum):
    """Why the output ended."""

    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some more of the output: whole characters, none lost between chunks."""

    text: str
    tokens: tuple[int, ...] = ()
    finish: FinishReason | None = None
    """Given with the last chunk alone, as are the counts below."""
    tokens_in: int = 0
    tokens_cached: int = 0
    """How many of `tokens_in` were kept computed from an earlier request."""
    tokens_out: int = 0
    score: float | None = field(default=None, compare=False)
    """Mean log-probability of the tokens, the end mark that was written among them, as the model
    has it, however they were chosen. Equal outputs may differ in it by what rounding makes."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole output."""

    text: str
    tokens: tuple[int, ...]
    finish: FinishReason
    tokens_in: int
    tokens_cached: int
    score: float | None = field(default=None, compare=False)
    """As a last chunk's."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the loaded file says of itself."""

    architecture: str
    name: str
    context_length: int
    """Tokens the model was trained for."""
    chat_template: str | None
    parameters: int
    size_bytes: int
    vocabulary: int
    gpu_layers: int = 0
    """Most layers on the GPU; 0: all is computed on the CPU."""


class TextEngine(Protocol):
    """The engine as its callers see it."""

    @property
    def ready(self) -> bool:
        """False before `start` returned, while a failed context is rebuilt, and after `close`."""

    @property
    def facts(self) -> ModelFacts: ...

    @property
    def request_tokens(self) -> int:
        """Most tokens that a prompt and its output may take together."""

    @property
    def waiting(self) -> int:
        """Requests that have no slot yet."""

    def tokenize(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Token ids without a begin token; only with `special` can text become special tokens.

        Callable from any thread.
        """

    async def start(self) -> None:
        """Loads the file. Raises `EngineLoadError`."""

    def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        """The output as it is written. Closing or cancelling frees the sequence at once.

        Raises, at the first step: `EngineBusyError`, `PromptTooLongError`; at any:
        `EngineFailedError`.
        """

    async def complete(self, request: GenerationRequest) -> Completion:
        """`generate`, gathered."""

    async def close(self) -> None:
        """Refuses what is new, fails what runs, frees the memory. May be called twice."""


def prompt_share(prefill_tokens: int) -> int:
    """Tokens of each step that are the prompts', however many outputs are being written."""
    return max(1, prefill_tokens // 4)


def total_tokens(prompt: Sequence[Sequence[int]]) -> int:
    """Tokens of a prompt in parts."""
    return sum(len(part) for part in prompt)
