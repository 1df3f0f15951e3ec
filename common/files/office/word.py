"""What the elements of WordprocessingML are to a line; not where in the file they stand.

Text that a field computes (a page number, a date), a dropped-down choice and deleted text stay as
they are; the result of a hyperlink or a table of contents is text like any other.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Final

from lxml import etree

from common.files.office.direction import (
    is_right_to_left,
    turn_word_paragraph,
    turn_word_style,
)
from common.files.office.inline import Kind, stretches
from common.files.office.style import canonical
from common.files.office.tagged import TaggedText
from common.files.office.trees import local_name, namespace_of
from common.files.office.wordfields import FIELD, Fields, is_computed, unwrap

_TEXT: Final = frozenset({"t", "noBreakHyphen", "softHyphen", "ruby"})
_BREAKS: Final = frozenset({"tab", "ptab", "br", "cr"})
_GROUPS: Final = frozenset(
    {"hyperlink", "ins", "moveTo", "smartTag", "customXml", "dir", "bdo", "sdt", "fldSimple", FIELD}
)
_TRACES: Final = frozenset({"proofErr", "lastRenderedPageBreak"})
"""What Word noted about the text when it last laid it out; anew each time."""
_CHOICES: Final = frozenset({"dropDownList", "comboBox", "date", "checkbox", "picture", "equation"})
_NO_STYLE: Final = ("lang", "noProof", "rPrChange")
_AFTER_LANG: Final = frozenset({"eastAsianLayout", "specVanish", "oMath", "rPrChange"})
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"


class WordText:
    """A part in WordprocessingML and its texts."""

    def __init__(self, root: etree._Element, language: str | None) -> None:
        """`language`: what runs that are written anew say that they are in."""
        self._root = root
        paragraphs = _paragraphs(root)
        for paragraph in paragraphs:
            _simplify(paragraph)
        fields = Fields(root)
        vocabulary = _Word(namespace_of(root), language, fields)
        fields.wrap()
        self._to_left = is_right_to_left(language)
        self._places = [
            (paragraph, TaggedText(stretch, vocabulary))
            for paragraph in paragraphs
            for stretch in stretches(paragraph, vocabulary)
        ]
        self.texts: Sequence[TaggedText] = [text for _, text in self._places]

    def close(self) -> None:
        """Leave nothing in the tree that is only ours, and turn what is new."""
        unwrap(self._root)
        replaced = dict.fromkeys(one for one, text in self._places if text.is_replaced)
        for paragraph in replaced if self._to_left is not None else ():
            turn_word_paragraph(paragraph, to_left=bool(self._to_left))


class _Word:
    """The vocabulary."""

    def __init__(self, namespace: str, language: str | None, fields: Fields) -> None:
        self._namespace = namespace
        self._language = language
        self._to_left = is_right_to_left(language)
        self._fields = fields

    def name(self, local: str) -> str:
        return f"{{{self._namespace}}}{local}"

    def kind(self, element: etree._Element) -> Kind:
        name = local_name(element)
        if name == "r":
            return self._kind_of_run(element)
        if name in _GROUPS and not self._is_left_alone(element, name):
            return Kind.GROUP
        return Kind.FIXED

    def text(self, run: etree._Element) -> str:
        return "".join(_text(child) for child in run)

    def style(self, run: etree._Element) -> str:
        return canonical(run.find(self.name("rPr")), without=_NO_STYLE)

    def content(self, group: etree._Element) -> etree._Element:
        found = group.find(self.name("sdtContent"))
        return group if found is None else found

    def run(self, model: etree._Element, text: str) -> etree._Element:
        run = etree.Element(model.tag, dict(model.attrib), nsmap=model.nsmap)
        style = model.find(self.name("rPr"))
        if style is not None:
            run.append(deepcopy(style))
        if self._language is not None:
            self._speak(run, self._language)
        content = etree.SubElement(run, self.name("t"))
        content.text = " ".join(text.splitlines())
        content.set(_SPACE, "preserve")
        return run

    def _kind_of_run(self, run: etree._Element) -> Kind:
        names = {local_name(child) for child in run} - {"rPr"}
        if names & _BREAKS:
            return Kind.LINE if self._is_line_break(run) else Kind.BREAK
        is_text = bool(names) and names <= _TEXT and run not in self._fields
        return Kind.RUN if is_text else Kind.FIXED

    def _is_line_break(self, run: etree._Element) -> bool:
        """One, and nothing else."""
        marks = [child for child in run if local_name(child) != "rPr"]
        kind = marks[0].get(self.name("type"), "textWrapping")
        is_line = local_name(marks[0]) in {"br", "cr"} and kind == "textWrapping"
        return is_line and len(marks) == 1

    def _is_left_alone(self, group: etree._Element, name: str) -> bool:
        if name == "fldSimple":
            return is_computed(group.get(self.name("instr"), ""))
        return name == "sdt" and _is_choice(group)

    def _speak(self, run: etree._Element, language: str) -> None:
        style = run.find(self.name("rPr"))
        if style is None:
            style = etree.SubElement(run, self.name("rPr"))
        said = style.find(self.name("lang"))
        if said is None:
            said = etree.Element(self.name("lang"), nsmap=run.nsmap)
            later = next((one for one in style if local_name(one) in _AFTER_LANG), None)
            if later is None:
                style.append(said)
            else:
                later.addprevious(said)
        for script in ("val", "eastAsia", "bidi"):
            said.set(self.name(script), language)
        if self._to_left is not None:
            turn_word_style(style, to_left=self._to_left)


def _text(child: etree._Element) -> str:
    match local_name(child):
        case "t":
            return (child.text or "").replace("\N{SOFT HYPHEN}", "")
        case "noBreakHyphen":
            return "\N{NON-BREAKING HYPHEN}"
        case "ruby":  # how its base is read says nothing in another language
            return "".join(one.text or "" for one in child.iterfind("{*}rubyBase//{*}t"))
        case _:
            return ""


def _paragraphs(root: etree._Element) -> list[etree._Element]:
    """All but those in controls that offer a choice."""
    namespace = namespace_of(root)
    chosen = {
        paragraph
        for control in root.iter(f"{{{namespace}}}sdt")
        if _is_choice(control)
        for paragraph in control.iter(f"{{{namespace}}}p")
    }
    return [one for one in root.iter(f"{{{namespace}}}p") if one not in chosen]


def _is_choice(control: etree._Element) -> bool:
    properties = control.find(f"{{{namespace_of(control)}}}sdtPr")
    return properties is not None and any(local_name(one) in _CHOICES for one in properties)


def _simplify(paragraph: etree._Element) -> None:
    """Make each of its runs text, or a break, or neither; leave out what layout has noted."""
    for element in [one for one in _own(paragraph) if local_name(one) in _TRACES]:
        _remove(element)
    for run in [one for one in _own(paragraph) if local_name(one) == "r"]:
        _split(run)


def _own(paragraph: etree._Element) -> Iterator[etree._Element]:
    """What is in a paragraph, apart from paragraphs in it."""
    for child in paragraph:
        yield child
        if local_name(child) not in {"p", "drawing", "pict", "object", "AlternateContent"}:
            yield from _own(child)


def _split(run: etree._Element) -> None:
    content = [child for child in run if local_name(child) != "rPr"]
    if not content:
        _remove(run)
        return
    classes = [_class(child) for child in content]
    style = run.find(f"{{{namespace_of(run)}}}rPr")
    last, part = classes[0], run
    for child, its_class in zip(content[1:], classes[1:], strict=True):
        if its_class != last:
            following = etree.Element(run.tag, dict(run.attrib), nsmap=run.nsmap)
            if style is not None:
                following.append(deepcopy(style))
            part.addnext(following)
            last, part = its_class, following
        if part is not run:
            part.append(child)


def _class(child: etree._Element) -> str:
    name = local_name(child)
    return "text" if name in _TEXT else "break" if name in _BREAKS else "other"


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
