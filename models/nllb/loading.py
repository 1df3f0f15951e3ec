"""Loads weights into an engine, checked and tried once; has no part in any request."""

import logging
from dataclasses import dataclass
from pathlib import Path

import psutil

from models.base.exceptions import InitializationError, TranslationError
from models.nllb.backend import Backend, Decoding, EncodedSegment, load_backend
from models.nllb.settings import NLLBSettings
from models.nllb.tokenizer import LAYOUT_TOKENS, NLLBTokenizer
from models.nllb.weights import DEMO, Weights, resolve

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Most tokens of a segment, marks included, and most pieces of its translation."""

    segment_tokens: int
    output_pieces: int

    @property
    def segment_pieces(self) -> int:
        return self.segment_tokens - LAYOUT_TOKENS


# The engine has 1024 positions for NLLB-200, 512 for the demo; two of the output's hold its marks.
_FULL = Limits(segment_tokens=512, output_pieces=1000)
_DEMO = Limits(segment_tokens=96, output_pieces=500)
_DEMO_POSITIONS = 512
_REFERENCE_DEMO = DEMO.parent / "transformers"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Weights in an engine, ready to translate."""

    weights: Weights
    tokenizer: NLLBTokenizer
    backend: Backend
    limits: Limits
    memory_bytes: int


def limits_of(settings: NLLBSettings, *, demo: bool) -> Limits:
    """What is set, else what suits the weights; never more than the demo has positions for."""
    usual = _DEMO if demo else _FULL
    segment = settings.max_segment_tokens or usual.segment_tokens
    output = settings.max_output_tokens or usual.output_pieces
    if demo:
        segment, output = min(segment, _DEMO_POSITIONS), min(output, _DEMO_POSITIONS - 2)
    return Limits(segment, output)


def find(settings: NLLBSettings, stored: Path | None) -> Weights:
    """The weights to serve, in the engine's format.

    Raises:
        InitializationError: where they are incomplete.
    """
    if settings.engine == "ctranslate2":
        return resolve(settings.model_path, stored)
    return _reference(settings.model_path or _REFERENCE_DEMO)


def _reference(path: Path) -> Weights:
    """What a folder in transformers' own format holds, as far as its tokenizer tells."""
    if not (path / "config.json").is_file():
        raise InitializationError(f"No weights in transformers' format in {path}.")
    try:
        languages = NLLBTokenizer(path / "tokenizer.json").languages
    except ValueError as error:
        raise InitializationError(f"The weights in {path} are not usable: {error}") from error
    demo = resolve(None, None) if path == _REFERENCE_DEMO else None
    return Weights(
        path=path,
        name=path.name,
        version="",
        source=path.name,
        license="unknown",
        quantization="float32",
        languages=demo.languages if demo else tuple(sorted(languages)),
        demo=demo is not None,
        calibration=demo.calibration if demo else None,
    )


def load(weights: Weights, settings: NLLBSettings) -> Loaded:
    """Loads and translates once, so that what is returned is known to work.

    Raises:
        InitializationError: The files are wrong, or the engine does not take them.
    """
    if settings.shortlist and not (weights.path / "vmap.txt").is_file():
        raise InitializationError(f"NLLB_SHORTLIST is set, but {weights.path} has no vmap.txt.")
    process = psutil.Process()
    before = process.memory_info().rss
    tokenizer = _tokenizer(weights)
    backend = load_backend(weights.path, settings)
    try:
        _warm_up(backend, tokenizer, weights)
    except InitializationError:
        backend.close()
        raise
    memory = max(0, process.memory_info().rss - before)
    logger.info("loaded %s in %s on %s", weights.name, backend.compute_type, backend.device)
    return Loaded(weights, tokenizer, backend, limits_of(settings, demo=weights.demo), memory)


def _tokenizer(weights: Weights) -> NLLBTokenizer:
    try:
        tokenizer = NLLBTokenizer(weights.path / "tokenizer.json")
    except ValueError as error:
        raise InitializationError(
            f"The weights in {weights.path} are not usable: {error}"
        ) from error
    unknown = sorted(set(weights.languages) - tokenizer.languages)
    if unknown:
        raise InitializationError(
            f"The tokenizer in {weights.path} lacks languages: {', '.join(unknown)}."
        )
    return tokenizer


def _warm_up(backend: Backend, tokenizer: NLLBTokenizer, weights: Weights) -> None:
    """Translates a word; fails where the vocabulary is not the tokenizer's."""
    source, target = weights.languages[0], weights.languages[-1]
    segment = EncodedSegment(tokenizer.pieces("Hello."), source, target)
    try:
        (result,) = backend.translate([segment], Decoding(beam_size=1, max_pieces=16))
        tokenizer.ids(result.pieces)
    except (KeyError, TranslationError) as error:
        raise InitializationError(
            f"The weights in {weights.path} loaded, but cannot translate: {error}"
        ) from error
