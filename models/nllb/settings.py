"""What the NLLB model reads from `NLLB_*`; the service's own settings are in common.settings."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class NLLBSettings(BaseSettings):
    """Weights, engine and decoding. Read once, when the model is constructed."""

    model_config = SettingsConfigDict(
        env_prefix="NLLB_", frozen=True, use_attribute_docstrings=True, protected_namespaces=()
    )

    model_path: Path | None = None
    """Folder of the weights to serve; unset: the newest that were pulled, else the demo."""

    engine: Literal["ctranslate2", "transformers"] = "ctranslate2"
    """What computes. `transformers` is the reference: it needs torch and weights in its format."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where it computes; `auto` takes the first GPU, if there is one."""

    compute_type: Literal[
        "auto",
        "int8",
        "int8_float32",
        "int8_float16",
        "int8_bfloat16",
        "int16",
        "float16",
        "bfloat16",
        "float32",
    ] = "auto"
    """Arithmetic of the engine; `auto`: int8 on a CPU, int8_float16 on a GPU. transformers knows
    only float32 (`auto`), float16 and bfloat16."""

    threads: int = Field(default=0, ge=0, le=256)
    """CPU threads one batch is computed with; 0: all cores the process may use."""

    beam_size: int = Field(default=2, ge=1, le=4)
    """Hypotheses kept while decoding, where the caller asks for no other number. 1 is fastest; each
    further one takes time, and gains less than the one before."""

    max_segment_tokens: int | None = Field(default=None, ge=16, le=1024)
    """Most tokens a segment may have, its two marks included; a longer sentence is split. Unset:
    512, and 96 for the embedded demo, which has only seen short sentences."""

    max_output_tokens: int | None = Field(default=None, ge=1, le=1022)
    """Most tokens a segment may become; unset: 1000, and 500 for the embedded demo. Decoding stops
    sooner where the output is far longer than its source."""

    max_batch_segments: int = Field(default=32, ge=1, le=1024)
    """Most segments computed together."""

    max_batch_tokens: int = Field(default=2048, ge=16)
    """Most source tokens computed together, padding included; bounds memory and a batch's time."""

    queue_size: int = Field(default=2048, ge=1)
    """Segments that may wait; when as many do, new texts are answered with 503. A long text queues
    only a few batches of its segments at a time."""

    repetition_penalty: float = Field(default=1.0, ge=1.0, le=2.0)
    """Makes tokens already written less likely, always; 1: off."""

    no_repeat_ngram_size: int = Field(default=0, ge=0, le=16)
    """Forbids repeating any run of so many tokens, always; 0: off."""

    retry_repetition_penalty: float = Field(default=1.2, ge=1.0, le=2.0)
    """The penalty a segment is tried once more with when its translation ran in a loop."""

    retry_no_repeat_ngram_size: int = Field(default=4, ge=0, le=16)
    """The run of tokens that is forbidden to repeat in that second attempt."""

    shortlist: bool = False
    """Restricts the output to the pieces in the weights' `vmap.txt`, for the languages it was made
    for: faster. Needs that file."""

    drain_s: float = Field(default=30.0, ge=0, le=600)
    """Seconds that shutting down waits for the texts being translated."""
