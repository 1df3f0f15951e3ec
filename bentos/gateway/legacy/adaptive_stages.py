"""A text on its way through the adaptive stages, and what is told of it; does none of the work."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, ParamSpec, TypeVar

from pydantic import JsonValue

from bentos.contract import Call
from bentos.gateway.legacy.adaptive_chunks import Chunks
from bentos.gateway.legacy.adaptive_measures import Pair
from bentos.gateway.legacy.adaptive_quality import Assessment
from models.base.translation_model import TranslationWarning

AUTO: Final = "auto"
_THRESHOLDS: Final = {"fast": 0.0, "quality": 0.85}
_BALANCED: Final = 0.8
_INLINE_CHARS: Final = 5_000

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A text to translate, and how much may be done for it."""

    text: str
    source: str
    """FLORES code or `auto`."""
    target: str
    written: tuple[str, str] | None = None
    """Source and target in the caller's own spelling, to be named to him."""
    preference: str = "balanced"
    """`fast` never optimises unless forced; `quality` does so sooner than all others."""
    forced: bool = False
    optimisation_s: float = 5.0
    quick: bool = False
    """The first chunk goes ahead of the others, so that something is there soon."""

    @property
    def threshold(self) -> float:
        return _THRESHOLDS.get(self.preference, _BALANCED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Something is there to show, and more is being done."""

    stage: str
    """`semantic`: the draft grows; `analyzing`: it has a score; `optimizing`: a chunk is better."""
    translation: str
    """As far as there is one: the text's first chunks, or all of it."""
    progress: float
    message: str
    details: dict[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The end of it."""

    translation: str
    assessment: Assessment
    optimised: bool
    """Whether any of it is other than the draft."""
    cache_hit: bool
    seconds: float
    details: dict[str, JsonValue]


Stage = Progress | Finished


@dataclass(slots=True, eq=False)
class Piece:
    """A chunk on its way; white space at its edges never reaches a model."""

    text: str
    head: str
    tail: str
    translation: str = ""
    warnings: Sequence[TranslationWarning] = ()
    score: float = 1.0

    def whole(self) -> str:
        return f"{self.head}{self.translation}{self.tail}"


@dataclass(slots=True)
class Work:
    """One text on its way."""

    wanted: Wanted
    call: Call
    chunks: Chunks
    pieces: list[Piece]
    source: str
    """As models are told; `auto` where each is to find out."""
    known: str | None = None
    """FLORES code of the source, once somebody has said it."""
    models: dict[str, None] = field(default_factory=dict)
    from_cache: bool = True
    tried: int = 0
    replaced: int = 0
    stopped: str | None = None
    """Why optimisation ended early: `time`, or the code of an error."""
    times: dict[str, float] = field(default_factory=dict)
    """Seconds by stage."""

    def translation(self) -> str:
        return "".join(piece.whole() for piece in self.pieces)

    def warnings(self) -> list[TranslationWarning]:
        return [warning for piece in self.pieces for warning in piece.warnings]

    def pair(self) -> Pair:
        return self.pair_of(self.wanted.text, self.translation())

    def pair_of(self, original: str, translation: str) -> Pair:
        return Pair(
            original=original,
            translation=translation,
            source=self.known,
            target=self.wanted.target,
        )


def piece_of(part: str) -> Piece:
    """What is to be translated of a chunk, and the white space around it."""
    core = part.strip()
    begin = part.find(core) if core else len(part)
    return Piece(core, part[:begin], part[begin + len(core) :])


async def off_loop(
    size: int, function: Callable[Arguments, Result], *args: Arguments.args, **kw: Arguments.kwargs
) -> Result:
    """Calls what takes long for `size` characters on a thread where there are many."""
    if size <= _INLINE_CHARS:
        return function(*args, **kw)
    return await asyncio.to_thread(function, *args, **kw)
