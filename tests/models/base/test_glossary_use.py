from models.base.glossary_use import GlossaryUse


def test_term_that_one_part_misses_is_missed() -> None:
    parts = [GlossaryUse(("a", "b"), ()), None, GlossaryUse(("c", "a"), ("b",)), GlossaryUse()]
    assert GlossaryUse.of(parts) == GlossaryUse(("a", "c"), ("b",))


def test_nothing_was_asked_for() -> None:
    assert GlossaryUse.of([None]) is None
    assert GlossaryUse.of([GlossaryUse()]) == GlossaryUse()
