"""Puts right what a translation has almost: `{ Name }` for `{name}`; asks no model."""

import regex

from common.placeholders.comparison import Difference, Protected, difference
from common.placeholders.spans import Kind, Span

_FULL_WIDTH = 0xFEE0
_MOST_REPAIRED, _LONGEST = 20, 300
# Of these an invented one is the translation of one that is gone.
_TRANSLATED = frozenset({Kind.VARIABLE, Kind.TAG, Kind.CODE, Kind.HANDLE})


def repaired(source: Protected, output: str, found: Difference) -> str:
    """`output` with what can be repaired of the difference; never worse than it was."""
    if not found.lost or len(found.lost) > _MOST_REPAIRED:
        return output
    better = output
    for span in found.lost:
        if len(span.text) <= _LONGEST:
            better = _respelled(better, span)
    better = _renamed(better, difference(source, better))
    return better if _misses(difference(source, better)) < _misses(found) else output


def _misses(found: Difference) -> int:
    return len(found.lost) + len(found.added)


def _respelled(output: str, span: Span) -> str:
    """The first place where the span stands in other case, with other spaces or full width."""
    characters = (c for c in span.text if not c.isspace())
    pattern = r"[\s\u200b]{0,2}".join(map(_any_width, characters))
    alike = regex.compile(pattern, flags=regex.IGNORECASE)
    for match in alike.finditer(output):
        if match.group() != span.text:
            return f"{output[: match.start()]}{span.text}{output[match.end() :]}"
    return output


def _any_width(character: str) -> str:
    if "!" <= character <= "~" and not character.isalnum():
        return f"(?:{regex.escape(character)}|{chr(ord(character) + _FULL_WIDTH)})"
    return regex.escape(character)


def _renamed(output: str, found: Difference) -> str:
    """One that is gone in place of one of its kind that was invented."""
    if len(found.lost) != 1 or len(found.added) != 1:
        return output
    [lost], [added] = found.lost, found.added
    if lost.kind is not added.kind or lost.kind not in _TRANSLATED:
        return output
    alike = 2 if lost.kind is Kind.TAG else 1  # of a tag the name's beginning, or its slash
    if lost.text[:alike] != added.text[:alike] or lost.text[-1] != added.text[-1]:
        return output
    return f"{output[: added.start]}{lost.text}{output[added.end :]}"
