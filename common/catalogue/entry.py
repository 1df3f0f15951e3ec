"""What the catalogue says of one model: facts of its repository and architecture, no estimate."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from common.paths import stays_below

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]
"""Lower case, as it is typed."""


class Family(StrEnum):
    """What a model is for."""

    TRANSLATION = "translation"
    EMBEDDING = "embedding"
    CHAT = "chat"
    VISION = "vision"


class Purpose(StrEnum):
    """What it is best at among its family."""

    SPEED = "speed"
    BALANCED = "balanced"
    QUALITY = "quality"
    SPECIALISED = "specialised"


class Kind(StrEnum):
    """What a model consists of, on which memory and speed depend."""

    ENCODER = "encoder"
    DECODER = "decoder"
    ENCODER_DECODER = "encoder-decoder"


class Engine(StrEnum):
    """What computes it here, or would."""

    CTRANSLATE2 = "ctranslate2"
    LLAMACPP = "llamacpp"
    TRANSFORMERS = "transformers"


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Architecture(_Facts):
    """The numbers of the model's `config.json`, or of its GGUF header."""

    name: str = Field(min_length=1, examples=["m2m_100", "cohere", "llama", "bert"])
    kind: Kind
    parameters: int = Field(gt=0, description="All of them; of a mixture, of all its experts.")
    active_parameters: int | None = Field(
        default=None, gt=0, description="Those that one token is computed with; null: all."
    )
    layers: int = Field(gt=0, description="Of the decoder, where there is one, else the encoder.")
    encoder_layers: int = Field(default=0, ge=0, description="Of an encoder-decoder's encoder.")
    heads: int = Field(gt=0)
    kv_heads: int | None = Field(default=None, gt=0, description="null: as many as `heads`.")
    head_dimension: int | None = Field(
        default=None, gt=0, description="null: `dimension` / `heads`."
    )
    attention_layers: int | None = Field(
        default=None, ge=0, description="Layers that keep keys and values; null: all."
    )
    dimension: int = Field(gt=0, description="Of the hidden state, and of an embedding.")
    inner_dimension: int = Field(gt=0, description="Of the feed-forward layers.")
    vocabulary: int = Field(gt=0)
    tied_embeddings: bool = Field(
        default=True, description="Whether input and output share one matrix."
    )
    context: int = Field(gt=0, description="Most tokens it was trained for.")

    @model_validator(mode="after")
    def _computable(self) -> Self:
        if self.heads % (self.kv_heads or self.heads):
            raise ValueError("heads is no multiple of kv_heads")
        if (self.attention_layers or 0) > self.layers:
            raise ValueError("attention_layers are more than layers")
        if (self.encoder_layers > 0) != (self.kind is Kind.ENCODER_DECODER):
            raise ValueError("encoder_layers are an encoder-decoder's, which has some")
        return self


class HubFile(_Facts):
    """A file of the repository. What is not known is null, never guessed."""

    name: str = Field(min_length=1)
    size: int | None = Field(default=None, gt=0, description="Bytes.")
    rounded: bool = Field(
        default=False, description="Whether `size` is known to three digits only, as pages show it."
    )
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _stays_below(self) -> Self:
        if not stays_below(self.name):
            raise ValueError("a file's name must stay below its folder")
        return self


class QuantizationOffer(_Facts):
    """A format the weights come in, or are converted to when they are pulled."""

    name: str = Field(min_length=1, examples=["int8", "Q4_K_M"])
    file: HubFile | None = Field(
        default=None, description="The one file that holds it; null: made here of `files`."
    )


class Entry(_Facts):
    """One model. `unverified` names the members that could not be checked against their source."""

    id: Identifier
    aliases: tuple[Identifier, ...] = ()
    family: Family
    name: str = Field(min_length=1, description="For people.")
    bento: Identifier | None = Field(
        default=None, description="The Bento that serves it; null: none does yet."
    )
    engine: Engine
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="On the hub.")
    revision: str | None = Field(default=None, description="Branch, tag or commit; null: main.")
    files: tuple[HubFile, ...] = Field(default=(), description="What is downloaded of it.")
    architecture: Architecture
    languages: tuple[str, ...] = Field(
        min_length=1, description="FLORES-200 codes of what it was made for."
    )
    license: str = Field(min_length=1, description="SPDX where there is one.")
    commercial_use: bool = Field(
        description="Whether nearly anyone may use it so; false: some need another licence."
    )
    quantizations: tuple[QuantizationOffer, ...] = Field(min_length=1)
    default_quantization: str
    purpose: Purpose
    default: bool = Field(default=False, description="What its family offers first.")
    description: str = Field(min_length=1)
    unverified: tuple[str, ...] = ()

    @property
    def servable(self) -> bool:
        """Whether a Bento for it exists."""
        return self.bento is not None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [offer.name for offer in self.quantizations]
        if self.default_quantization not in names:
            raise ValueError("default_quantization is not among the quantizations")
        if len({name.upper() for name in names}) != len(names):
            raise ValueError("a quantization is named twice")
        unknown = sorted(set(self.unverified) - set(type(self).model_fields))
        if unknown:
            raise ValueError(f"unverified names no members: {', '.join(unknown)}")
        return self

    def quantization(self, name: str) -> QuantizationOffer | None:
        """The offer of that name, whatever its case."""
        wanted = name.upper()
        return next((each for each in self.quantizations if each.name.upper() == wanted), None)
