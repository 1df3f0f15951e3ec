"""An engine without weights, for what is decided around one: a token is a character."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from typing_extensions import override

from models.aya.prompt import SPECIALS
from models.engines.llamacpp.contract import (
    Chunk,
    Completion,
    EngineBusyError,
    EngineError,
    EngineFailedError,
    FinishReason,
    GenerationRequest,
    ModelFacts,
    PromptTooLongError,
    TextEngine,
    total_tokens,
)

_FIRST_CHARACTER = 100
FACTS = ModelFacts("command-r", "fake", 8192, None, 1, 1, 1)


@dataclass(frozen=True)
class Seen:
    """A request as it can be read."""

    request: GenerationRequest
    prompt: str
    text: str
    """What was to be translated."""
    attempt: int
    """How often the very text was asked for before."""


Answer = Callable[[Seen], str]


def backwards(text: str) -> str:
    return re.sub(r"\w+", lambda word: word[0][::-1], text)


def reply(seen: Seen) -> str:
    return backwards(seen.text)


def tokenize(text: str, *, special: bool = False) -> tuple[int, ...]:
    tokens: list[int] = []
    while text:
        found = next((token for token in SPECIALS if special and text.startswith(token)), "")
        tokens.append(SPECIALS.index(found) if found else _FIRST_CHARACTER + ord(text[0]))
        text = text[len(found) or 1 :]
    return tuple(tokens)


def text_of(tokens: tuple[int, ...]) -> str:
    return "".join(
        chr(token - _FIRST_CHARACTER) if token >= _FIRST_CHARACTER else SPECIALS[token]
        for token in tokens
    )


async def until(is_reached: Callable[[], bool]) -> None:
    """Lets the event loop turn until something holds."""
    for _ in range(10_000):
        if is_reached():
            return
        await asyncio.sleep(0)
    message = "It was never reached."
    raise AssertionError(message)


class FakeEngine(TextEngine):
    """Answers as told, by default every word backwards; remembers what it was asked."""

    def __init__(self, answer: Answer = reply, *, most: int = 2048, queue_size: int = 256) -> None:
        self.answer = answer
        self.score: Callable[[Seen], float | None] = lambda _: None
        self.most, self.queue_size = most, queue_size
        self.seen: list[Seen] = []
        self.failure: EngineError | None = None
        self.poison: str | None = None
        self.broken: EngineError | None = None
        self.working = self.peak = self.left = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.is_started = self.is_closed = False

    @property
    @override
    def ready(self) -> bool:
        return self.is_started and not self.is_closed and self.failure is None

    @property
    @override
    def facts(self) -> ModelFacts:
        return FACTS

    @property
    @override
    def request_tokens(self) -> int:
        return self.most

    @property
    @override
    def waiting(self) -> int:
        return self.working

    @override
    def tokenize(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        return tokenize(text, special=special)

    @override
    async def start(self) -> None:
        if self.broken is not None:
            raise self.broken
        self.is_started = True

    @override
    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        done = await self.complete(request)
        yield Chunk(done.text, done.tokens, done.finish, done.tokens_in, 0, len(done.tokens))

    @override
    async def complete(self, request: GenerationRequest) -> Completion:
        self._check(request)
        seen = self._look(request)
        self.working += 1
        self.peak = max(self.peak, self.working)
        self.entered.set()
        try:
            await asyncio.sleep(0)
            await self.gate.wait()
            if self.is_closed:
                raise EngineFailedError("The engine was closed.")
            return self._done(seen)
        except asyncio.CancelledError:
            self.left += 1
            raise
        finally:
            self.working -= 1

    def _check(self, request: GenerationRequest) -> None:
        if self.failure is not None:
            raise self.failure
        if self.working >= self.queue_size:
            raise EngineBusyError(self.working)
        needed = total_tokens(request.prompt) + request.max_tokens
        if needed > self.most:
            raise PromptTooLongError(needed, self.most)

    def _look(self, request: GenerationRequest) -> Seen:
        prompt = "".join(map(text_of, request.prompt))
        text = text_of(request.prompt[-1]).removeprefix("Text:\n").partition(SPECIALS[5])[0]
        if self.poison is not None and self.poison in text:
            raise EngineFailedError("poison")
        attempt = sum(one.text == text and one.prompt == prompt for one in self.seen)
        self.seen.append(Seen(request, prompt, text, attempt))
        return self.seen[-1]

    def _done(self, seen: Seen) -> Completion:
        tokens = tokenize(self.answer(seen))
        is_cut = len(tokens) > seen.request.max_tokens
        kept = tokens[: seen.request.max_tokens]
        finish = FinishReason.LENGTH if is_cut else FinishReason.STOP
        needed, score = total_tokens(seen.request.prompt), self.score(seen)
        return Completion(text_of(kept), kept, finish, needed, 0, score)

    @override
    async def close(self) -> None:
        self.is_closed = True
        self.gate.set()
