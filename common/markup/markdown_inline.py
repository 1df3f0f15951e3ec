"""Tells text from markup within a paragraph of Markdown, by place; which lines it has is elsewhere.

markdown-it decides what is markup. Its tokens do not say where they stand, but its rules begin and
end at places that can be seen: each is wrapped here by one that notes them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import regex

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

    Rule = Callable[[StateInline, bool], bool]

_NOTES: Final = "places"
_MARKUP: Final = regex.compile(r"[\n\\`*_~!\[\]<]")


class MarkKind(Enum):
    """What a part of a paragraph is."""

    OPEN = auto()
    CLOSE = auto()
    KEPT = auto()
    POINT = auto()
    BREAK = auto()
    WRAP = auto()
    """A line break that is only a space."""
    TAG = auto()
    """Of HTML."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a paragraph that is no text."""

    kind: MarkKind
    start: int
    end: int
    name: str = ""
    moved: str = ""
    """What it is called by where its text has changed: a link's reference."""


@dataclass(slots=True)
class _Notes:
    marks: list[Mark] = field(default_factory=list)
    delimiters: list[tuple["Token", int]] = field(default_factory=list)
    is_paused: int = 0


_WHOLE: Final = {
    "backticks": MarkKind.KEPT,
    "autolink": MarkKind.KEPT,
    "math_inline": MarkKind.KEPT,
    "html_inline": MarkKind.TAG,
    "footnote_ref": MarkKind.POINT,
}
_DELIMITED: Final = frozenset({"emphasis", "strikethrough"})


@cache
def parser() -> "MarkdownIt":
    """CommonMark with GitHub's tables and strikethrough, footnotes and front matter."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 60 ms, and most texts are no Markdown
    from mdit_py_plugins.footnote import footnote_plugin  # noqa: PLC0415 - the same
    from mdit_py_plugins.front_matter import front_matter_plugin  # noqa: PLC0415 - the same

    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    markdown.use(footnote_plugin, inline=False, move_to_end=False).use(front_matter_plugin)
    markdown.disable("inline")
    for rule in list(markdown.inline.ruler.__rules__):
        if wrap := _wrapper(rule.name):
            markdown.inline.ruler.at(rule.name, wrap(rule.name, rule.fn))
    return markdown


def marks_of(content: str, env: dict[str, Any]) -> list[Mark]:
    """The parts of a paragraph that are no text, in order, none within another."""
    if not _MARKUP.search(content):
        return []
    notes = _Notes()
    markdown = parser()
    markdown.inline.parse(content, markdown, {**env, _NOTES: notes}, [])
    notes.marks += _delimiters(notes.delimiters)
    return list(_apart(sorted(notes.marks, key=lambda mark: (mark.start, mark.end))))


def _apart(marks: list[Mark]) -> Iterator[Mark]:
    end = 0
    for mark in marks:
        if mark.start >= end:
            yield mark
            end = mark.end


def _delimiters(noted: list[tuple["Token", int]]) -> Iterator[Mark]:
    """Those that turned out to be markup; of two that are one, one token is that and one empty."""
    for token, place in noted:
        kind = {1: MarkKind.OPEN, -1: MarkKind.CLOSE}.get(token.nesting)
        if kind is None:
            continue
        before = 1 if token.type == "strong_open" else 0
        start = place - before
        yield Mark(kind, start, start + len(token.markup), token.tag)


def _wrapper(name: str) -> "Callable[[str, Rule], Rule] | None":
    if name in _WHOLE:
        return _whole
    if name in _DELIMITED:
        return _delimited
    return {"newline": _line_end, "escape": _line_end, "link": _link, "image": _link}.get(name)


def _notes_of(state: "StateInline", silent: bool) -> _Notes | None:  # noqa: FBT001 - a rule's
    notes: _Notes = state.env[_NOTES]
    return None if silent or notes.is_paused else notes


def _whole(name: str, rule: "Rule") -> "Rule":
    def _noting(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001 - a rule's
        start, count = state.pos, len(state.tokens)
        done = rule(state, silent)
        notes = _notes_of(state, silent)
        if done and notes and len(state.tokens) > count:  # else it was only skipped as text
            notes.marks.append(Mark(_WHOLE[name], start, state.pos))
        return done

    return _noting


def _delimited(_: str, rule: "Rule") -> "Rule":
    def _noting(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001 - a rule's
        start, count = state.pos, len(state.delimiters)
        done = rule(state, silent)
        if done and (notes := _notes_of(state, silent)):
            place = state.pos
            for delimiter in reversed(state.delimiters[count:]):
                token = state.tokens[delimiter.token]
                place -= len(token.content)
                notes.delimiters.append((token, max(start, place)))
        return done

    return _noting


def _line_end(_: str, rule: "Rule") -> "Rule":
    def _noting(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001 - a rule's
        start, count = state.pos, len(state.tokens)
        done = rule(state, silent)
        notes = _notes_of(state, silent)
        kinds = {"hardbreak": MarkKind.BREAK, "softbreak": MarkKind.WRAP}
        if done and notes:
            found = [kinds[one.type] for one in state.tokens[count:] if one.type in kinds]
            blanks = len(state.src[:start]) - len(state.src[:start].rstrip(" ")) if found else 0
            notes.marks += [Mark(kind, start - blanks, state.pos) for kind in found]
        return done

    return _noting


def _link(name: str, rule: "Rule") -> "Rule":
    opening = 2 if name == "image" else 1

    def _noting(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001 - a rule's
        start = state.pos
        notes = _notes_of(state, silent)
        if notes and name == "image":
            notes.is_paused += 1  # its text is parsed by itself, at places of its own
        done = rule(state, silent)
        if notes and name == "image":
            notes.is_paused -= 1
        if done and notes:
            end = state.pos
            middle = state.md.helpers.parseLinkLabel(state, start + opening - 1, name == "link")
            label, tail = state.src[start + opening : middle], state.src[middle:end]
            moved = f"][{label}]" if tail in {"]", "][]"} else ""
            notes.marks.append(Mark(MarkKind.OPEN, start, start + opening, name))
            notes.marks.append(Mark(MarkKind.CLOSE, middle, end, name, moved))
        return done

    return _noting
