"""SubRip and WebVTT: times, numbers, settings and styles stay; a sentence is translated whole.

One that runs over several cues is translated as one text and its translation shared among them
by length. Lines are wrapped anew, about as wide as they were.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

import regex

from common.files.cues import Cue, cues, is_webvtt
from common.files.document import Document, FileOptions, Limits
from common.files.encoding import decode
from common.files.lines import shares, width_of, wrapped
from common.files.spans import Span, SpannedDocument, has_letter

_WIDTH: Final = 42
"""Columns of a line that a viewer reads at one glance."""
_MOST_CUES, _MOST_CHARS = 5, 300
_LONGEST_WRAPPED: Final = 2000
"""Characters; a longer one was never meant to be seen at once."""
_PAUSE_S: Final = 1.5
_COMMAS: Final = (",", "\u3001", "\uff0c", "\u060c")
_ENDS: Final = tuple('.!?:;\u2026"\u201d\u00bb)]\u266a\u3002\uff01\uff1f\u061f\u0964-\u2013\u2014')
# What stands around the whole of a cue, as italics or a place on the screen.
_BEFORE: Final = regex.compile(r"(?:<[^<>/][^<>]*+>|\s)*+")
_OVERRIDES: Final = regex.compile(r"(?:\{\\[^{}]*+\}|\s)*+")
_SPEAKER: Final = regex.compile(r"\s*+[-\u2013\u2014]\s*+")
_KARAOKE: Final = regex.compile(r"<[\d:.]++>")
_REFERENCE: Final = regex.compile(r"&(?:\w++|#\w++);")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A cue's text, or one speaker's of it, with nothing around it."""

    cue: Cue
    start: int
    end: int
    raw: str
    is_markup: bool
    is_alone: bool
    """Whether it is never joined with its neighbours."""

    @property
    def text(self) -> str:
        return " ".join(_KARAOKE.sub("", self.raw).split())

    @property
    def lines(self) -> list[str]:
        return self.raw.splitlines()


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read subtitles, in whichever of the two formats."""
    del limits, options
    decoded = decode(data)
    content = decoded.text
    webvtt = is_webvtt(content)
    end = "\r\n" if "\r\n" in content else "\n"
    shown = [one for cue in cues(content) for one in _parts(content, cue, webvtt=webvtt)]
    spans = [_span(content, group, end, webvtt=webvtt) for group in _sentences(shown)]
    return SpannedDocument(decoded, spans)


def _parts(content: str, cue: Cue, *, webvtt: bool) -> Iterator[_Shown]:
    """One, or one for each speaker where lines begin with dashes."""
    raw = content[cue.start : cue.end]
    lines = raw.splitlines(keepends=True)
    if len(lines) == 1 or not all(map(_SPEAKER.match, lines)):
        yield from _shown(content, cue, cue.start, cue.end, webvtt=webvtt, alone=False)
        return
    start = cue.start
    for line in lines:
        dash = _SPEAKER.match(line)
        first = start + (dash.end() if dash else 0)
        yield from _shown(
            content, cue, first, start + len(line.rstrip()), webvtt=webvtt, alone=True
        )
        start += len(line)


def _shown(
    content: str, cue: Cue, start: int, end: int, *, webvtt: bool, alone: bool
) -> Iterator[_Shown]:
    override = _OVERRIDES.match(content, start, end)
    start = override.end() if override else start
    raw = content[start:end]
    before = _BEFORE.match(raw)
    first, last = before.end() if before else 0, _end_of(raw)
    inner = raw[first:last]
    if "<" in inner and first < last:  # the tags around it may not be each other's
        first, last, inner = 0, len(raw), raw
    if has_letter(inner):
        is_markup = "<" in inner or (webvtt and _REFERENCE.search(inner) is not None)
        yield _Shown(cue, start + first, start + last, inner, is_markup, alone or is_markup)


def _end_of(raw: str) -> int:
    """Where the closing tags begin that nothing stands behind."""
    end = len(raw.rstrip())
    while end and raw[end - 1] == ">":
        tag = raw.rfind("<", 0, end)
        if not raw.startswith("</", tag) or ">" in raw[tag : end - 1]:
            break
        end = tag
        while end and raw[end - 1].isspace():
            end -= 1
    return end


def _sentences(shown: Sequence[_Shown]) -> Iterator[list[_Shown]]:
    group: list[_Shown] = []
    for one in shown:
        if group and not _runs_on(group, one):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _runs_on(group: Sequence[_Shown], following: _Shown) -> bool:
    """Whether what follows is of the same sentence."""
    last = group[-1]
    if last.is_alone or following.is_alone or len(group) == _MOST_CUES:
        return False
    if sum(len(one.raw) for one in (*group, following)) > _MOST_CHARS:
        return False
    if not 0 <= following.cue.begins_s - last.cue.ends_s + 1e-3 <= _PAUSE_S:
        return False
    if last.text.endswith(_COMMAS):
        return True
    return not last.text.endswith(_ENDS) and following.text[0].islower()


def _span(content: str, group: Sequence[_Shown], end: str, *, webvtt: bool) -> Span:
    gaps = [content[one.end : following.start] for one, following in pairwise(group)]
    return Span(
        group[0].start,
        group[-1].end,
        " ".join(one.text for one in group),
        partial(_written, group=group, gaps=gaps, end=end, webvtt=webvtt),
        "html" if group[0].is_markup else "text",
    )


def _written(
    translation: str, *, group: Sequence[_Shown], gaps: Sequence[str], end: str, webvtt: bool
) -> str:
    text = " ".join(translation.replace("-->", "\u2192").split())  # no blank line, no time
    if webvtt and not group[0].is_markup:
        text = text.replace("&", "&amp;").replace("<", "&lt;")
    parts: list[str] = []
    for one, share in zip(group, shares(text, [len(one.text) for one in group]), strict=True):
        lines = _lines(share, one)
        parts.append(end.join(line for line in lines if line))
    return "".join(part for pair in zip(parts, (*gaps, ""), strict=True) for part in pair)


def _lines(text: str, shown: _Shown) -> list[str]:
    is_speaker = shown.is_alone and not shown.is_markup
    if is_speaker or max(len(text), len(shown.raw)) > _LONGEST_WRAPPED:
        return [text]
    width = max(_WIDTH, *map(width_of, shown.lines))
    return wrapped(text, len(shown.lines), width)
