"""What a caller asked a model for, and what is refused of it; not how it is translated."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.base.exceptions import EmptyTextError, SameLanguageError, UnsupportedLanguageError
from models.base.translation_model import (
    TranslationModel,
    TranslationOptions,
    TranslationWarning,
    WarningCode,
)


@dataclass(frozen=True, slots=True)
class Order:
    """A text, its languages and the options."""

    text: str
    source_lang: str
    target_lang: str
    options: TranslationOptions

    def check(self, model: TranslationModel) -> None:
        """Lets only what `model` can translate pass.

        Raises:
            UnsupportedLanguageError: It does not speak one of the languages.
            SameLanguageError: There is nothing to translate into.
            EmptyTextError: There is nothing to translate.
        """
        supported = model.get_model_info().supported_languages
        for language in (self.source_lang, self.target_lang):
            if language not in supported:
                raise model.unsupported_language(language)
        if self.source_lang == self.target_lang:
            raise SameLanguageError(self.source_lang)
        if not self.text.strip():
            raise EmptyTextError("The text is empty.")


def ignored(message: str) -> TranslationWarning:
    """The warning that an option is not honoured as it was given."""
    return TranslationWarning(code=WarningCode.OPTION_IGNORED, message=message)


def demo_lacks(language: str, spoken: Sequence[str], command: str) -> UnsupportedLanguageError:
    """The error for a language that a demo lacks, with its remedy."""
    return UnsupportedLanguageError(
        language,
        f"is not spoken by the demo that is loaded; `{command}` gets the full weights",
        supported=list(spoken),
        demo=True,
    )
