"""The engines that compute NLLB, behind one protocol; what to compute is decided elsewhere."""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from typing_extensions import override

from common.cores import usable_cores
from models.base.exceptions import InitializationError, TranslationError
from models.nllb.settings import NLLBSettings
from models.nllb.tokenizer import EOS, PAD, NLLBTokenizer

if TYPE_CHECKING:
    import torch

# The language before the pieces and the end mark behind them count as output, for both engines.
_OUTPUT_MARKS = 2
# And these stand before the pieces where the decoder reads them: the start mark and the language.
_INPUT_MARKS = 2


@dataclass(frozen=True, slots=True)
class EncodedSegment:
    """A segment's pieces and its two languages."""

    pieces: tuple[str, ...]
    source_lang: str
    target_lang: str

    @property
    def tokens(self) -> list[str]:
        """NLLB's layout of a source."""
        return [self.source_lang, *self.pieces, EOS]


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a batch is decoded; lengths count pieces, without marks."""

    beam_size: int
    max_pieces: int
    min_pieces: int = 0
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    shortlist: bool = False
    hypotheses: int = 1
    """At most as many as the beam is wide."""


@dataclass(frozen=True, slots=True)
class DecodedSegment:
    """The pieces written; `finished` is false where they were cut at `max_pieces`."""

    pieces: tuple[str, ...]
    finished: bool
    score: float | None = field(default=None, compare=False)
    """Mean log-probability of the pieces and the end mark, as they were decoded. Equal outputs may
    differ in it by what rounding makes."""
    others: tuple["DecodedSegment", ...] = ()
    """The further hypotheses, the likeliest first."""


class Backend(Protocol):
    """An engine with its weights loaded. Called from one thread at a time; blocks."""

    device: str
    compute_type: str

    def translate(
        self, batch: Sequence[EncodedSegment], decoding: Decoding
    ) -> list[DecodedSegment]:
        """The batch's translations, in its order; language pairs may be mixed.

        Raises:
            TranslationError: The engine failed.
        """

    def close(self) -> None:
        """Frees the weights."""


class CTranslate2Backend(Backend):
    """CTranslate2, the engine for serving."""

    def __init__(self, path: Path, settings: NLLBSettings) -> None:
        import ctranslate2  # noqa: PLC0415

        self.device = settings.device
        if self.device == "auto":
            self.device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        compute_type = settings.compute_type
        if compute_type == "auto":
            compute_type = "int8_float16" if self.device == "cuda" else "int8"
        try:
            self._translator = ctranslate2.Translator(
                str(path),
                device=self.device,
                compute_type=compute_type,
                inter_threads=1,
                intra_threads=settings.threads or usable_cores(),
            )
        except (RuntimeError, ValueError) as error:
            raise InitializationError(f"CTranslate2 cannot load {path.name}: {error}") from error
        self.compute_type: str = self._translator.compute_type

    @override
    def translate(
        self, batch: Sequence[EncodedSegment], decoding: Decoding
    ) -> list[DecodedSegment]:
        try:
            results = self._translator.translate_batch(
                [segment.tokens for segment in batch],
                [[segment.target_lang] for segment in batch],
                beam_size=decoding.beam_size,
                max_decoding_length=decoding.max_pieces + _OUTPUT_MARKS,
                # The language counts; the end mark does not.
                min_decoding_length=decoding.min_pieces + 1,
                no_repeat_ngram_size=decoding.no_repeat_ngram_size,
                repetition_penalty=decoding.repetition_penalty,
                # Nothing is cut here: a source that is too long is split before.
                max_input_length=0,
                return_end_token=True,
                return_scores=True,
                num_hypotheses=decoding.hypotheses,
                use_vmap=decoding.shortlist,
            )
        except (RuntimeError, ValueError) as error:
            raise TranslationError("CTranslate2 failed on this text.") from error
        return [
            _gathered(
                # It divides by a length in which the language counts, which was given.
                _decoded(tokens[1:], score * len(tokens) / max(1, len(tokens) - 1), decoding)
                for tokens, score in zip(result.hypotheses, result.scores, strict=True)
            )
            for result in results
        ]

    @override
    def close(self) -> None:
        self._translator.unload_model()


class TransformersBackend(Backend):
    """transformers on torch, the reference that CTranslate2 is held to.

    Beam search is set to be CTranslate2's: `early_stopping=True` ends it when as many hypotheses
    are finished as the beam is wide (`patience=1`), `length_penalty=1` divides by the length. That
    length counts the target language, as CTranslate2's does, because the language is forced as the
    first token and not given as a prompt. `_EngineRules` does the rest.
    """

    def __init__(self, path: Path, settings: NLLBSettings) -> None:
        try:
            import torch  # noqa: PLC0415
            import transformers  # noqa: PLC0415
        except ImportError as error:
            raise InitializationError(
                "NLLB_ENGINE=transformers needs torch and transformers."
            ) from error
        self._tokenizer = NLLBTokenizer(path / "tokenizer.json")
        self.device = settings.device
        if self.device == "auto":
            self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.compute_type = "float32" if settings.compute_type == "auto" else settings.compute_type
        if self.compute_type not in {"float32", "float16", "bfloat16"}:
            raise InitializationError(f"transformers cannot compute in {self.compute_type}.")
        if settings.threads:
            torch.set_num_threads(settings.threads)
        loader: Any = transformers.M2M100ForConditionalGeneration
        try:
            model = loader.from_pretrained(
                path, dtype=getattr(torch, self.compute_type), local_files_only=True
            )
            self._model = model.to(self.device).eval()
        except (OSError, RuntimeError, ValueError) as error:
            raise InitializationError(f"transformers cannot load {path.name}: {error}") from error

    @override
    def translate(
        self, batch: Sequence[EncodedSegment], decoding: Decoding
    ) -> list[DecodedSegment]:
        import torch  # noqa: PLC0415

        rows = [self._tokenizer.ids(segment.tokens) for segment in batch]
        width = max(map(len, rows))
        pad, eos = self._tokenizer.ids([PAD, EOS])
        sources = torch.tensor([row + [pad] * (width - len(row)) for row in rows])
        targets = torch.tensor(self._tokenizer.ids(segment.target_lang for segment in batch))
        rules = _EngineRules(targets.to(self.device), eos, decoding.beam_size)
        # Without a beam, transformers warns of options that only a beam has.
        beam = {"early_stopping": True, "length_penalty": 1.0} if decoding.beam_size > 1 else {}
        sources = sources.to(self.device)
        try:
            output = self._model.generate(
                input_ids=sources,
                attention_mask=sources != pad,
                decoder_input_ids=torch.full((len(batch), 1), eos, device=self.device),
                logits_processor=[rules],
                max_new_tokens=decoding.max_pieces + _OUTPUT_MARKS,
                min_new_tokens=decoding.min_pieces + 1,
                no_repeat_ngram_size=decoding.no_repeat_ngram_size,
                repetition_penalty=decoding.repetition_penalty,
                num_beams=decoding.beam_size,
                num_return_sequences=decoding.hypotheses,
                do_sample=False,
                **beam,
            )
            scores = self._scores(sources, output.view(len(batch), decoding.hypotheses, -1), pad)
        except (RuntimeError, ValueError) as error:
            raise TranslationError("transformers failed on this text.") from error
        decoded = (
            _decoded(self._tokenizer.tokens(row), score, decoding)
            for row, score in zip(output[:, _INPUT_MARKS:].tolist(), scores, strict=True)
        )
        return [_gathered(itertools.islice(decoded, decoding.hypotheses)) for _ in batch]

    def _scores(self, sources: "torch.Tensor", outputs: "torch.Tensor", pad: int) -> list[float]:
        """Each output's score: asked for by `generate`, it would keep all tokens' of all steps."""
        import torch  # noqa: PLC0415

        scores = []
        with torch.inference_mode():
            for source, hypotheses in zip(sources, outputs, strict=True):
                source_ids = source[source != pad].expand(len(hypotheses), -1)
                logits = self._model(
                    input_ids=source_ids,
                    attention_mask=torch.ones_like(source_ids),
                    decoder_input_ids=hypotheses[:, :-1],
                ).logits[:, 1:]
                tokens = hypotheses[:, _INPUT_MARKS:]
                chosen = logits.float().log_softmax(-1).gather(2, tokens.unsqueeze(2)).squeeze(2)
                written = tokens != pad
                scores += ((chosen * written).sum(1) / written.sum(1)).tolist()
        return scores

    @override
    def close(self) -> None:
        del self._model


class _EngineRules:
    """What CTranslate2 does to a step's scores, and transformers does not.

    The first token is the language. What is forbidden leaves its probability to the rest. And where
    the end mark is among the beam's first pieces without being the best of them, it is dropped and
    its place in the beam stays empty: transformers would count it as a finished hypothesis, end the
    search one hypothesis earlier and write worse (1 of 600 sentences).

    A repetition penalty stays different for beams: transformers applies it to log-probabilities,
    CTranslate2 to what they are made of.
    """

    def __init__(self, languages: "torch.Tensor", eos: int, beam_size: int) -> None:
        self._languages = languages.repeat_interleave(beam_size).unsqueeze(1)
        self._eos, self._beam_size = eos, beam_size

    def __call__(self, written: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        """Scores of the next token; the rows are sentences times beams, `written` has the start."""
        nothing = scores.new_full(scores.shape, -math.inf)
        if written.shape[1] == 1:
            return nothing.scatter(1, self._languages, 0.0)
        scores = scores.log_softmax(dim=1)
        if written.shape[1] > _INPUT_MARKS:
            return scores
        values, pieces = scores.topk(self._beam_size)
        ends = pieces == self._eos
        beam = nothing.scatter(1, pieces, values.masked_fill(ends, -math.inf))
        return beam.where(ends[:, 1:].any(dim=1, keepdim=True), scores)


def _decoded(tokens: Sequence[str], score: float, decoding: Decoding) -> DecodedSegment:
    """Pieces up to the end mark; an output without one may have a piece too many in its place."""
    pieces = tuple(itertools.takewhile(lambda token: token != EOS, tokens))
    return DecodedSegment(pieces[: decoding.max_pieces], len(pieces) < len(tokens), score)


def _gathered(hypotheses: Iterable[DecodedSegment]) -> DecodedSegment:
    best, *others = hypotheses
    return replace(best, others=tuple(others))


def load_backend(path: Path, settings: NLLBSettings) -> Backend:
    """The engine that is set, with the weights in a folder.

    Raises:
        InitializationError: It cannot be loaded.
    """
    engine = CTranslate2Backend if settings.engine == "ctranslate2" else TransformersBackend
    try:
        return engine(path, settings)
    except ImportError as error:
        raise InitializationError(f"The engine {settings.engine} is not installed.") from error
