"""Where the cues of a SubRip or WebVTT file stand; cuts and joins no texts."""

from dataclasses import dataclass
from typing import Final

import regex

from common.files.document import FileDamagedError

_LINE: Final = regex.compile(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]++")
_TIMES: Final = regex.compile(
    r"\s*+(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*+-->"
    r"\s*+(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?:\s.*)?+",
    regex.DOTALL,
)
_NUMBER: Final = regex.compile(r"\s*+\d{1,9}\s*+")
_WEBVTT: Final = "WEBVTT"


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle: from when to when it is shown, and where its text stands."""

    begins_s: float
    ends_s: float
    start: int
    end: int


Line = tuple[int, int, str]


def is_webvtt(content: str) -> bool:
    """Which of the two it is."""
    return content.startswith(_WEBVTT)


def cues(content: str) -> list[Cue]:
    """In order, without those that have no text.

    Raises:
        FileDamagedError: There is none in what is not empty.
    """
    lines = [(match.start(), match.end(), match[0]) for match in _LINE.finditer(content)]
    timings = [place for place, line in enumerate(lines) if _TIMES.fullmatch(line[2])]
    if not timings and content.strip() and not is_webvtt(content):
        message = "The file has no subtitles in it."
        raise FileDamagedError(message)
    text_of = _to_blank_line if is_webvtt(content) else _to_next_cue
    ends = [*timings[1:], len(lines)][: len(timings)]
    found = (
        _cue(lines[place][2], text_of(lines[place + 1 : end], last=end == len(lines)))
        for place, end in zip(timings, ends, strict=True)
    )
    return [cue for cue in found if cue is not None]


def _to_blank_line(lines: list[Line], *, last: bool) -> list[Line]:
    """In WebVTT, comments and styles may follow."""
    del last
    blank = next((place for place, line in enumerate(lines) if not line[2].strip()), len(lines))
    return lines[:blank]


def _to_next_cue(lines: list[Line], *, last: bool) -> list[Line]:
    """In SubRip, blank lines may stand within a text; the last one is the next cue's number."""
    if not last and lines and _NUMBER.fullmatch(lines[-1][2]):
        return lines[:-1]
    return lines


def _cue(timing: str, lines: list[Line]) -> Cue | None:
    written = [line for line in lines if line[2].strip()]
    times = _TIMES.fullmatch(timing)
    if not written or times is None:
        return None
    first, last = written[0], written[-1]
    start = first[0] + len(first[2]) - len(first[2].lstrip())
    begins_s, ends_s = _seconds(*times.group(1, 2, 3, 4)), _seconds(*times.group(5, 6, 7, 8))
    return Cue(begins_s, ends_s, start, last[0] + len(last[2].rstrip()))


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + float(f"0.{fraction}")
