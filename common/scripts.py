"""The scripts a text is written in, by its letters; nothing of languages."""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

_NAMED = {
    "ARABIC": "Arab",
    "ARMENIAN": "Armn",
    "BENGALI": "Beng",
    "BOPOMOFO": "Hant",
    "CJK": "Hani",
    "CYRILLIC": "Cyrl",
    "DEVANAGARI": "Deva",
    "ETHIOPIC": "Ethi",
    "GEORGIAN": "Geor",
    "GREEK": "Grek",
    "GUJARATI": "Gujr",
    "GURMUKHI": "Guru",
    "HANGUL": "Hang",
    "HEBREW": "Hebr",
    "HIRAGANA": "Kana",
    "KANNADA": "Knda",
    "KATAKANA": "Kana",
    "KHMER": "Khmr",
    "LAO": "Laoo",
    "LATIN": "Latn",
    "MALAYALAM": "Mlym",
    "MEETEI": "Mtei",
    "MYANMAR": "Mymr",
    "OL": "Olck",
    "ORIYA": "Orya",
    "SINHALA": "Sinh",
    "TAMIL": "Taml",
    "TELUGU": "Telu",
    "THAANA": "Thaa",
    "THAI": "Thai",
    "TIBETAN": "Tibt",
    "TIFINAGH": "Tfng",
}
# A character of these says about as much as two to three letters of an alphabet.
_DENSE = {"Hani": 2.5, "Kana": 2.0, "Hang": 2.5, "Hant": 2.0}


@lru_cache(maxsize=8192)
def script(character: str) -> str | None:
    """ISO 15924 of a letter (kana are `Kana`); None: no letter, or of a script not in the table."""
    if not character.isalpha():
        return None
    return _NAMED.get(unicodedata.name(character, "").partition(" ")[0])


def shares(text: str) -> dict[str, float]:
    """How much of the text's letters is in each script; empty where there are none. Sums to 1."""
    counts: Counter[str] = Counter(known for known in map(script, text) if known)
    weighed = {name: count * _DENSE.get(name, 1.0) for name, count in counts.items()}
    total = sum(weighed.values())
    return {name: weight / total for name, weight in weighed.items()}


@dataclass(frozen=True, slots=True)
class HanEvidence:
    """How many Han characters of a text tell in which country's way it is written."""

    letters: int
    simplified: int
    traditional: int
    japanese: int
    """Only Japan has them."""
    foreign: int
    """Japan does not have them."""


@lru_cache(maxsize=8192)
def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def han_evidence(text: str) -> HanEvidence:
    """Told by the national character sets of the eighties: they hold what each wrote, no more."""
    han = [character for character in text if script(character) == "Hani"]
    mainland = [_encodes(character, "gb2312") for character in han]
    taiwan = [_encodes(character, "big5") for character in han]
    japan = [_encodes(character, "shift_jis") for character in han]
    sets = list(zip(mainland, taiwan, japan, strict=True))
    return HanEvidence(
        letters=len(han),
        simplified=sum(cn and not tw for cn, tw, _ in sets),
        traditional=sum(tw and not cn for cn, tw, _ in sets),
        japanese=sum(jp and not cn and not tw for cn, tw, jp in sets),
        foreign=sum((cn or tw) and not jp for cn, tw, jp in sets),
    )
