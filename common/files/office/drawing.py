"""What the elements of DrawingML are to a line: text on slides, in shapes, charts and diagrams."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

from lxml import etree

from common.files.office.direction import is_right_to_left, turn_drawing_paragraph
from common.files.office.inline import LINK, Kind, stretches
from common.files.office.style import canonical
from common.files.office.tagged import TaggedText
from common.files.office.trees import local_name

NAMESPACES: Final = (
    "http://schemas.openxmlformats.org/drawingml/2006/main",
    "http://purl.oclc.org/ooxml/drawingml/main",
)
GRAPHICS: Final = (
    "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml",
    "application/vnd.ms-office.drawingml.diagramDrawing+xml",
)
"""Types of the parts that are such graphics and may be in any file."""
_NOTED: Final = ("lang", "altLang", "dirty", "err", "noProof", "smtClean", "smtId", "bmk")
"""What is no style, and no element either: where the spelling was checked, and in what."""


class DrawingText:
    """The texts of a part that holds DrawingML, whatever else it is."""

    def __init__(self, root: etree._Element, language: str | None) -> None:
        """`language`: what runs that are written anew say that they are in."""
        self._to_left = is_right_to_left(language)
        self._places = [
            (paragraph, TaggedText(stretch, vocabulary))
            for namespace in NAMESPACES
            for vocabulary in (_Drawing(namespace, language),)
            for paragraph in root.iter(f"{{{namespace}}}p")
            for stretch in stretches(paragraph, vocabulary)
        ]
        self.texts: Sequence[TaggedText] = [text for _, text in self._places]

    def close(self) -> None:
        """Turn what is new."""
        replaced = dict.fromkeys(one for one, text in self._places if text.is_replaced)
        for paragraph in replaced if self._to_left is not None else ():
            turn_drawing_paragraph(paragraph, to_left=bool(self._to_left))


class _Drawing:
    """The vocabulary; the hyperlink of a run is part of its style."""

    def __init__(self, namespace: str, language: str | None) -> None:
        self._namespace = namespace
        self._language = language

    def kind(self, element: etree._Element) -> Kind:
        match local_name(element):
            case "r":
                return Kind.RUN
            case "br":
                return Kind.LINE
            case _:
                return Kind.FIXED

    def text(self, run: etree._Element) -> str:
        return (run.findtext(self._name("t")) or "").replace("\N{SOFT HYPHEN}", "")

    def style(self, run: etree._Element) -> str:
        style = run.find(self._name("rPr"))
        is_link = style is not None and style.find(self._name("hlinkClick")) is not None
        return f"{LINK if is_link else ''}{canonical(style, attributes=_NOTED)}"

    def content(self, group: etree._Element) -> etree._Element:
        return group

    def run(self, model: etree._Element, text: str) -> etree._Element:
        run = etree.Element(model.tag, nsmap=model.nsmap)
        style = model.find(self._name("rPr"))
        if style is not None:
            style = deepcopy(style)
            run.append(style)
            for noted in ("dirty", "err"):
                style.attrib.pop(noted, None)
        if self._language is not None:
            style = etree.SubElement(run, self._name("rPr")) if style is None else style
            style.set("lang", self._language)
        etree.SubElement(run, self._name("t")).text = " ".join(text.splitlines())
        return run

    def _name(self, local: str) -> str:
        return f"{{{self._namespace}}}{local}"
