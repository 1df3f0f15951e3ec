"""What the parts of an Office Open XML file are, and what such a file may not hold.

Refused is what runs (macros, controls, embedded objects, DDE) and what loads from elsewhere when
the file is opened; a hyperlink, which a reader has to follow, is none of it.
"""

from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

import regex
from lxml import etree

from common.files.document import FileDamagedError, FileRefusedError, Limits
from common.files.office.archive import Archive
from common.files.office.trees import local_name, parsed, refuse_dtd

_TYPES: Final = "[Content_Types].xml"
_RUNS: Final = (
    ("vbaproject", "macros"),
    ("macroenabled", "macros"),
    ("macrosheet", "macros"),
    ("activex", "controls (ActiveX)"),
    ("oleobject", "embedded objects (OLE)"),
)
"""Signs in the type of a part or of a relationship, and in names; what they are signs of."""
_EMBEDS: Final = frozenset({"oleobject", "package", "frame", "subdocument", "control", "afchunk"})
"""Relationships to what another program is started for, or what is taken in on opening."""
_CHART: Final = regex.compile(r"(word|ppt|xl)/(drawings/)?charts/_rels/[^/]+\.rels")
_NUMBER: Final = regex.compile(r"[0-9]+")


class Package:
    """An archive whose parts have types."""

    def __init__(self, archive: Archive, limits: Limits, main: str, name: str) -> None:
        """Check all that there is to refuse.

        Args:
            archive: Of the file.
            limits: Of the file.
            main: Content type of the part that makes it such a file.
            name: How such files are called.

        Raises:
            FileRefusedError: It is another kind of file, or holds what could do harm.
        """
        self.archive = archive
        self.limits = limits
        if _TYPES not in archive:
            raise FileDamagedError(f"The file is no {name}.")
        self._types = _types(parsed(archive.read(_TYPES), limits.max_depth))
        for part in archive:
            _refuse_running(part)
            _refuse_running(self.type(part))
        if main not in {self.type(part) for part in archive}:
            raise FileDamagedError(f"The file is no {name}, or a template or show of its kind.")
        for part in archive:
            self._check(part)

    def type(self, part: str) -> str:
        """A part's content type in lower case; empty where none is said."""
        suffix = PurePosixPath(part).suffix.lower().removeprefix(".")
        return self._types.get(f"/{part}".lower()) or self._types.get(suffix, "")

    def of_type(self, *types: str) -> list[str]:
        """The parts of these types, by type, and in the order of the numbers in their names."""
        return [
            part
            for wanted in types
            for part in sorted(self.archive, key=_by_number)
            if self.type(part) == wanted.lower()
        ]

    def read(self, part: str) -> bytes:
        """A part's content."""
        return self.archive.read(part)

    def _check(self, part: str) -> None:
        lower = part.lower()
        if lower.endswith((".xml", ".rels")):
            refuse_dtd(self.archive.read(part, 64 * 1024))
        if lower.endswith(".rels"):
            for element in parsed(self.archive.read(part), self.limits.max_depth):
                _check_relationship(element, in_chart=_CHART.fullmatch(lower) is not None)


def _check_relationship(element: etree._Element, *, in_chart: bool) -> None:
    """From a part to another one, or to something outside."""
    kind = element.get("Type", "").rpartition("/")[2].lower()
    if kind == "hyperlink":
        return
    _refuse_running(kind)
    is_external = element.get("TargetMode", "").lower() == "external"
    if is_external and is_elsewhere(element.get("Target", "")):
        raise FileRefusedError(
            "The file loads something from elsewhere when it is opened (a template, a picture or "
            "the like): save it with that inside."
        )
    if kind in _EMBEDS and not (in_chart and kind == "package"):
        raise FileRefusedError("The file holds embedded objects, or takes in other files.")


def is_elsewhere(target: str) -> bool:
    """Whether it is on another machine: by a URL, or by a path to a share."""
    target = target.strip().replace("\\", "/")
    try:
        parts = urlsplit(target)
    except ValueError:
        return True
    if parts.scheme.lower() == "file":
        return bool(parts.netloc) or parts.path.startswith("//")
    return target.startswith("//") or len(parts.scheme) > 1


def _types(root: etree._Element) -> dict[str, str]:
    """By part, with its slash, and by suffix."""
    found: dict[str, str] = {}
    for element in root:
        of = "PartName" if local_name(element) == "Override" else "Extension"
        found[element.get(of, "").lower()] = element.get("ContentType", "").lower()
    return found


def _refuse_running(said: str) -> None:
    for sign, meaning in _RUNS:
        if sign in said.lower():
            raise FileRefusedError(f"The file holds {meaning}: save it without.")


def _by_number(part: str) -> tuple[str, int, str]:
    number = _NUMBER.search(PurePosixPath(part).stem)
    folder = str(PurePosixPath(part).parent)
    return folder, int(number[0][:9]) if number else 0, part
