"""The bodies of the adaptive paths, in the predecessor's members; nothing of how they are made."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from bentos.gateway.legacy import adaptive_chunks as chunks
from bentos.gateway.legacy.adaptive_chunks import Chunks
from bentos.gateway.legacy.adaptive_quality import THRESHOLD, Assessment
from bentos.gateway.legacy.adaptive_stages import Finished, Progress
from models.base.translation_model import Text

MAX_OPTIMISATION_S: Final = 30.0


class _Body(BaseModel):
    """Members nobody knows are let pass, as they always were."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class AdaptiveRequest(_Body):
    """A text to translate in stages."""

    text: Text
    source_lang: Text
    target_lang: Text
    api_key: Text
    user_preference: Text = "balanced"
    """`fast`, `balanced` or `quality`; any other counts as `balanced`."""
    force_optimization: bool = False
    max_optimization_time: float = Field(default=5.0, ge=0, allow_inf_nan=False)
    """Seconds; more than 30 count as 30."""


class ChunkRequest(_Body):
    """A text to cut."""

    text: Text
    source_lang: Text = "auto"
    target_lang: Text = "en"
    min_chunk_size: int = Field(default=chunks.MIN_CHARS, ge=0)
    max_chunk_size: int = Field(default=chunks.MAX_CHARS, ge=10)

    @model_validator(mode="after")
    def ordered(self) -> "ChunkRequest":
        if self.min_chunk_size > self.max_chunk_size:
            message = "min_chunk_size must not be larger than max_chunk_size"
            raise ValueError(message)
        return self


class QualityRequest(_Body):
    """A text and a translation of it."""

    original: Text
    translation: Text
    source_lang: Text = "auto"
    target_lang: Text = "en"


Members = dict[str, JsonValue]


def answer_of(request: AdaptiveRequest, finished: Finished) -> Members:
    """Of `/adaptive/translate`; `translation` first, for clients that read by the first match."""
    return {
        "translation": finished.translation,
        "original_text": request.text,
        **_result(request, finished),
    }


def event_of(request: AdaptiveRequest, stage: Progress | Finished) -> Members:
    """Of `/adaptive/translate/progressive`.

    Only the last event has a score, a grade and the like: clients take the first of each.
    """
    if isinstance(stage, Progress):
        return {
            "stage": stage.stage,
            "translation": stage.translation,
            "progress": stage.progress,
            "status_message": stage.message,
            "metadata": stage.details,
        }
    return {
        "stage": "completed",
        "translation": stage.translation,
        "final_translation": stage.translation,
        "progress": 1.0,
        "status_message": "The translation is complete.",
        **_result(request, stage),
    }


def failure_of(message: str) -> Members:
    """The event of a text that has failed."""
    return {"stage": "error", "status_message": message, "error": message}


def _result(request: AdaptiveRequest, finished: Finished) -> Members:
    return {
        "quality_score": finished.assessment.score,
        "quality_grade": finished.assessment.grade,
        "optimization_applied": finished.optimised,
        "processing_time": round(finished.seconds, 4),
        "cache_hit": finished.cache_hit,
        "metadata": {
            "user_preference": request.user_preference,
            "source_lang": request.source_lang,
            "target_lang": request.target_lang,
            **finished.details,
        },
    }


def chunks_of(request: ChunkRequest, cut: Chunks) -> Members:
    """Of `/adaptive/chunk`.

    `coherence_score` is the share of cuts that stand between sentences, `optimal_size_estimate`
    the size that holds a paragraph of average length, within the sizes asked for.
    """
    total = len(cut.text)
    average = total / max(1, len(cut.spans))
    paragraph = round(total / chunks.paragraphs(cut.text))
    return {
        "chunks": [*cut.parts()],
        "chunk_boundaries": [[start, stop] for start, stop in cut.spans],
        "content_type": chunks.content_type(cut),
        "coherence_score": round(cut.coherence(), 4),
        "optimal_size_estimate": min(
            request.max_chunk_size, max(request.min_chunk_size, paragraph)
        ),
        "metadata": {
            "discourse_features": {**chunks.features(cut)},
            "total_length": total,
            "num_chunks": len(cut.spans),
            "avg_chunk_size": round(average, 1),
        },
    }


def quality_of(assessment: Assessment) -> Members:
    """Of `/adaptive/quality/assess`."""
    return {
        "overall_score": assessment.score,
        "quality_grade": assessment.grade,
        "dimension_scores": {**assessment.dimensions},
        "optimization_needed": assessment.score < THRESHOLD,
        "improvement_suggestions": [*assessment.suggestions],
        "confidence_interval": [*assessment.interval],
    }
