"""What Aya is asked: the turns of a prompt, as pieces that say what is ours and what is data.

Pure, and the only place that words a prompt: the demo is trained on what is made here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

BEGIN = "<BOS_TOKEN>"
TURN = "<|START_OF_TURN_TOKEN|>"
SYSTEM = "<|SYSTEM_TOKEN|>"
USER = "<|USER_TOKEN|>"
CHATBOT = "<|CHATBOT_TOKEN|>"
END_OF_TURN = "<|END_OF_TURN_TOKEN|>"
SPECIALS = (BEGIN, TURN, SYSTEM, USER, CHATBOT, END_OF_TURN)
"""The tokens of Command-R's chat template that a prompt is made of."""

NAMES = {
    "arb_Arab": "Arabic",
    "ces_Latn": "Czech",
    "deu_Latn": "German",
    "ell_Grek": "Greek",
    "eng_Latn": "English",
    "spa_Latn": "Spanish",
    "pes_Arab": "Persian",
    "fra_Latn": "French",
    "heb_Hebr": "Hebrew",
    "hin_Deva": "Hindi",
    "ind_Latn": "Indonesian",
    "ita_Latn": "Italian",
    "jpn_Jpan": "Japanese",
    "kor_Hang": "Korean",
    "nld_Latn": "Dutch",
    "pol_Latn": "Polish",
    "por_Latn": "Portuguese",
    "ron_Latn": "Romanian",
    "rus_Cyrl": "Russian",
    "tur_Latn": "Turkish",
    "ukr_Cyrl": "Ukrainian",
    "vie_Latn": "Vietnamese",
    "zho_Hans": "Simplified Chinese",
    "zho_Hant": "Traditional Chinese",
}
"""Aya Expanse's 23 languages, Chinese in both scripts, by FLORES-200 code: the names it knows."""

_INSTRUCTION = "You are a translator. Answer with the translation only, without notes."
_REGISTERS = {"formal": "formal", "informal": "informal"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a prompt. Only a `special` one may become special tokens; data never is one."""

    text: str
    special: bool = False


Part = tuple[Piece, ...]

OPENING: Part = (
    Piece(BEGIN + TURN + SYSTEM, special=True),
    Piece(_INSTRUCTION),
    Piece(END_OF_TURN + TURN + USER, special=True),
)
"""What every prompt begins with, whatever its languages."""


class Tokenize(Protocol):
    """Text to token ids; special tokens are found in it only where that is asked for."""

    def __call__(self, text: str, *, special: bool = False) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt in three parts, in their order; each is tokenized by itself.

    `pair` is the same for every text of a language pair, `document` for every segment of a passage
    (and empty where nothing goes along with a text): both are worth keeping computed.
    """

    pair: Part
    document: Part
    segment: Part


@dataclass(frozen=True, slots=True)
class Guidance:
    """What goes along with a text. Everything in it is the caller's data."""

    formality: str | None = None
    """`formal` or `informal`; see `register`."""
    glossary: tuple[tuple[str, str], ...] = ()
    """Terms of the source language and the words to use for them."""
    context: str = ""
    """What the caller says surrounds the text."""
    passage: str = ""
    """The part of the document that the segment stands in."""


def register(formality: str) -> str | None:
    """The register that a caller's `formality` names; None where it names none."""
    return _REGISTERS.get(formality.strip().lower())


def build(
    text: str, source_lang: str, target_lang: str, guidance: Guidance | None = None
) -> Prompt:
    """The prompt that asks for the translation of `text`; languages are keys of `NAMES`."""
    return Prompt(
        pair(source_lang, target_lang),
        document(guidance) if guidance else (),
        segment(text),
    )


def pair(source_lang: str, target_lang: str) -> Part:
    """The opening and the instruction."""
    source, target = NAMES[source_lang], NAMES[target_lang]
    return (*OPENING, Piece(f"Translate the text from {source} to {target}.\n"))


def document(guidance: Guidance) -> Part:
    """What goes along with a text, each on lines of its own; empty where there is nothing."""
    pieces: list[Piece] = []
    wanted = register(guidance.formality) if guidance.formality else None
    if wanted:
        pieces.append(Piece(f"Use a {wanted} register.\n"))
    if guidance.glossary:
        pieces.append(Piece("Translate these terms so:\n"))
        for term, translation in guidance.glossary:
            pieces.append(Piece(f"{_line(term)} = {_line(translation)}\n"))
    if guidance.context:
        pieces += [Piece("Context:\n"), Piece(guidance.context), Piece("\n")]
    if guidance.passage:
        pieces += [
            Piece("The text stands in this passage:\n"),
            Piece(guidance.passage),
            Piece("\n"),
        ]
    return tuple(pieces)


def segment(text: str) -> Part:
    """The text itself, and the turn that the model is to fill."""
    return (
        Piece("Text:\n"),
        Piece(text),
        Piece(END_OF_TURN + TURN + CHATBOT, special=True),
    )


def tokens(part: Part, tokenize: Tokenize) -> tuple[int, ...]:
    """A part's token ids: each piece by itself, so that nothing of data joins with what is ours."""
    return tuple(token for piece in part for token in tokenize(piece.text, special=piece.special))


def _line(text: str) -> str:
    """A term on one line, so that it cannot pass for the lines around it."""
    return " ".join(text.split())
