"""What the Aya model reads from `AYA_*`; the service's own settings are in common.settings."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.engines.llamacpp.contract import CacheType, EngineSettings

_ENGINE = EngineSettings()


class AyaSettings(BaseSettings):
    """Weights, engine and sampling. Read once, when the model is constructed."""

    model_config = SettingsConfigDict(
        env_prefix="AYA_", frozen=True, use_attribute_docstrings=True, protected_namespaces=()
    )

    model_path: Path | None = None
    """GGUF file, or folder of weights, to serve; unset: the newest that were pulled, else the
    demo."""

    slots: int = Field(default=_ENGINE.slots, ge=1, le=64)
    """Segments computed at once; more of them wait."""

    context_tokens: int = Field(default=_ENGINE.context_tokens, ge=256, le=131_072)
    """Most tokens that a segment, all that goes along with it and its translation may take
    together. Each slot has as many; an 8B model takes 68 KiB of memory for each of them, and
    128 with `f16`."""

    prefix_tokens: int = Field(default=_ENGINE.prefix_tokens, ge=0, le=131_072)
    """Tokens beside those of the slots, for what prompts begin with: instructions and passages are
    kept computed there."""

    prefill_tokens: int | None = Field(default=None, ge=1, le=4096)
    """Most tokens of a step that computes prompts; unset: 64, and 256 for the embedded demo. More
    starts texts sooner and makes those being written wait longer for their next word. On a CPU 64
    reach 98 % of an 8B model's most tokens a second; a GPU wants 512."""

    threads: int = Field(default=0, ge=0, le=256)
    """CPU threads; 0: all cores the process may use."""

    gpu_layers: int = Field(default=-1, ge=-1, le=1024)
    """Layers computed on the GPU; -1: all that fit, none where there is no GPU."""

    cache_type: CacheType | None = None
    """What keys and values are kept in, `q8_0` or `f16`; unset: `q8_0` on a CPU, `f16` on a GPU.
    Translations are as good with either, and `q8_0` takes half the memory."""

    queue_size: int = Field(default=1024, ge=1)
    """Segments that may wait for a slot; when as many do, new texts are answered with 503. A long
    text queues only a few of its segments at a time."""

    segments_in_flight: int | None = Field(default=None, ge=1, le=1024)
    """Segments of one text that are in work or wait at a time; unset: one a slot."""

    max_segment_tokens: int | None = Field(default=None, ge=16, le=4096)
    """Most tokens a segment may have; a longer sentence is split. Unset: 256, and 64 for the
    embedded demo, which has only seen short sentences."""

    max_output_tokens: int | None = Field(default=None, ge=1, le=4096)
    """Most tokens a segment may become; unset: 1024, and 256 for the embedded demo. Writing stops
    sooner where the output is far longer than its source."""

    max_passage_tokens: int | None = Field(default=None, ge=0, le=65_536)
    """Most tokens of the passage that the model is shown around a segment; 0: none. Unset: a third
    of what a request may hold, and 64 for the embedded demo."""

    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    """Chance in the choice of words; 0: always the likeliest."""

    top_k: int = Field(default=0, ge=0)
    """Chooses among so many of the likeliest tokens; 0: all."""

    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    """Chooses among the likeliest tokens that have this share together; 1: all."""

    min_p: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Leaves out tokens less likely than this share of the likeliest; 0: none."""

    repeat_penalty: float = Field(default=1.0, ge=1.0, le=2.0)
    """Makes tokens written lately less likely, always; 1: off."""

    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    """What chance begins with: with the same, a text comes out the same again."""

    retry_temperature: float = Field(default=0.3, ge=0.0, le=2.0)
    """The temperature a segment is tried once more with where something is wrong with its
    translation."""

    retry_repeat_penalty: float = Field(default=1.15, ge=1.0, le=2.0)
    """The penalty in that second attempt."""

    ignore_end: bool = False
    """For measuring only: writes on past the model's end mark, up to the length asked for, and
    tries nothing once more, so that every request is the same work."""

    drain_s: float = Field(default=30.0, ge=0, le=600)
    """Seconds that shutting down waits for the texts being translated."""

    def engine(self) -> EngineSettings:
        """What of it the engine is started with."""
        return EngineSettings(
            slots=self.slots,
            context_tokens=self.context_tokens,
            prefix_tokens=self.prefix_tokens,
            prefill_tokens=self.prefill_tokens or _ENGINE.prefill_tokens,
            threads=self.threads,
            gpu_layers=self.gpu_layers,
            cache_type=self.cache_type,
            queue_size=self.queue_size,
        )
