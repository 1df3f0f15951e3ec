"""XML from strangers as trees and back: no DTD, no entities, nothing fetched, bounded in size."""

from typing import Final
from xml.parsers import expat

import regex
from lxml import etree

from common.files.document import FileDamagedError, FileRefusedError, FileTooLargeError

MAX_MARKS: Final = 2_000_000
"""Elements and attributes, roughly: a node of a tree takes a hundred bytes, however few it was."""
_PROLOG: Final = 64 * 1024
_ILLEGAL: Final = regex.compile(r"[^\t\n\r -\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_BROKEN: Final = "The file is damaged: a part of it is not XML."


class _RootReachedError(Exception):
    """The prolog is over."""


def refuse_dtd(beginning: bytes) -> None:
    """Refuse a document type declaration, which is where entities come from.

    Raises:
        FileRefusedError: There is one.
        FileDamagedError: This is not how XML begins.
    """

    def refuse(*_: object) -> None:
        raise FileRefusedError("The file declares a document type, which office files do not.")

    def end(*_: object) -> None:
        raise _RootReachedError

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = end
    try:
        parser.Parse(beginning[:_PROLOG], False)  # noqa: FBT003 - its one spelling
    except _RootReachedError:
        return
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, FileRefusedError):
            raise
        raise FileDamagedError(_BROKEN) from error
    raise FileDamagedError(_BROKEN)


def parsed(data: bytes, max_depth: int) -> etree._Element:
    """The root of a document.

    Raises:
        FileRefusedError: It is not well-formed, has a DTD, or is more than a tree should hold.
    """
    refuse_dtd(data)
    if data.count(b"<") + data.count(b"=") > MAX_MARKS:
        raise FileTooLargeError("The file holds too many elements in one part.")
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FileDamagedError(_BROKEN) from error
    if root.xpath(f"boolean({'/*' * (max_depth + 1)})"):
        raise FileTooLargeError(f"The file holds elements more than {max_depth} deep.")
    return root


def _parser() -> etree.XMLParser[etree._Element]:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=False
    )


def serialized(root: etree._Element) -> bytes:
    """The document, with what stands around its root."""
    tree = root.getroottree()
    standalone = tree.docinfo.standalone or None  # what says nothing is read as "no"
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=True, standalone=standalone)


def namespace_of(element: etree._Element) -> str:
    """What its name is in; empty for none, and for comments and the like."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def local_name(element: etree._Element) -> str:
    """Without its namespace; empty for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def legal(text: str) -> str:
    """Without the characters that XML has no place for."""
    return text if text.isprintable() else _ILLEGAL.sub("", text)
