"""Finds where a phrase stands in a translation: by its letters, by its words, or by its share."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from itertools import accumulate

from common.markup.alignment import Alignment, Segment, Span, Words, words_of

# What looking may cost for one text, in steps; beyond, a phrase's share of the words decides.
_BUDGET = 200_000
_MOST_TRIES = 12
_MOST_WORDS = 60
_SIMILAR_ENOUGH = 0.5
# What a word too many costs, beside the letters that it brings.
_PRECISION = 0.1
_SAME_STEM = 0.5
_SHORTEST_STEM = 3
_EXTRA_WORDS = 2
_FARTHEST_WORD = 40
# A word by itself makes some models talk: so many letters of its translation are its own.
_GROWTH = 1.3


class Room:
    """What of a stretch of text nothing has taken yet."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end
        self._taken: list[Span] = []

    def is_free(self, start: int, end: int) -> bool:
        if start < self.start or end > self.end:
            return False
        place = bisect_left(self._taken, (start, start))
        before = self._taken[place - 1] if place else None
        after = self._taken[place] if place < len(self._taken) else None
        return (before is None or before[1] <= start) and (after is None or end <= after[0])

    def fit(self, start: int, end: int) -> Span:
        """The longest free part of a span; an empty one where there is none."""
        start = min(max(start, self.start), self.end)
        end = min(end, self.end)
        gaps = list(self._gaps(start, end))
        return max(gaps, key=lambda gap: gap[1] - gap[0]) if gaps else (start, start)

    def take(self, start: int, end: int) -> None:
        if start < end:
            insort(self._taken, (start, end))

    def outside(self, at: int) -> int:
        """A place that is not within what is taken."""
        place = bisect_left(self._taken, (at, at))
        inside = place > 0 and self._taken[place - 1][1] > at
        return self._taken[place - 1][1] if inside else at

    def _gaps(self, start: int, end: int) -> Iterator[Span]:
        place = max(0, bisect_left(self._taken, (start, start)) - 1)
        while place < len(self._taken) and start < end:
            taken = self._taken[place]
            if taken[0] >= end:
                break
            if taken[0] > start:
                yield start, taken[0]
            start, place = max(start, taken[1]), place + 1
        if start < end:
            yield start, end


