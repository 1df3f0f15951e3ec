"""NLLB's tokenizer: text to pieces and back, on `tokenizers` alone; knows nothing of engines."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

EOS = "</s>"
PAD = "<pad>"
UNKNOWN = "<unk>"
# What the layout adds around the pieces of a source: its language before, the end mark behind.
LAYOUT_TOKENS = 2

_LANGUAGE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


class NLLBTokenizer:
    """Encodes and decodes segments. Thread-safe: nothing changes after construction.

    A text that holds `</s>` or `fra_Latn` holds those characters, never the marks.
    """

    def __init__(self, path: Path) -> None:
        """Reads a `tokenizer.json`.

        Raises:
            ValueError: It is none, or not one of NLLB's layout.
        """
        self._tokenizer = _load(path)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True
        ids = self._tokenizer.get_vocab(with_added_tokens=True)
        missing = [mark for mark in ("<s>", PAD, EOS, UNKNOWN) if mark not in ids]
        added = (token.content for token in self._tokenizer.get_added_tokens_decoder().values())
        self.languages = frozenset(token for token in added if _LANGUAGE.fullmatch(token))
        if missing or not self.languages:
            raise ValueError(
                f"{path.name} has not NLLB's layout: no {missing or 'language codes'}."
            )
        self._ids = ids
        # One string a piece, shared by every text; a list of pieces then costs eight bytes each.
        self._pieces = [""] * (max(ids.values()) + 1)
        for piece, number in ids.items():
            self._pieces[number] = piece

    def pieces(self, text: str) -> tuple[str, ...]:
        """The pieces of a text, without marks; line breaks and runs of spaces are one space."""
        encoding = self._tokenizer.encode(" ".join(text.split()), add_special_tokens=False)
        return tuple(self._pieces[number] for number in encoding.ids)

    def text(self, pieces: Iterable[str]) -> str:
        """The text that pieces stand for; marks are left out."""
        # An embedding may have more rows than the tokenizer has pieces: those stand for nothing.
        known = [self._ids[piece] for piece in pieces if piece in self._ids]
        return self._tokenizer.decode(known, skip_special_tokens=True).strip()

    def ids(self, pieces: Iterable[str]) -> list[int]:
        """The numbers of pieces or marks, which the reference engine wants."""
        return [self._ids[piece] for piece in pieces]

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The pieces or marks that numbers stand for."""
        return [self._pieces[number] for number in ids]


def _load(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    # `tokenizers` raises Exception itself, for a missing file as for a broken one.
    except Exception as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error
