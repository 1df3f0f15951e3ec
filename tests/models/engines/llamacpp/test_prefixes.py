from models.engines.llamacpp.prefixes import Cells, Prefix, PrefixCache, Row


class Kept:
    """A cache of two sequences and twenty cells, whose prefixes are computed when asked for."""

    def __init__(self) -> None:
        self.cells = Cells(20)
        self.dropped: list[Row] = []
        self.cache = PrefixCache(self.cells, range(4, 6), self.dropped.append)

    def add(self, base: Prefix | None, *part: int) -> Prefix:
        prefix = self.cache.add(base, part)
        assert prefix
        prefix.computed = len(part)
        return prefix


def test_each_prefix_has_its_own_sequence_and_cells() -> None:
    kept = Kept()
    first = kept.add(None, 1, 2, 3)
    second = kept.add(first, 4)
    assert (first.sequence, second.sequence) == (4, 5)
    assert (second.start, second.end, kept.cells.free) == (3, 4, 16)


def test_prefix_goes_after_those_that_go_on_from_it() -> None:
    kept = Kept()
    first = kept.add(None, 1, 2)
    second = kept.add(first, 3)
    kept.cache.release(second)
    assert kept.cache.make_room(18)
    assert kept.dropped == [second]
    assert kept.cache.make_room(20)
    assert kept.dropped == [second, first]


def test_too_little_to_drop_drops_nothing() -> None:
    kept = Kept()
    used, unused = kept.add(None, 1, 2), kept.add(None, 3)
    kept.cache.release(unused)
    assert not kept.cache.make_room(19)
    assert kept.dropped == []
    assert kept.cache.unused_cells == 1
    assert kept.cache.hold([(1, 2), (9,)]) == [used]


def test_no_more_than_there_are_sequences_are_kept() -> None:
    kept = Kept()
    kept.add(None, 1)
    second = kept.add(None, 2)
    assert kept.cache.add(None, (3,)) is None
    kept.cache.release(second)
    assert kept.add(None, 3).sequence == second.sequence


def test_prefix_that_was_never_computed_goes_with_its_last_user() -> None:
    kept = Kept()
    prefix = kept.cache.add(None, (1, 2))
    assert kept.cache.hold([(1, 2)]) == [prefix]
    kept.cache.release(prefix)
    assert kept.dropped == []
    kept.cache.release(prefix)
    assert kept.dropped == [prefix]
    assert kept.cells.free == 20


def test_cleared_cache_knows_nothing() -> None:
    kept = Kept()
    kept.add(None, 1)
    kept.cache.clear()
    kept.cells.clear()
    assert kept.cache.hold([(1,)]) == []
    assert (kept.cells.free, kept.dropped) == (20, [])
