"""Puts the tags of a text into its translation: each once, well nested, nothing lost."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import regex

from common.markup.alignment import Alignment, Segment, Span, open_ends
from common.markup.blocks import PLACEHOLDER, Node
from common.markup.matching import Matcher, Room

_Finder = Callable[[Span, Sequence[str], Segment, Room], Span | None]

_NEAR = 40
_LONGEST_RUN = 4
_MARK = regex.compile(r"[^\w\s]")


@dataclass(slots=True)
class Placed:
    """A node and where in the translation it stands."""

    node: Node
    start: int
    end: int
    children: list["Placed"] = field(default_factory=list)
    is_lost: bool = False
    """Whether its placeholder was not found again."""


def place(
    nodes: Sequence[Node], alignment: Alignment, translations: Mapping[str, str]
) -> list[Placed]:
    """The nodes in the order of the translation.

    `translations` may have those of parts of the text, which help to find what became of them.
    """
    return _Placer(alignment, translations).within(nodes, 0, len(alignment.target))


class _Placer:
    def __init__(self, alignment: Alignment, translations: Mapping[str, str]) -> None:
        self._alignment = alignment
        self._translations = translations
        self._matcher = Matcher(alignment)
        self._placeholders = dict[str, Span]()
        for match in PLACEHOLDER.finditer(alignment.target):
            self._placeholders.setdefault(match.group(), match.span())

    def within(self, nodes: Sequence[Node], start: int, end: int) -> list[Placed]:
        """Nodes of one level, between two places of the translation."""
        room = Room(start, end)
        found: dict[int, Placed] = {}
        self._place_kept(nodes, room, found)
        self._place_spans(nodes, room, found)
        self._place_points(nodes, room, found)
        order = sorted(found, key=lambda index: (found[index].start, found[index].end, index))
        return [found[index] for index in order]

    def _place_kept(self, nodes: Sequence[Node], room: Room, found: dict[int, Placed]) -> None:
        for index, node in enumerate(nodes):
            if node.placeholder and (span := self._seen(node.placeholder, room)):
                room.take(*span)
                found[index] = Placed(node, *span)

    def _seen(self, placeholder: str, room: Room) -> Span | None:
        span = self._placeholders.get(placeholder)
        return span if span and room.start <= span[0] and span[1] <= room.end else None

    def _place_spans(self, nodes: Sequence[Node], room: Room, found: dict[int, Placed]) -> None:
        waiting = [index for index, node in enumerate(nodes) if node.is_span]
        for find in (self._matcher.exact, self._matcher.similar):
            for index in waiting:
                if (span := self._target_of(nodes[index], find, room)) is not None:
                    self._settle(index, nodes[index], span, room, found)
            waiting = [index for index in waiting if index not in found]
        for index in waiting:
            self._settle(index, nodes[index], self._share_of(nodes[index], room), room, found)

    def _settle(
        self, index: int, node: Node, span: Span, room: Room, found: dict[int, Placed]
    ) -> None:
        start, end = self._inked(*room.fit(*self._with_kept(node, span, room)))
        room.take(start, end)
        found[index] = Placed(node, start, end, self.within(node.children, start, end))

    def _inked(self, start: int, end: int) -> Span:
        """Without the blanks at its edges, and without marks there that belong to a word beside.

        Markdown takes no emphasis that begins or ends between a mark and a letter outside of it.
        """
        target = self._alignment.target
        while start < end and (target[start].isspace() or _is_other_s(target, start, start - 1)):
            start += 1
        while start < end and (target[end - 1].isspace() or _is_other_s(target, end - 1, end)):
            end -= 1
        return start, end

    def _with_kept(self, node: Node, span: Span, room: Room) -> Span:
        """A span that holds the placeholders of what is inside it."""
        start, end = span
        for child in node.children:
            if child.placeholder and (seen := self._seen(child.placeholder, room)):
                start, end = min(start, seen[0]), max(end, seen[1])
        return start, end

    def _target_of(self, node: Node, find: _Finder, room: Room) -> Span | None:
        start, end = self._alignment.trimmed(node.start, node.end)
        touched = self._alignment.touched(start, end)
        if not touched:
            return None
        bounds = [touched[0].target[0], touched[-1].target[1]]
        for part, segment in open_ends(start, end, self._alignment):
            text = self._alignment.source[slice(*part)]
            known = self._translations.get(text)
            found = find(part, [text] if known is None else [known, text], segment, room)
            if found is None:
                return None
            if part[0] > segment.source[0]:
                bounds[0] = found[0]
            if part[1] < segment.source[1]:
                bounds[1] = found[1]
            if len(touched) == 1:
                bounds = [*found]
        return (bounds[0], bounds[1]) if bounds[0] <= bounds[1] else None

    def _share_of(self, node: Node, room: Room) -> Span:
        start, end = self._alignment.trimmed(node.start, node.end)
        touched = self._alignment.touched(start, end)
        if not touched:
            at = self._at(node.start, room)
            return at, at
        first = self._matcher.share((start, end), touched[0], room)
        if len(touched) == 1:
            return first
        return first[0], max(first[0], self._matcher.share_end(end, touched[-1]))

    def _place_points(self, nodes: Sequence[Node], room: Room, found: dict[int, Placed]) -> None:
        last = room.start
        for index, node in enumerate(nodes):
            if index in found:
                continue
            at = self._beside(index, nodes, found)
            at = max(last, self._at(node.start, room) if at is None else at)
            found[index] = Placed(node, at, at, is_lost=bool(node.placeholder))
            last = at

    def _beside(self, index: int, nodes: Sequence[Node], found: dict[int, Placed]) -> int | None:
        """Beside what it stood beside: what was found tells more than a share."""
        node, source = nodes[index], self._alignment.source
        if index and index - 1 in found and not source[nodes[index - 1].end : node.start].strip():
            return found[index - 1].end
        if index + 1 in found and not source[node.end : nodes[index + 1].start].strip():
            return found[index + 1].start
        return None

    def _at(self, offset: int, room: Room) -> int:
        """The place of an offset of the source by its share of the sentence's words."""
        return room.outside(max(room.start, min(room.end, self._by_share(offset))))

    def _by_share(self, offset: int) -> int:
        source, segments = self._alignment.source, self._alignment.segments
        touched = self._alignment.touched(offset, offset + 1)
        if not touched:
            before = bisect_right(self._alignment.starts, offset)
            return segments[before - 1].target[1] if before else 0
        segment = touched[0]
        if offset <= segment.source[0]:
            return segment.target[0]
        if source[offset - 1].isspace():
            return self._matcher.share_start(offset, segment)
        return self._after_mark(
            source[offset - 1], self._matcher.share_end(offset, segment), segment
        )

    def _after_mark(self, character: str, at: int, segment: Segment) -> int:
        """After the punctuation mark that stood before it, where the translation has it near."""
        if not _MARK.match(character):
            return at
        target = self._alignment.target
        places = [
            target.find(character, at, min(at + _NEAR, segment.target[1])),
            target.rfind(character, max(at - _NEAR, segment.target[0]), at),
        ]
        known = [_end_of_run(target, place) for place in places if place >= 0]
        return min(known, key=lambda place: abs(place - at), default=at)


def _is_other_s(target: str, at: int, beside: int) -> bool:
    """Whether there is a mark with a letter beside it, that is outside."""
    is_letter = 0 <= beside < len(target) and target[beside].isalnum()
    return is_letter and bool(_MARK.match(target[at])) and target[at] not in "{}"


def _end_of_run(target: str, at: int) -> int:
    """Where a mark ends, together with those like it."""
    end = at + 1
    while end < at + _LONGEST_RUN and target.startswith(target[at], end):
        end += 1
    return end
