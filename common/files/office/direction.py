"""Which way a text runs, and how OOXML says so; what it says is not here."""

from collections.abc import Iterable
from typing import Final

from lxml import etree

from common.files.office.trees import local_name, namespace_of
from common.languages import find

_AFTER_BIDI: Final = frozenset(
    [
        "adjustRightInd",
        "snapToGrid",
        "spacing",
        "ind",
        "contextualSpacing",
        "mirrorIndents",
        "suppressOverlap",
        "jc",
        "textDirection",
        "textAlignment",
        "textboxTightWrap",
        "outlineLvl",
        "divId",
        "cnfStyle",
        "rPr",
        "sectPr",
        "pPrChange",
    ]
)
_AFTER_RTL: Final = frozenset(
    ["cs", "em", "lang", "eastAsianLayout", "specVanish", "oMath", "rPrChange"]
)
_TWINS: Final = {"b": "bCs", "i": "iCs", "sz": "szCs"}
"""Elements that Latin letters are styled by, and those that Arabic and Hebrew ones are."""
_CENTRED: Final = frozenset({"title", "ctrTitle", "subTitle"})


def is_right_to_left(language: str | None) -> bool | None:
    """Whether a language is written so; None: nothing is known of it."""
    found = find(language) if language else None
    return None if found is None else found.rtl


def turn_word_paragraph(paragraph: etree._Element, *, to_left: bool) -> None:
    """Have a paragraph of WordprocessingML run that way."""
    namespace = namespace_of(paragraph)
    properties = paragraph.find(f"{{{namespace}}}pPr")
    if properties is None:
        if not to_left:
            return
        properties = etree.Element(f"{{{namespace}}}pPr")
        paragraph.insert(0, properties)
    _switch(properties, "bidi", _AFTER_BIDI, on=to_left)


def turn_word_style(style: etree._Element, *, to_left: bool) -> None:
    """Have a run with these properties be of letters that run that way."""
    _switch(style, "rtl", _AFTER_RTL, on=to_left)
    if to_left:
        for latin in [one for one in style if local_name(one) in _TWINS]:
            twin = f"{{{namespace_of(latin)}}}{_TWINS[local_name(latin)]}"
            if style.find(twin) is None:
                latin.addnext(etree.Element(twin, dict(latin.attrib), nsmap=latin.nsmap))


def turn_drawing_paragraph(paragraph: etree._Element, *, to_left: bool) -> None:
    """Have a paragraph of DrawingML run that way, from the side it then begins at."""
    name = f"{{{namespace_of(paragraph)}}}pPr"
    properties = paragraph.find(name)
    ran_to_left = properties is not None and properties.get("rtl", "0") in {"1", "true"}
    if to_left == ran_to_left:
        return
    if properties is None:
        properties = etree.Element(name)
        paragraph.insert(0, properties)
    properties.set("rtl", "1" if to_left else "0")
    start, end = ("l", "r") if to_left else ("r", "l")
    if properties.get("algn", "ctr" if _is_centred(paragraph) else start) == start:
        properties.set("algn", end)


def _switch(properties: etree._Element, local: str, later: Iterable[str], *, on: bool) -> None:
    name = f"{{{namespace_of(properties)}}}{local}"
    for found in properties.findall(name):
        properties.remove(found)
    if on:
        element = etree.Element(name, nsmap=properties.nsmap)
        following = next((one for one in properties if local_name(one) in later), None)
        if following is None:
            properties.append(element)
        else:
            following.addprevious(element)


def _is_centred(paragraph: etree._Element) -> bool:
    """Whether it is of a title, which its layout puts in the middle."""
    shape = next((one for one in paragraph.iterancestors() if local_name(one) == "sp"), None)
    if shape is None:
        return False
    places = (one for one in shape.iter() if local_name(one) == "ph")
    return any(place.get("type") in _CENTRED for place in places)
