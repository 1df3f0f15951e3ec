"""What is wrong with a translation, told from its pieces alone; not what to do about it."""

from collections.abc import Sequence

# A translation seldom has three times its source's pieces; short ones need some room.
_GROWTH = 3
_ROOM = 16

_LONGEST_UNIT = 48
_MIN_REPEATED_PIECES = 8
# Fewer duplicates cannot add up to a loop: most translations are done with after one look.
_MIN_DUPLICATES = 6


def expected_pieces(source_pieces: int, most: int) -> int:
    """The most pieces that the translation of so many is let have at first."""
    return min(most, _GROWTH * source_pieces + _ROOM)


def is_loop(output: Sequence[str], source: Sequence[str]) -> bool:
    """Whether the output says one thing over and over, more often than the source does."""
    if len(output) - len(set(output)) < _MIN_DUPLICATES:
        return False
    in_source = max((times for _, times in _runs(source)), default=1)
    for unit, times in _runs(output):
        words = any(character.isalpha() for piece in unit for character in piece)
        if _is_excessive(len(unit), times, words=words) and times > in_source + 1:
            return True
    return False


def _is_excessive(unit: int, times: int, *, words: bool) -> bool:
    """A long unit three times, a short one four; figures and rules (`1 000 000`, `---`) more."""
    if not words:
        return unit * times > 3 * _LONGEST_UNIT
    enough = 3 if unit > _MIN_REPEATED_PIECES // 2 else 4
    return times >= enough and unit * times >= _MIN_REPEATED_PIECES


def _runs(pieces: Sequence[str]) -> list[tuple[Sequence[str], int]]:
    """For each length, the unit repeated most often without a gap, and how often it is."""
    runs = []
    for length in range(1, min(_LONGEST_UNIT, len(pieces) // 2) + 1):
        same, longest, end = 0, 0, 0
        for place in range(length, len(pieces)):
            same = same + 1 if pieces[place] == pieces[place - length] else 0
            if same > longest:
                longest, end = same, place
        if longest >= length:
            runs.append((pieces[end - length + 1 : end + 1], longest // length + 1))
    return runs
