"""Cuts a text into segments and puts their translations back in place; computes nothing itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from common.languages import LANGUAGES
from common.segmentation import Fits, Segmented, split
from models.base.translation_model import SegmentTranslation, TranslationWarning, WarningCode

# Between sentences of these scripts stands no space, which a translation into another needs.
SPACELESS = frozenset({"Hans", "Hant", "Jpan", "Khmr", "Laoo", "Mymr", "Thai", "Tibt"})


@dataclass(frozen=True, slots=True)
class Note:
    """A warning about a segment, wherever in a text it stands."""

    code: WarningCode
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A segment's translation."""

    text: str
    notes: tuple[Note, ...]
    tokens_in: int
    tokens_out: int
    confidence: float | None = None
    """From 0 to 1; None: the model has no scores."""
    alternatives: tuple[str, ...] = ()
    """Other translations, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A text's segments and, as the translation has it, what stands between them."""

    segmented: Segmented
    gaps: tuple[str, ...]
    warnings: tuple[TranslationWarning, ...]
    """Those about the whole text; they come with its first segment."""

    def place(self, index: int, outcome: Outcome) -> SegmentTranslation:
        """A segment's translation with what stands around it."""
        total = len(self.segmented.segments)
        notes = outcome.notes
        if index in self.segmented.forced:
            notes = (_SPLIT, *notes)
        return SegmentTranslation(
            index=index,
            total=total,
            source=self.segmented.segments[index],
            text=outcome.text,
            before=self.gaps[index],
            after=self.gaps[-1] if index == total - 1 else "",
            warnings=(
                *(self.warnings if index == 0 else ()),
                *(
                    TranslationWarning(code=note.code, message=note.message, segment=index)
                    for note in notes
                ),
            ),
            tokens_in=outcome.tokens_in,
            tokens_out=outcome.tokens_out,
            confidence=outcome.confidence,
            alternatives=outcome.alternatives,
        )

    def untranslatable(self) -> SegmentTranslation:
        """A text without a single letter, which comes back as it is."""
        before = "".join(self.gaps)
        return SegmentTranslation(0, 1, "", "", before=before, warnings=self.warnings)


_SPLIT = Note(
    WarningCode.SEGMENT_SPLIT,
    "The sentence was too long for the model and was translated in parts.",
)


def lay_out(
    text: str,
    source_lang: str,
    target_lang: str,
    fits: Fits,
    warnings: tuple[TranslationWarning, ...] = (),
) -> Layout:
    """The layout of a text whose segments all fit; seconds for a million characters."""
    segmented = split(text, fits, source_lang)
    return Layout(segmented, tuple(_gaps(segmented, source_lang, target_lang)), warnings)


def _gaps(segmented: Segmented, source_lang: str, target_lang: str) -> Iterator[str]:
    """The gaps as they are; a space where only the target's script has one between sentences."""
    spaced = (
        LANGUAGES[source_lang].script in SPACELESS
        and LANGUAGES[target_lang].script not in SPACELESS
    )
    last = len(segmented.gaps) - 1
    for place, gap in enumerate(segmented.gaps):
        yield " " if spaced and not gap and 0 < place < last else gap
