"""The texts of a workbook's cells, shared or in the cells themselves; no formula and no number."""

from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from typing import Final
from xml.sax.saxutils import unescape

import regex
from lxml import etree

from common.files.office.inline import Kind, stretches
from common.files.office.style import canonical
from common.files.office.tagged import TaggedText
from common.files.office.trees import local_name, namespace_of

_FORMULA: Final = regex.compile(
    rb"<(?:\w+:)?(?:f|formula|formula1|formula2|definedName)(?:\s[^<>]*+)?>([^<]*+)<"
)
_LITERAL: Final = regex.compile(r'"([^"]*+)"')
_MAX_LITERAL: Final = 255
"""Of a literal in a formula, says Excel."""
_RETURN: Final = "_x000D_"
"""How Excel writes a carriage return, which says nothing beside the line feed."""
_FONT: Final = frozenset({"sz", "rFont", "family", "scheme", "charset"})
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"


def literals_of(part: bytes) -> Iterator[str]:
    """The texts that formulas of a part compare with and look up, without their case."""
    for formula in _FORMULA.finditer(part):
        written = unescape(formula[1].decode(errors="replace"), {"&quot;": '"'})
        for literal in _LITERAL.finditer(written):
            for text in (literal[1], *literal[1].split(",")):  # a list of choices is one literal
                if 0 < len(text) <= _MAX_LITERAL:
                    yield text.strip().casefold()


class CellText:
    """The texts of shared strings, or of a sheet's own."""

    def __init__(self, root: etree._Element, kept: Collection[str]) -> None:
        """`kept`: texts that stay as they are, whatever their case."""
        namespace = namespace_of(root)
        vocabulary = _Cells(namespace)
        self.texts: Sequence[TaggedText] = [
            TaggedText(stretch, vocabulary)
            for cell in root.iter(f"{{{namespace}}}si", f"{{{namespace}}}is")
            if vocabulary.all_text(cell).casefold() not in kept
            for stretch in stretches(cell, vocabulary)
        ]

    def close(self) -> None:
        """Take out how the texts that were exchanged are pronounced."""
        for place in [text.place for text in self.texts if text.is_replaced]:
            for said in () if place is None else [*place]:
                if place is not None and local_name(said) in {"rPh", "phoneticPr"}:
                    place.remove(said)


class Recalculated:
    """A workbook that is calculated anew when it is opened: what cells say has changed."""

    texts: Sequence[TaggedText] = ()

    def __init__(self, root: etree._Element) -> None:
        self._root = root

    def close(self) -> None:
        for calculation in self._root.iter(f"{{{namespace_of(self._root)}}}calcPr"):
            calculation.set("fullCalcOnLoad", "1")


class _Cells:
    """The vocabulary."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def all_text(self, cell: etree._Element) -> str:
        return "".join(self.text(run) for run in cell if self.kind(run) is Kind.RUN).strip()

    def kind(self, element: etree._Element) -> Kind:
        return Kind.RUN if local_name(element) in {"t", "r"} else Kind.FIXED

    def text(self, run: etree._Element) -> str:
        content = run if local_name(run) == "t" else run.find(self._name("t"))
        return "" if content is None else (content.text or "").replace(_RETURN, "")

    def style(self, run: etree._Element) -> str:
        style = run.find(self._name("rPr"))
        return "" if self._is_as_the_cell(run, style) else canonical(style)

    def _is_as_the_cell(self, run: etree._Element, style: etree._Element | None) -> bool:
        """Whether it says no more than its font, after a run that says nothing: as Excel does."""
        cell = run.getparent()
        first = None if cell is None else cell.find(self._name("r"))
        if style is None or first is None or first.find(self._name("rPr")) is not None:
            return style is None
        return all(
            local_name(one) in _FONT or (local_name(one) == "color" and one.get("theme") == "1")
            for one in style
        )

    def content(self, group: etree._Element) -> etree._Element:
        return group

    def run(self, model: etree._Element, text: str) -> etree._Element:
        run = etree.Element(model.tag, nsmap=model.nsmap)
        content = run
        if local_name(model) == "r":
            style = model.find(self._name("rPr"))
            if style is not None:
                run.append(deepcopy(style))
            content = etree.SubElement(run, self._name("t"))
        content.text = text
        content.set(_SPACE, "preserve")
        return run

    def _name(self, local: str) -> str:
        return f"{{{self._namespace}}}{local}"
