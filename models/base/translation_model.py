"""The contract every package under `models/` fulfils, and nothing about how."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.base.chat_model import ChatModel
from models.base.exceptions import UnsupportedLanguageError
from models.base.glossary_use import GlossaryUse
from models.base.manifest import Manifest


class WarningCode(StrEnum):
    """Everything a caller must know about a translation that is not simply right."""

    SEGMENT_SPLIT = "segment_split"
    TRUNCATED = "truncated"
    REPETITION = "repetition"
    UNKNOWN_CHARACTERS = "unknown_characters"
    EMPTY_OUTPUT = "empty_output"
    UNTRANSLATED = "untranslated"
    WRONG_LANGUAGE = "wrong_language"
    EXTRA_TEXT = "extra_text"
    SAME_LANGUAGE = "same_language"
    OPTION_IGNORED = "option_ignored"
    LOW_CONFIDENCE = "low_confidence"
    PLACEHOLDER_LOST = "placeholder_lost"


class TranslationWarning(BaseModel):
    """Something done to a text that its caller would not expect."""

    model_config = ConfigDict(frozen=True)

    code: WarningCode
    message: str = Field(description="In English, for a person; never quotes the text.")
    segment: int | None = Field(
        default=None, description="Index of the segment concerned, from 0; null: the whole text."
    )


def _encodable(text: str) -> str:
    """JSON may escape half a surrogate pair, which no answer could carry back."""
    try:
        text.encode()
    except UnicodeEncodeError:
        message = "must be text that UTF-8 can carry"
        raise ValueError(message) from None
    return text


Text = Annotated[str, AfterValidator(_encodable)]
"""Any text that can be sent back."""


class TranslationOptions(BaseModel):
    """What a caller may ask for beyond the languages; one that is not honoured gives a warning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    beam_size: int | None = Field(
        default=None,
        ge=1,
        le=10,
        description="Hypotheses kept while decoding; null: the model's default.",
    )
    max_output_tokens: int | None = Field(
        default=None,
        ge=1,
        le=4096,
        description="Most tokens a segment may become; null: the model's default.",
    )
    formality: Text | None = Field(
        default=None, max_length=32, description="Wanted register, as `formal` or `informal`."
    )
    glossary: dict[Text, Text] | None = Field(
        default=None, max_length=1000, description="Source terms and the translations to use."
    )
    context: Text | None = Field(
        default=None, max_length=10_000, description="Text that surrounds the one to translate."
    )
    alternatives: int | None = Field(
        default=None, ge=0, le=5, description="Other translations wanted beside the best."
    )

    def given(self) -> list[str]:
        """Names of the options that are set; no alternatives are what is given anyhow."""
        given = self.model_dump(exclude_none=True)
        return sorted(name for name in given if name != "alternatives" or self.alternatives)


