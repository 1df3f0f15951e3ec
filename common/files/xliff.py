"""XLIFF 1.2 and 2: units without a target get one; all others stay as they are.

Tags within a text are put where its words went; codes of the original file in them stay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

import regex

from common.files.document import (
    Document,
    FileDamagedError,
    FileOptions,
    FileRefusedError,
    FileText,
    Limits,
)
from common.files.encoding import Decoded, decode
from common.files.spans import Edit, edited
from common.markup.document import Marked
from common.markup.xml_blocks import XmlOptions, parts_of

# Exact for what expat has found well-formed, and only that is cut with it.
_TOKEN: Final = regex.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    r"|<(?P<slash>/?)(?P<name>[^\s/>]++)(?P<rest>(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>",
    regex.DOTALL,
)
_CODES: Final = ("bpt", "ept", "ph", "it", "sub", "cp")
_INLINE: Final = XmlOptions(ignore_tags=_CODES, outline=False)
_UNITS: Final = frozenset({"trans-unit", "segment"})
_NOT_TRANSLATED: Final = regex.compile(r"\stranslate\s*+=\s*+[\"']no[\"']")
_FARTHEST: Final = 200
"""Characters that are looked through for white space before a tag."""


@dataclass(slots=True)
class _Element:
    """One that is open."""

    name: str
    prefix: str
    content: int
    """Where that begins."""
    is_kept: bool
    """Whether it or one around it says that it is not to be translated."""


@dataclass(slots=True)
class _Unit:
    """A source, and where its target is or is to be."""

    is_kept: bool
    source: Marked = field(default_factory=lambda: Marked([]))
    is_done: bool = False
    has_target: bool = False
    place: tuple[int, int] = (0, 0)
    before: str = ""
    after: str = ""


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read a file of either version."""
    decoded = decode(data)
    _check(decoded, limits)
    return _Exchange(decoded, options)


def _check(decoded: Decoded, limits: Limits) -> None:
    parser, depth = expat.ParserCreate("utf-8"), 0

    def refuse(*_: object) -> None:
        message = "The file declares a document type, as XLIFF does not."
        raise FileRefusedError(message)

    def deeper(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > limits.max_depth:
            message = f"The file's elements are nested deeper than {limits.max_depth}."
            raise FileRefusedError(message)

    def higher(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = deeper, higher
    try:
        parser.Parse(decoded.text.encode(), True)  # noqa: FBT003 - expat's own way to say the end
    except (expat.ExpatError, UnicodeEncodeError):
        message = "The file is not well-formed XML."
        raise FileDamagedError(message) from None


class _Exchange:
    def __init__(self, decoded: Decoded, options: FileOptions) -> None:
        self._decoded = decoded
        self._target_lang = options.target_lang
        reader = _Reader(decoded.text)
        self._heads = reader.heads
        open_ = (unit for unit in reader.units if options.again or not unit.is_done)
        self._units = [unit for unit in open_ if not unit.is_kept]
        texts = (text for unit in self._units for text in unit.source.blocks)
        self.texts: Sequence[FileText] = [FileText(text) for text in texts]

    def render(self, translations: Sequence[str]) -> bytes:
        if len(translations) != len(self.texts):
            message = "There must be a translation for each text."
            raise ValueError(message)
        given = iter(translations)
        edits: list[Edit] = []
        for unit in self._units:
            done = {text: next(given) for text in unit.source.blocks}
            if any(text != translation for text, translation in done.items()):
                written = f"{unit.before}{unit.source.render(done)}{unit.after}"
                edits.append((*unit.place, written))
        content = self._decoded.text
        if edits:
            content = edited(content, [*edits, *self._languages()])
        return self._decoded.encoding.encode(content, "xmlcharrefreplace")

    def _languages(self) -> Iterator[Edit]:
        """What the file says that its targets are written in."""
        if self._target_lang is None:
            return
        for attribute, start, end in self._heads:
            tag = self._decoded.text[start:end]
            said = regex.search(rf"\s{attribute}\s*+=\s*+[\"']([^\"'<]*+)", tag)
            if said is not None:
                yield start + said.start(1), start + said.end(1), self._target_lang
            else:
                at = end - (2 if tag.endswith("/>") else 1)
                yield at, at, f' {attribute}="{self._target_lang}"'


class _Reader:
    """Finds the units of a well-formed file, in order."""

    def __init__(self, content: str) -> None:
        self._content = content
        self._open: list[_Element] = []
        self._unit: _Unit | None = None
        self.units: list[_Unit] = []
        self.heads: list[tuple[str, int, int]] = []
        """The attribute that says the language of targets, and the tags that it is in."""
        for match in _TOKEN.finditer(content):
            if match["name"] is None:
                continue
            if not match["slash"]:
                self._begins(match)
            if match["slash"] or match["rest"].endswith("/"):
                self._ends(match)

    def _begins(self, tag: "regex.Match[str]") -> None:
        prefix, colon, name = tag["name"].rpartition(":")
        around = self._open[-1] if self._open else None
        kept = (around is not None and around.is_kept) or bool(_NOT_TRANSLATED.search(tag["rest"]))
        self._open.append(_Element(name, f"{prefix}{colon}", tag.end(), kept))
        if name in _UNITS:
            self._unit = _Unit(kept)
        elif name == "file" and " source-language" in tag["rest"]:
            self.heads.append(("target-language", *tag.span()))
        elif name == "xliff" and " srcLang" in tag["rest"]:
            self.heads.append(("trgLang", *tag.span()))

    def _ends(self, tag: "regex.Match[str]") -> None:
        element = self._open.pop()
        unit, inside = self._unit, self._open[-1].name if self._open else ""
        if unit is None:
            return
        if element.name in _UNITS:
            self.units.append(unit)
            self._unit = None
        elif inside in _UNITS:
            self._part(unit, element, tag)

    def _part(self, unit: _Unit, element: _Element, tag: "regex.Match[str]") -> None:
        """Of a unit, and not of a proposal within it."""
        name = f"{element.prefix}target"
        if element.name == "source":
            inner = self._content[element.content : tag.start()] if tag["slash"] else ""
            unit.source = Marked(parts_of(inner, _INLINE))
        if element.name in {"source", "seg-source"} and not unit.has_target:
            unit.place = tag.end(), tag.end()
            unit.before, unit.after = f"{self._indent(element)}<{name}>", f"</{name}>"
        elif element.name == "target":
            unit.has_target = True
            if tag["slash"]:
                unit.place, unit.before, unit.after = (element.content, tag.start()), "", ""
                unit.is_done = bool(self._content[element.content : tag.start()].strip())
            else:
                unit.place = tag.end() - 2, tag.end()
                unit.before, unit.after = ">", f"</{tag['name']}>"

    def _indent(self, element: _Element) -> str:
        """The white space before an element, which its neighbour gets too."""
        start = self._content.rfind("<", 0, element.content)
        before = self._content[max(0, start - _FARTHEST) : start]
        return before[len(before.rstrip()) :]
