from dataclasses import replace

from bentos.gateway.legacy.adaptive_cache import AnswerCache, Key

KEY = Key(
    text="Hello",
    source="eng_Latn",
    target="fra_Latn",
    preference="balanced",
    forced=False,
    models="nllb 1",
)
OTHER = replace(KEY, text="Good day")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_without_room_nothing_is_kept() -> None:
    cache = AnswerCache[str](0, 60)
    cache.put(KEY, "formal", "Bonjour")
    assert (cache.get(KEY), len(cache)) == (None, 0)


def test_all_that_an_answer_depends_on_is_in_its_key() -> None:
    cache = AnswerCache[str](9, 60)
    cache.put(KEY, "formal", "Bonjour")
    assert cache.get(KEY) == "Bonjour"
    others = [
        replace(KEY, source="deu_Latn"),
        replace(KEY, target="deu_Latn"),
        replace(KEY, preference="quality"),
        replace(KEY, forced=True),
        replace(KEY, models="nllb 2"),
    ]
    assert [cache.get(other) for other in others] == [None] * 5


def test_an_answer_is_kept_for_its_time() -> None:
    clock = Clock()
    cache = AnswerCache[str](9, 60, clock)
    cache.put(KEY, "formal", "Bonjour")
    clock.now = 59.9
    assert cache.get(KEY) == "Bonjour"
    clock.now = 60
    assert (cache.get(KEY), len(cache)) == (None, 0)


def test_the_longest_unused_goes_first() -> None:
    cache = AnswerCache[str](2, 60)
    cache.put(KEY, "formal", "Bonjour")
    cache.put(OTHER, "formal", "Bonne journée")
    cache.get(KEY)
    cache.put(replace(KEY, text="third"), "formal", "troisième")
    assert (cache.get(KEY), cache.get(OTHER), len(cache)) == ("Bonjour", None, 2)


def test_a_very_long_text_is_not_kept() -> None:
    cache = AnswerCache[str](2, 60)
    cache.put(replace(KEY, text="a" * 20_001), "formal", "b")
    assert len(cache) == 0


def test_a_pair_or_one_kind_of_it_is_forgotten() -> None:
    cache = AnswerCache[str](9, 60)
    cache.put(KEY, "formal", "Bonjour")
    cache.put(OTHER, "narrative", "Bonne journée")
    assert cache.forget("fra_Latn", "eng_Latn") == 0
    assert cache.forget("eng_Latn", "fra_Latn", "narrative") == 1
    assert cache.get(OTHER) is None
    assert cache.forget("eng_Latn", "fra_Latn") == 1
    assert len(cache) == 0