class ModelInfo(BaseModel):
    """What a model says of itself; loading changes nothing of it but `supported_languages`."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    supported_languages: list[str] = Field(
        description="FLORES-200 codes, those the loaded weights speak."
    )
    max_tokens: int = Field(
        description="Most tokens a segment may have; longer texts are split, not cut."
    )
    memory_requirements: str = Field(description="Resident memory to plan for, in words.")
    description: str


class ModelDetails(BaseModel):
    """What is loaded, beyond `ModelInfo`; null where it is unknown."""

    model_config = ConfigDict(frozen=True)

    engine: str | None = None
    quantization: str | None = None
    device: str | None = None
    weights: str | None = Field(
        default=None,
        description="Where the weights come from: a store tag, a hub repository, a file name.",
    )
    weights_revision: str | None = None
    license: str | None = None
    demo: bool = Field(
        default=False,
        description="True while the small embedded demo is served in place of the full model.",
    )
    memory_bytes: int | None = Field(
        default=None, ge=0, description="Resident memory that loading the model added, measured."
    )
    formality: bool = Field(default=False, description="Whether it honours the option `formality`.")
    chat: bool = Field(default=False, description="Whether it answers chats as well.")


@dataclass(frozen=True, slots=True)
class SegmentTranslation:
    """One segment, in document order.

    The whole text is the concatenation of every segment's `before` + `text` + `after`.
    """

    index: int
    total: int
    source: str
    text: str
    before: str = ""
    after: str = ""
    warnings: tuple[TranslationWarning, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    confidence: float | None = None
    """From 0 to 1, by the model's own scores; None where it has none."""
    alternatives: tuple[str, ...] = ()
    """Other translations of the segment, the likeliest first."""
    glossary: GlossaryUse | None = None
    """None: no term of a glossary was asked for."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A whole text's translation."""

    text: str
    segments: tuple[SegmentTranslation, ...] = ()
    warnings: tuple[TranslationWarning, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    alternatives: tuple[str, ...] = ()
    """Other translations of the whole, the likeliest first."""
    glossary: GlossaryUse | None = None
    """None: no term of a glossary was asked for."""

    @classmethod
    def of(cls, segments: Sequence[SegmentTranslation]) -> Self:
        """What all of a text's segments make, in order."""
        return cls(
            text="".join(one.before + one.text + one.after for one in segments),
            segments=tuple(segments),
            warnings=tuple(warning for one in segments for warning in one.warnings),
            tokens_in=sum(one.tokens_in for one in segments),
            tokens_out=sum(one.tokens_out for one in segments),
            alternatives=_whole_alternatives(segments),
            glossary=GlossaryUse.of(one.glossary for one in segments),
        )


def _whole_alternatives(segments: Sequence[SegmentTranslation]) -> tuple[str, ...]:
    """The k-th has every segment's k-th; one that has not so many stands as translated."""
    count = max((len(one.alternatives) for one in segments), default=0)
    return tuple(
        "".join(
            one.before + next(iter(one.alternatives[rank : rank + 1]), one.text) + one.after
            for one in segments
        )
        for rank in range(count)
    )


_NO_OPTIONS = TranslationOptions()


class TranslationModel(ABC):
    """One model in one process.

    Order: `initialize` once, then any number of the others, concurrently, then `cleanup` once.
    Everything but
    `initialize`, `get_model_info` and `cleanup` raises `ModelNotReadyError` before `initialize`
    returned and after
    `cleanup` began. Callers may be cancelled at any moment. Languages are FLORES-200 codes.
    """

    honours_glossary: bool = False
    """Whether it can be told of the option `glossary`; of one that cannot, whoever wraps it sees
    to the terms, and does not pass the option on."""

    @abstractmethod
    async def initialize(self) -> None:
        """Loads the weights.

        Raises:
            InitializationError: with what the operator can do about it.
        """

    @abstractmethod
    async def translate(self, text: str, source_lang: str, target_lang: str) -> str:
        """Translates a text of any length; white space between sentences comes back as it was.

        Raises:
            LinguaNexusError: any of its kinds.
        """

    @abstractmethod
    async def health_check(self) -> bool:
        """True while the model can translate. Never infers, never blocks."""

    @abstractmethod
    def get_model_info(self) -> ModelInfo:
        """May be called at any time, loaded or not."""

    @abstractmethod
    async def cleanup(self) -> None:
        """Finishes what was begun, refuses what is new, frees the weights. May be called twice."""

    def get_model_details(self) -> ModelDetails:
        """What is loaded; by default nothing is known of it."""
        return ModelDetails()

    def get_manifest(self) -> Manifest | None:
        """What the loaded weights say of themselves; None where they do not, or none are."""
        return None

    def get_chat_model(self) -> ChatModel | None:
        """What answers chats; None where the model only translates."""
        return None

    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = _NO_OPTIONS,
    ) -> AsyncIterator[SegmentTranslation]:
        """Translates segment by segment, in order; by default the whole text is one segment."""
        translated = await self.translate(text, source_lang, target_lang)
        ignored = tuple(
            TranslationWarning(
                code=WarningCode.OPTION_IGNORED, message=f"This model has no option {name!r}."
            )
            for name in options.given()
        )
        yield SegmentTranslation(index=0, total=1, source=text, text=translated, warnings=ignored)

    async def translate_in_detail(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = _NO_OPTIONS,
    ) -> Translation:
        """What `translate` gives, with its segments and warnings."""
        segments = self.stream(text, source_lang, target_lang, options)
        return Translation.of([segment async for segment in segments])

    def unsupported_language(self, language: str) -> UnsupportedLanguageError:
        """The error for a language the loaded weights do not speak; a model may add a remedy."""
        return UnsupportedLanguageError(
            language, supported=list(self.get_model_info().supported_languages)
        )
