"""What a caller says about a translation in a field that a chat API does not have."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bentos.errors import InvalidRequestError
from models.base.request_models import TextFormat, TranslationRequest
from models.base.translation_model import Text, TranslationOptions

StopText = Annotated[Text, Field(max_length=256)]
"""One that ends an answer. What is written is compared with it character by character."""

_Language = Annotated[Text, Field(min_length=2, max_length=32)]


class TranslationWishes(BaseModel):
    """With a `target_lang` the text is translated; without one it is none of our business."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    target_lang: _Language | None = Field(
        default=None, description="Translates the last user message into this language."
    )
    source_lang: _Language | None = Field(
        default=None, description="What it is translated from; detected where it is left out."
    )
    format: TextFormat | None = Field(default=None, description="How the text is marked up.")
    formality: Annotated[Text, Field(max_length=32)] | None = Field(
        default=None, description="Wanted register, as `formal` or `informal`."
    )
    glossary: Annotated[dict[Text, Text], Field(max_length=1000)] | None = Field(
        default=None, description="Source terms and the translations to use."
    )
    glossary_id: Annotated[Text, Field(max_length=64)] | None = Field(
        default=None, description="A stored glossary, whose terms are used as well."
    )
    context: Annotated[Text, Field(max_length=10_000)] | None = Field(
        default=None, description="Text that surrounds the one to translate."
    )

    def translation(self, text: str) -> TranslationRequest | None:
        """The text as it is to be translated; None: it is not to be.

        Raises:
            InvalidRequestError: It is not said into which language.
        """
        if self.target_lang is None:
            if self.source_lang is not None:
                raise missing_target()
            return None
        return TranslationRequest(
            text=text,
            source_lang=self.source_lang or "auto",
            target_lang=self.target_lang,
            format=self.format or "text",
            options=TranslationOptions(
                formality=self.formality, glossary=self.glossary, context=self.context
            ),
        )


def missing_target() -> InvalidRequestError:
    """A language to translate from, and none into which."""
    return InvalidRequestError(
        "Send `target_lang`, the language to translate into.", field="target_lang"
    )
