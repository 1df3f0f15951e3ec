"""A glossary's entries as TSV and CSV, and the pair of languages they are for; stores nothing.

The rules are DeepL's, so that a glossary that is good there is good here, and the other way round.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from common.languages import find

Entries = dict[str, str]
"""Source terms and their translations, in the order given."""
Form = Literal["tsv", "csv"]

MAX_CHARS = 10_000_000
MAX_TERM_BYTES = 1024
MAX_ENTRIES = 100_000

_FIELDS = 2
# CSV may name the languages of a line after its terms, as DeepL's does.
_FIELDS_WITH_LANGUAGES = 4
_LINE_SEPARATORS = frozenset("\u2028\u2029")


class EntriesError(ValueError):
    """What is wrong with a glossary's entries; never quotes them."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(f"Line {line}: {problem}" if line else problem)
        self.problem = problem
        self.line = line
        """From 1; None: it is not about one line."""


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """The languages of a glossary, by their bare codes: `en` is any English, `zh` any Chinese."""

    source: str
    target: str

    @classmethod
    def of(cls, source: str, target: str) -> "Pair | None":
        """None: one of the codes means no language, or both mean one."""
        bare = [
            language.iso639_1 or language.iso639_3
            for language in map(find, (source, target))
            if language
        ]
        return cls(*bare) if len(set(bare)) == _FIELDS else None

    @override
    def __str__(self) -> str:
        return f"{self.source}-{self.target}"


def parse(text: str, form: Form) -> Entries:
    """The entries of a file.

    Raises:
        EntriesError: with the line that is wrong.
    """
    if len(text) > MAX_CHARS:
        raise EntriesError(f"There are more than {MAX_CHARS} characters.")
    rows = _tsv(text.removeprefix("\ufeff")) if form == "tsv" else _csv(text.removeprefix("\ufeff"))
    return _checked(rows)


def check(entries: Mapping[str, str]) -> Entries:
    """Entries that did not come from a file, as one would have them.

    Raises:
        EntriesError: with the number of the entry that is wrong.
    """
    return _checked(enumerate(entries.items(), start=1))


def write(entries: Mapping[str, str], form: Form) -> str:
    """What `parse` reads again as it was."""
    if form == "tsv":
        return "".join(f"{source}\t{target}\n" for source, target in entries.items())
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(entries.items())
    return lines.getvalue()


def _tsv(text: str) -> Iterator[tuple[int, tuple[str, str]]]:
    for number, line in enumerate(_lines(text), start=1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) != _FIELDS:
            raise EntriesError("there must be two terms with one tab between them.", number)
        yield number, (fields[0], fields[1])


def _lines(text: str) -> Iterator[str]:
    """Only line feeds end a line, or a term could end one unseen."""
    return (line.removesuffix("\n").removesuffix("\r") for line in io.StringIO(text, newline="\n"))


def _csv(text: str) -> Iterator[tuple[int, tuple[str, str]]]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        number = rows.line_num + 1
        try:
            fields = next(rows, None)
        except csv.Error:
            raise EntriesError(
                "its quotation marks or commas are not well-formed.", number
            ) from None
        if fields is None:
            return
        if not any(map(str.strip, fields)):
            continue
        if len(fields) not in {_FIELDS, _FIELDS_WITH_LANGUAGES}:
            raise EntriesError("there must be two terms with one comma between them.", number)
        yield number, (fields[0], fields[1])


def _checked(rows: Iterable[tuple[int, tuple[str, str]]]) -> Entries:
    entries: Entries = {}
    for number, row in rows:
        source, target = (_term(term, number) for term in row)
        if source in entries:
            raise EntriesError("its source term stood there before.", number)
        if len(entries) == MAX_ENTRIES:
            raise EntriesError(f"There are more than {MAX_ENTRIES} entries.")
        entries[source] = target
    if not entries:
        raise EntriesError("There are no entries.")
    return entries


def _term(term: str, line: int) -> str:
    bare = term.strip()
    if not bare:
        raise EntriesError("a term is blank.", line)
    if any(unicodedata.category(c) == "Cc" or c in _LINE_SEPARATORS for c in bare):
        raise EntriesError("a term holds a control character or a line break.", line)
    if any(unicodedata.category(c) == "Cs" for c in bare):
        raise EntriesError("a term holds what UTF-8 cannot carry.", line)
    if len(bare.encode()) > MAX_TERM_BYTES:
        raise EntriesError(f"a term has more than {MAX_TERM_BYTES} bytes.", line)
    return bare