class Matcher:
    """Looks in the translation of one text."""

    def __init__(self, alignment: Alignment) -> None:
        self._alignment = alignment
        self._source, self._target = alignment.source, alignment.target
        self._lowered = _lowered(self._target)
        self._source_words = words_of(self._source)
        self._words = words_of(self._target)
        self._budget = _BUDGET

    def exact(
        self, part: Span, phrases: Sequence[str], segment: Segment, room: Room
    ) -> Span | None:
        """Where one of the phrases stands as it is, or but for its case; the nearest place."""
        start, end = _common(segment.target, room)
        near = self.share_start(part[0], segment)
        for phrase in dict.fromkeys(form for one in phrases for form in _forms(_lowered(one))):
            if not self._afford((end - start) // 64 + 1):
                return None
            found = self._nearest(phrase, part, (start, end), near, room)
            if found is not None:
                return self._with_mark(found, part, room)
        return None

    def similar(
        self, part: Span, phrases: Sequence[str], segment: Segment, room: Room
    ) -> Span | None:
        """Where most of the words of a phrase stand, or words of their stems, close together."""
        start, end = _common(segment.target, room)
        first, last = self._words.between(start, end)
        near = self.share_start(part[0], segment)
        for phrase in phrases:
            wanted = [_lowered(phrase)[slice(*span)] for span in words_of(phrase).spans]
            cost = len(wanted) * (last - first) + 1
            if not wanted or len(wanted) > _MOST_WORDS or not self._afford(cost):
                continue
            letters = min(sum(map(len, wanted)), _GROWTH * (part[1] - part[0]) + 2)
            found = self._window(wanted, letters, range(first, last), near, room)
            if found is not None:
                return self._with_mark(found, part, room)
        return None

    def share(self, part: Span, segment: Segment, room: Room) -> Span:
        """The words of the translation that have the same place in it as the part's have."""
        first, last = self._words.between(*segment.target)
        if first == last:
            return room.fit(*segment.target)
        start = min(self._counterpart(part[0], segment), last - 1)
        end = max(self._counterpart(part[1], segment), start + 1)
        found = room.fit(self._words.spans[start][0], self._words.spans[end - 1][1])
        return found if found[0] < found[1] else self._free_word(start, room) or found

    def _free_word(self, near: int, room: Room) -> Span | None:
        """The word next to this one that nothing has taken: tags around none mark nothing."""
        for distance in range(1, _FARTHEST_WORD):
            for word in (near - distance, near + distance):
                if 0 <= word < len(self._words.spans) and room.is_free(*self._words.spans[word]):
                    return self._words.spans[word]
        return None

    def share_start(self, offset: int, segment: Segment) -> int:
        """Where the word begins that has this offset's place in the sentence."""
        word = self._counterpart(offset, segment)
        last = self._words.between(*segment.target)[1]
        return self._words.spans[word][0] if word < last else segment.target[1]

    def share_end(self, offset: int, segment: Segment) -> int:
        """Where the word ends that has the place of the one before this offset."""
        word = self._counterpart(offset, segment)
        first = self._words.between(*segment.target)[0]
        return self._words.spans[word - 1][1] if word > first else segment.target[0]

    def _counterpart(self, offset: int, segment: Segment) -> int:
        words = self._source_words
        first, last = words.between(*segment.source)
        start, end = self._words.between(*segment.target)
        passed = words.between(0, offset)[1] - first
        if last == first:
            return start
        return start + round((end - start) * min(1.0, max(0, passed) / (last - first)))

    def _afford(self, cost: int) -> bool:
        self._budget -= cost
        return self._budget > 0

    def _nearest(self, phrase: str, part: Span, region: Span, near: int, room: Room) -> Span | None:
        found = [
            at
            for at in self._places(phrase, region, near)
            if self._is_whole(at, at + len(phrase), part) and room.is_free(at, at + len(phrase))
        ]
        if not found:
            return None
        start = min(found, key=lambda at: abs(at - near))
        return start, start + len(phrase)

    def _places(self, phrase: str, region: Span, near: int) -> Iterator[int]:
        """Some on either side of where it is most likely."""
        start, end = region
        at = max(start, near) - 1
        for _ in range(_MOST_TRIES):
            if (at := self._lowered.find(phrase, at + 1, end)) < 0:
                break
            yield at
        stop = min(end, near + len(phrase) - 1)
        for _ in range(_MOST_TRIES):
            if (at := self._lowered.rfind(phrase, start, max(start, stop))) < 0:
                break
            yield at
            stop = at + len(phrase) - 1

    def _is_whole(self, start: int, end: int, part: Span) -> bool:
        """Whether words are whole at both ends, where they are in the source."""
        cut_before = _is_inside_word(self._source, part[0], self._source_words)
        cut_after = _is_inside_word(self._source, part[1], self._source_words)
        return (cut_before or not _is_inside_word(self._target, start, self._words)) and (
            cut_after or not _is_inside_word(self._target, end, self._words)
        )

    def _window(
        self, wanted: Sequence[str], letters: float, among: range, near: int, room: Room
    ) -> Span | None:
        """The words in a row that share most of their letters with those wanted."""
        words = self._words.spans[among.start : among.stop]
        likeness = [self._likeness(span, wanted) for span in words]
        scores = [0.0, *accumulate(likeness)]
        lengths = [0, *accumulate(end - start for start, end in words)]
        best: tuple[float, int, Span] = (0.0, 0, (-1, -1))
        for size in range(1, len(wanted) + _EXTRA_WORDS + 1):
            for at in range(len(words) - size + 1):
                stop = at + size
                if not (likeness[at] and likeness[stop - 1]):
                    continue
                score, length = scores[stop] - scores[at], lengths[stop] - lengths[at]
                rank = score / max(letters, length)
                span = words[at][0], words[stop - 1][1]
                candidate = (rank + _PRECISION * score / length, -abs(span[0] - near), span)
                is_similar = rank >= _SIMILAR_ENOUGH and candidate > best
                if is_similar and room.is_free(*span):
                    best = candidate
        return best[2] if best[2][0] >= 0 else None

    def _likeness(self, span: Span, wanted: Sequence[str]) -> float:
        """How many of a word's letters speak for it."""
        word = self._lowered[slice(*span)]
        return max((_stem(word, other) for other in wanted), default=0.0) * len(word)

    def _with_mark(self, found: Span, part: Span, room: Room) -> Span:
        """Together with the punctuation mark after it, if the part ends with one."""
        start, end = found
        target = self._target
        if self._source[part[1] - 1].isalnum() or (end > start and not target[end - 1].isalnum()):
            return found
        after = end + 1 if target[end : end + 1] in {" ", "\xa0", "\u202f"} else end
        mark = target[after : after + 1]
        is_mark = bool(mark) and not mark.isalnum() and not mark.isspace() and mark not in "([{"
        return (start, after + 1) if is_mark and room.is_free(start, after + 1) else found


def _common(span: Span, room: Room) -> Span:
    start = max(span[0], room.start)
    return start, max(start, min(span[1], room.end))


def _forms(phrase: str) -> Iterator[str]:
    """A phrase as it is, and without what stands around its words."""
    spans = words_of(phrase).spans
    if spans:
        yield phrase.strip()
        yield phrase[spans[0][0] : spans[-1][1]]


def _lowered(text: str) -> str:
    """In lower case, each letter at its place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := one.lower()) == 1 else one for one in text)


def _is_inside_word(text: str, at: int, words: Words) -> bool:
    """Whether the word around `at` goes on on both sides of it."""
    if not 0 < at < len(text):
        return False
    word = bisect_left(words.starts, at) - 1
    return word >= 0 and words.spans[word][0] < at < words.spans[word][1]


def _stem(word: str, other: str) -> float:
    """What two words share of the longer: their beginning, without case their end as well.

    Scripts without case are those of languages that put articles and such before a word.
    """
    if word == other:
        return 1.0
    shared = _shared(word, other)
    if word.upper() == word:
        shared = max(shared, _shared(word[::-1], other[::-1]))
    share = shared / max(len(word), len(other))
    return share if share >= _SAME_STEM and shared >= _SHORTEST_STEM else 0.0


def _shared(word: str, other: str) -> int:
    """How many letters two words have in common before the first that differs."""
    differing = (
        at for at, (left, right) in enumerate(zip(word, other, strict=False)) if left != right
    )
    return next(differing, min(len(word), len(other)))
