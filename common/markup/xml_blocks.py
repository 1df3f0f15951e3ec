"""Reads XML, documents as well as fragments, into its parts; declares and resolves no entity."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

import regex

from common.markup.blocks import Item, Kind, Part
from common.markup.building import Builder
from common.markup.errors import MalformedError
from common.markup.spelling import decode_xml, xml_encoder

# Exact for what expat has found well-formed, and only that is cut with it.
_TOKEN: Final = regex.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    r"|<(?P<slash>/?)(?P<name>[^\s/>]++)(?P<rest>(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>"
    r"|(?P<text>[^<]++)",
    regex.DOTALL,
)
_DECLARATION: Final = regex.compile(r"\ufeff?(?:<\?xml\s.*?\?>)?", regex.DOTALL)
_ATTRIBUTE: Final = regex.compile(r"([^\s=\"']++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)')")
_CODE: Final = frozenset({"script", "style"})
_LEFT_ALONE: Final = frozenset({"translate", "its:translate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlOptions:
    """How elements are taken where their names and content do not say it."""

    ignore_tags: Collection[str] = ()
    """Whose content is not translated."""
    splitting_tags: Collection[str] = ()
    """That always end a text."""
    non_splitting_tags: Collection[str] = ()
    """That never do."""
    outline: bool = True
    """Whether an element with text beside it is taken to be within a sentence, and any other not;
    without it all are that are not named."""


_NO_OPTIONS: Final = XmlOptions()


@dataclass(slots=True)
class _Element:
    name: str
    has_text: bool = False
    """Beside its elements."""
    is_inline: bool = False
    preserve: bool = False


def parts_of(source: str, options: XmlOptions = _NO_OPTIONS) -> list[Part]:
    """The document in parts; joined, they are the source.

    Raises:
        MalformedError: It is not well-formed, or has a document type declaration.
    """
    start = _declaration_end(source)
    _check(source, start)
    reader = _Reader(options, list(_TOKEN.finditer(source, start)))
    return [source[:start], *reader.read()]


def _declaration_end(source: str) -> int:
    match = _DECLARATION.match(source)
    return match.end() if match else 0


def _check(source: str, start: int) -> None:
    """Has expat read it as what stands in an element, as a fragment may and a document does too.

    Within an element there can be no document type declaration, and so no entities of its own.
    """
    parser = expat.ParserCreate("utf-8")
    encoded = source[start:].encode()
    try:
        parser.Parse(b"<_>", False)  # noqa: FBT003 - expat's own signature
        parser.Parse(encoded, False)  # noqa: FBT003
        parser.Parse(b"</_>", True)  # noqa: FBT003
    except expat.ExpatError as error:
        at = max(0, parser.ErrorByteIndex - len(b"<_>"))
        reason = expat.ErrorString(error.code)
        if encoded.startswith(b"<!DOCTYPE", max(0, at - len("<!"))):
            reason = "a document type declaration is not taken"
        raise MalformedError(reason, error.lineno + source.count("\n", 0, start)) from None


class _Reader:
    """Goes through the tokens twice: an element's place follows from what stands beside it."""

    def __init__(self, options: XmlOptions, tokens: Sequence["regex.Match[str]"]) -> None:
        self._options = options
        self._tokens = tokens
        self._builder = Builder(xml_encoder)
        self._stack = [_Element("")]
        self._elements, self._ends = _survey(tokens, self._stack[0])

    def read(self) -> list[Part]:
        index = 0
        while index < len(self._tokens):
            index = self._take(index)
        self._end_block()
        return self._builder.parts

    def _take(self, index: int) -> int:
        """Reads what begins at a token; the index of what follows it."""
        token = self._tokens[index]
        raw = token.group()
        if token["text"] is not None:
            self._builder.add(Item(Kind.TEXT, (raw,), decode_xml(raw)))
        elif token["name"] is None:
            kind = Kind.KEPT if raw.startswith("<![") else Kind.POINT
            self._builder.add(Item(kind, (raw,)))
        elif token["slash"]:
            self._end(self._stack.pop(), raw)
        else:
            return self._start(index, self._elements[index], token)
        return index + 1

    def _start(self, index: int, element: _Element, token: "regex.Match[str]") -> int:
        attributes = {name: one or two for name, one, two in _ATTRIBUTE.findall(token["rest"])}
        parent = self._stack[-1]
        element.is_inline = self._is_inline(element, parent)
        space = attributes.get("xml:space")
        element.preserve = parent.preserve if space is None else space == "preserve"
        stop = self._ends[index] + 1
        local = element.name.rpartition(":")[2]
        ignored = local in _CODE or element.name in self._options.ignore_tags
        if ignored or any(attributes.get(name) == "no" for name in _LEFT_ALONE):
            self._leave(element, self._tokens[index:stop])
            return stop
        if not element.is_inline:
            self._outside(token.group())
        elif stop == index + 1:
            self._builder.add(Item(Kind.POINT, (token.group(),)))
        else:
            self._builder.add(Item(Kind.OPEN, (token.group(),), name=element.name))
        if stop > index + 1:
            self._stack.append(element)
        return index + 1

    def _end(self, element: _Element, raw: str) -> None:
        if element.is_inline:
            self._builder.add(Item(Kind.CLOSE, (raw,), name=element.name))
        else:
            self._builder.outside(raw, preserve=element.preserve)

    def _leave(self, element: _Element, tokens: Sequence["regex.Match[str]"]) -> None:
        raw = "".join(token.group() for token in tokens)
        if not element.is_inline:
            self._outside(raw)
            return
        is_read = any((token["text"] or "").strip() for token in tokens)
        self._builder.add(Item(Kind.KEPT if is_read else Kind.POINT, (raw,)))

    def _is_inline(self, element: _Element, parent: _Element) -> bool:
        if element.name in self._options.splitting_tags:
            return False
        if element.name in self._options.non_splitting_tags or not self._options.outline:
            return True
        return parent.is_inline or parent.has_text

    def _outside(self, raw: str) -> None:
        self._builder.outside(raw, preserve=self._stack[-1].preserve)

    def _end_block(self) -> None:
        self._builder.end_block(preserve=self._stack[-1].preserve)


def _survey(
    tokens: Sequence["regex.Match[str]"], root: _Element
) -> tuple[dict[int, _Element], dict[int, int]]:
    """The element that begins at each start tag, and the index of its last token."""
    elements: dict[int, _Element] = {}
    ends: dict[int, int] = {}
    open_tags: list[int] = []
    for index, token in enumerate(tokens):
        if token["text"] is not None:
            if token["text"].strip():
                (elements[open_tags[-1]] if open_tags else root).has_text = True
        elif token["slash"]:
            ends[open_tags.pop()] = index
        elif token["name"] is not None:
            elements[index] = _Element(token["name"])
            if token["rest"].endswith("/"):
                ends[index] = index
            else:
                open_tags.append(index)
    return elements, ends
