"""The shapes of the stored glossaries' HTTP API; nothing of how it is served."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from bentos.glossaries.errors import InvalidGlossaryError
from bentos.glossaries.glossary import Glossary
from common.glossaries.entries import Entries, EntriesError, Form, Pair, check, parse
from common.languages import find
from models.base.exceptions import UnsupportedLanguageError
from models.base.translation_model import Text

EntriesForm = Literal["json", "tsv", "csv"]
MEDIA_TYPES: Mapping[str, EntriesForm] = {
    "application/json": "json",
    "text/tab-separated-values": "tsv",
    "text/csv": "csv",
}
_LANGUAGE = Field(
    min_length=2,
    max_length=32,
    description="FLORES-200, ISO 639 or BCP-47 code; what it says of region or script is left out.",
)


class Body(BaseModel):
    """Refuses what it does not know, and never quotes it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class NewDictionary(Body):
    """The entries of one language pair."""

    source_lang: Text = _LANGUAGE
    target_lang: Text = _LANGUAGE
    entries: dict[Text, Text] | Text = Field(
        description="Terms and their translations: an object, or the text of a TSV or CSV file."
    )
    entries_format: Form = Field(default="tsv", description="Of entries that are a text.")

    def read(self) -> tuple[Pair, Entries]:
        """The languages and the entries.

        Raises:
            UnsupportedLanguageError: A language is unknown.
            InvalidGlossaryError: Both are one, or the entries are wrong; says which.
        """
        return pair_of(self.source_lang, self.target_lang), read(self.entries, self.entries_format)


class NewGlossary(Body):
    """A glossary to keep."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Railways",
                "dictionaries": [
                    {
                        "source_lang": "en",
                        "target_lang": "fr",
                        "entries": {"train station": "gare", "platform": "quai"},
                    }
                ],
            }
        }
    )

    name: Text = Field(min_length=1, max_length=1024)
    dictionaries: list[NewDictionary] = Field(min_length=1, max_length=500)

    def read(self) -> dict[Pair, Entries]:
        """As `NewDictionary.read`."""
        found: dict[Pair, Entries] = {}
        for one in self.dictionaries:
            pair, entries = one.read()
            if pair in found:
                raise InvalidGlossaryError(f"There are two dictionaries for {pair}.")
            found[pair] = entries
        return found


class NewName(Body):
    """What a glossary is to be called."""

    name: Text = Field(min_length=1, max_length=1024)


class DictionaryView(BaseModel):
    """One language pair of a glossary."""

    source_lang: str = Field(description="Bare ISO 639 code: `en` is any English.")
    target_lang: str
    entries: int = Field(ge=0, description="How many there are.")


class GlossaryView(BaseModel):
    """A stored glossary."""

    id: str = Field(description="What requests name it by, as `glossary_id`.")
    name: str
    created_at: datetime
    dictionaries: list[DictionaryView]

    @classmethod
    def of(cls, glossary: Glossary) -> Self:
        return cls(
            id=glossary.id,
            name=glossary.name,
            created_at=glossary.created_at,
            dictionaries=[
                DictionaryView(
                    source_lang=one.pair.source, target_lang=one.pair.target, entries=one.count
                )
                for one in glossary.dictionaries
            ],
        )


class GlossaryList(BaseModel):
    """All that the caller sees, the oldest first."""

    glossaries: list[GlossaryView]


def pair_of(source: str, target: str) -> Pair:
    """The languages as glossaries have them.

    Raises:
        UnsupportedLanguageError: One of them is unknown.
        InvalidGlossaryError: Both are one.
    """
    for code in (source, target):
        if find(code) is None:
            raise UnsupportedLanguageError(code, "is not known")
    pair = Pair.of(source, target)
    if pair is None:
        raise InvalidGlossaryError("The languages of a glossary must be two.")
    return pair


def read(entries: Mapping[str, str] | str, form: Form) -> Entries:
    """The entries as they are kept.

    Raises:
        InvalidGlossaryError: with what is wrong with them, and where.
    """
    try:
        return parse(entries, form) if isinstance(entries, str) else check(entries)
    except EntriesError as error:
        where: dict[str, Any] = {} if error.line is None else {"line": error.line}
        raise InvalidGlossaryError(f"The entries are not valid. {error}", **where) from None
