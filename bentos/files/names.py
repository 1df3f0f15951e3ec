"""What a file and its translation are called for their callers; nothing on disk is named so."""

import re
import unicodedata
from typing import Final

from common.files.document import FileFormat
from common.languages import find

_LONGEST: Final = 150
_ISO_639_1: Final = 2
_NOT_IN_NAMES: Final = re.compile(r'[<>:"|?*]')


def name_of(sent: str) -> str:
    """The last part of the path that was sent, of characters that every system takes."""
    last = re.split(r"[/\\]", sent)[-1]
    printable = "".join(one for one in last if unicodedata.category(one)[0] != "C")
    clean = _NOT_IN_NAMES.sub("_", printable).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    return f"{stem[:_LONGEST]}{dot}{suffix[:16]}" if dot else clean[:_LONGEST] or "file"


def result_name_of(name: str, source: str | None, target: str, written: FileFormat) -> str:
    """`report.docx` as `report.fr.docx`, and `app.en.json` as `app.fr.json`.

    Languages are any of their codes; `source` is None where it is not known.
    """
    stem, dot, suffix = name.rpartition(".")
    if not dot or f".{suffix.lower()}" not in written.suffixes:
        stem, suffix = (stem if dot else name), written.name
    before, dot, last = stem.rpartition(".")
    language = find(source) if source else None
    if dot and language is not None and find(last) == language:
        stem = before
    return f"{stem}.{tag_of(target)}.{suffix}"


def tag_of(code: str) -> str:
    """A language's BCP-47 tag, with script and region where the caller wrote a tag that has them.

    The code itself where nobody knows it.
    """
    language = find(code)
    if language is None:
        return code
    first, *others = re.split(r"[-_]", code.strip())
    if not others or len(first) != _ISO_639_1:
        return language.bcp47
    return "-".join([first.lower(), *map(_subtag, others)])


def _subtag(part: str) -> str:
    """As is usual: a region in capitals, a script with one."""
    return {2: part.upper(), 4: part.title()}.get(len(part), part.lower())
