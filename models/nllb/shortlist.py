"""Which pieces of the vocabulary a deployment's target languages need; pure: no files, no engine.

CTranslate2 reads the result as `vmap.txt`: a line is `source piece<TAB>target pieces`, and the
pieces of the line without a source piece are always allowed. Every piece also allows itself, so
that what is copied from the source stays possible.
"""

import unicodedata
from collections.abc import Iterable, Sequence

MIN_COVERAGE = 0.999
"""Share of the pieces of unseen text that a shortlist must keep to be used at all."""

_SPACE = "▁"
_ASCII = 128

# ISO 15924, as in FLORES-200 codes -> how the Unicode names of its letters begin.
_SCRIPTS: dict[str, tuple[str, ...]] = {
    "Arab": ("ARABIC",),
    "Armn": ("ARMENIAN",),
    "Beng": ("BENGALI",),
    "Cyrl": ("CYRILLIC",),
    "Deva": ("DEVANAGARI",),
    "Ethi": ("ETHIOPIC",),
    "Geor": ("GEORGIAN",),
    "Grek": ("GREEK",),
    "Gujr": ("GUJARATI",),
    "Guru": ("GURMUKHI",),
    "Hang": ("HANGUL", "CJK"),
    "Hans": ("CJK", "BOPOMOFO"),
    "Hant": ("CJK", "BOPOMOFO"),
    "Hebr": ("HEBREW",),
    "Jpan": ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"),
    "Khmr": ("KHMER",),
    "Knda": ("KANNADA",),
    "Laoo": ("LAO",),
    "Latn": ("LATIN", "FEMININE", "MASCULINE", "MICRO"),
    "Mlym": ("MALAYALAM",),
    "Mymr": ("MYANMAR",),
    "Orya": ("ORIYA",),
    "Sinh": ("SINHALA",),
    "Taml": ("TAMIL",),
    "Telu": ("TELUGU",),
    "Tfng": ("TIFINAGH",),
    "Thai": ("THAI",),
    "Tibt": ("TIBETAN",),
}
# Shared by the scripts.
_COMMON = ("COMBINING", "MODIFIER")


def by_script(
    vocabulary: Iterable[str], languages: Iterable[str], always: Iterable[str]
) -> set[str]:
    """The pieces that can be written in the scripts of `languages`; needs no text.

    Raises:
        KeyError: for a script that no rule is known for.
    """
    allowed = {name for language in languages for name in _SCRIPTS[language.rpartition("_")[2]]}
    allowed.update(_COMMON)
    return {
        *always,
        *(piece for piece in vocabulary if _is_basic(piece) or _scripts(piece) <= allowed),
    }


def by_text(
    vocabulary: Iterable[str], texts: Iterable[Sequence[str]], always: Iterable[str]
) -> set[str]:
    """The pieces seen in `texts` (each a text's pieces), and those without letters."""
    seen = {piece for text in texts for piece in text}
    return {
        *always,
        *(
            piece
            for piece in vocabulary
            if piece in seen or _is_basic(piece) or not _scripts(piece)
        ),
    }


def coverage(kept: set[str], texts: Iterable[Sequence[str]]) -> float:
    """The share of the pieces of `texts` that are kept; 0 without any text."""
    total = inside = 0
    for text in texts:
        total += len(text)
        inside += sum(piece in kept for piece in text)
    return inside / total if total else 0.0


def vmap(vocabulary: Iterable[str], kept: set[str]) -> str:
    """The content of CTranslate2's `vmap.txt`."""
    pieces = [piece for piece in vocabulary if _can_be_written(piece)]
    lines = ["\t" + " ".join(piece for piece in pieces if piece in kept)]
    lines += [f"{piece}\t{piece}" for piece in pieces if piece not in kept]
    return "\n".join(lines) + "\n"


def _can_be_written(piece: str) -> bool:
    """Whether the format, which knows no escaping, can hold the piece."""
    return bool(piece) and not any(mark in piece for mark in " \t\n")


def _is_basic(piece: str) -> bool:
    """Single ASCII characters, with a space before them or not: enough to spell any name."""
    body = piece.removeprefix(_SPACE)
    return len(body) <= 1 and all(ord(character) < _ASCII for character in body)


def _scripts(piece: str) -> set[str]:
    """The first words of the names of the piece's letters and marks."""
    return {
        unicodedata.name(character, "UNNAMED").split(" ", 1)[0]
        for character in piece
        if unicodedata.category(character)[0] in "LM"
    }
