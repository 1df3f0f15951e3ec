"""The fields of WordprocessingML: which text is computed by one, and where a linked one stands.

A field is marked by runs of its own (begin, instruction, separate, result, end) that may be
paragraphs apart.
"""

from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from common.files.document import FileRefusedError
from common.files.office.trees import local_name, namespace_of

FIELD: Final = "field"
_OURS: Final = f"{{urn:translation}}{FIELD}"
_TEXTUAL: Final = frozenset({"HYPERLINK", "TOC"})
_EXCHANGE: Final = frozenset({"DDE", "DDEAUTO"})
_INCLUDED: Final = frozenset({"INCLUDETEXT", "INCLUDEPICTURE", "IMPORT", "LINK", "INCLUDE"})
_MAX_NESTED: Final = 8
"""Fields within each other; what is deeper has its text among that of the one around it."""
_ELSEWHERE: Final = ("://", "\\\\\\\\")
"""Of a URL, and of a path to another machine as an instruction spells it."""


def is_computed(instruction: str) -> bool:
    """Whether a field's result is anything but text.

    Raises:
        FileRefusedError: It runs a command, or loads from elsewhere.
    """
    words = instruction.split(maxsplit=1)
    name = words[0].upper() if words else ""
    if name in _EXCHANGE:
        raise FileRefusedError("The file holds a field that runs another program (DDE).")
    if name in _INCLUDED and any(sign in instruction for sign in _ELSEWHERE):
        raise FileRefusedError("The file holds a field that loads from elsewhere.")
    return name not in _TEXTUAL


@dataclass(slots=True)
class _Field:
    begin: etree._Element
    instruction: list[str] = field(default_factory=list)
    computed: bool = True
    """Until its instruction is known."""

    def read(self) -> None:
        self.computed = is_computed("".join(self.instruction))


class Fields:
    """All fields of a part."""

    def __init__(self, root: etree._Element) -> None:
        """Read them; each run must be text, or marks, and not both.

        Raises:
            FileRefusedError: One of them runs a command, or loads from elsewhere.
        """
        self._results = set[etree._Element]()
        self._textual: list[tuple[etree._Element, etree._Element]] = []
        self._open: list[_Field] = []
        self._computing = 0
        for run in root.iter(f"{{{namespace_of(root)}}}r"):
            for child in run:
                self._follow(run, child)
            if self._computing:
                self._results.add(run)

    def __contains__(self, run: etree._Element) -> bool:
        """Whether a run is the result of a field that is computed anew."""
        return run in self._results

    def wrap(self) -> None:
        """Put each textual field of one paragraph into an element of our own."""
        for begin, end in self._textual:  # inner ones first, as they end
            wrapper = etree.Element(_OURS)
            begin.addprevious(wrapper)
            for one in [begin, *_until(begin, end)]:
                wrapper.append(one)

    def _follow(self, run: etree._Element, child: etree._Element) -> None:
        match local_name(child), _type(child):
            case "fldChar", "begin":
                self._open.append(_Field(run))
                self._computing += 1
            case (("instrText" | "delInstrText"), _) if self._open:
                self._open[-1].instruction.append(child.text or "")
            case "fldChar", "separate" if self._open and self._open[-1].computed:
                self._open[-1].read()
                self._computing -= not self._open[-1].computed
            case "fldChar", "end" if self._open:
                self._close(self._open.pop(), run)

    def _close(self, ended: _Field, end: etree._Element) -> None:
        self._computing -= ended.computed
        ended.read()
        if len(self._open) >= _MAX_NESTED:
            return
        parent = ended.begin.getparent()
        if not ended.computed and parent is not None and parent is end.getparent():
            self._textual.append((ended.begin, end))


def unwrap(root: etree._Element) -> None:
    """Take out what `Fields.wrap` has put in."""
    for wrapper in [*root.iter(_OURS)]:
        for child in [*wrapper]:
            wrapper.addprevious(child)
        parent = wrapper.getparent()
        if parent is not None:
            parent.remove(wrapper)


def _until(begin: etree._Element, end: etree._Element) -> list[etree._Element]:
    """The siblings after the one, up to the other."""
    found: list[etree._Element] = []
    while begin is not end and (not found or found[-1] is not end):
        following = (found[-1] if found else begin).getnext()
        if following is None:
            break
        found.append(following)
    return found


def _type(child: etree._Element) -> str:
    return child.get(f"{{{namespace_of(child)}}}fldCharType", "")
