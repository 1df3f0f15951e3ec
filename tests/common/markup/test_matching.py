import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.markup.alignment import align
from common.markup.matching import Matcher, Room

SPANS = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda two: (min(two), max(two)))


@given(st.lists(SPANS), SPANS)
def test_what_fits_is_free(taken: list[tuple[int, int]], wanted: tuple[int, int]) -> None:
    room = Room(5, 35)
    for span in taken:
        if room.is_free(*span):
            room.take(*span)
    start, end = room.fit(*wanted)
    assert start >= end or room.is_free(start, end)
    assert all(not one <= room.outside(one) - 1 < one for one in range(5, 35))


def test_the_longest_free_part_is_taken() -> None:
    room = Room(0, 20)
    room.take(4, 6)
    room.take(15, 15)
    assert room.fit(2, 12) == (6, 12)
    assert room.fit(4, 6) == (4, 4)
    assert (room.outside(5), room.outside(4), room.outside(6)) == (6, 4, 6)
    assert not room.is_free(3, 5)
    assert not room.is_free(0, 21)


class Looking:
    """One sentence and its translation, with nothing taken."""

    def __init__(self, source: str, target: str) -> None:
        self.source, self.target = source, target
        self.alignment = align([(source, target)])
        self.matcher = Matcher(self.alignment)
        self.room = Room(0, len(target))

    def part(self, phrase: str) -> tuple[int, int]:
        start = self.source.index(phrase)
        return start, start + len(phrase)

    def exact(self, phrase: str, *translations: str) -> str | None:
        [segment] = self.alignment.segments
        found = self.matcher.exact(self.part(phrase), translations, segment, self.room)
        return found and self.target[slice(*found)]

    def similar(self, phrase: str, *translations: str) -> str | None:
        [segment] = self.alignment.segments
        found = self.matcher.similar(self.part(phrase), translations, segment, self.room)
        return found and self.target[slice(*found)]

    def share(self, phrase: str) -> str:
        [segment] = self.alignment.segments
        return self.target[slice(*self.matcher.share(self.part(phrase), segment, self.room))]


@pytest.mark.parametrize(
    ("source", "target", "phrase", "translation", "expected"),
    [
        ("Click here now", "Cliquez ici maintenant", "here", "ici", "ici"),
        ("Click here now", "Cliquez ici maintenant", "here", "Ici.", "ici"),
        ("the art of war", "la partie de la guerre", "art", "art", None),
        ("see art here", "voir partie art", "art", "art", "art"),
        ("Note: wait", "Remarque : attendez", "Note:", "Remarque", "Remarque :"),
        ("Wait (please)", "Attendez (svp)", "Wait", "Attendez", "Attendez"),
        ("see Paris now", "voir Paris", "Paris", "Capitale", "Paris"),
        ("红色房子", "赤い家", "红色", "赤い", "赤い"),
        ("H2O is water", "H2O est l'eau", "2", "2", "2"),
        ("a b", "x y", "b", "z", None),
        (
            "the European Union",
            "l'Union européenne",
            "European Union",
            "Union européenne",
            ("Union européenne"),
        ),
        ("How are you?", "Comment allez-vous ?", "you", "vous", "vous"),
        ("x ... y", "x ... y", "...", "...", None),
    ],
)
def test_a_phrase_is_found_as_it_is(
    source: str, target: str, phrase: str, translation: str, expected: str | None
) -> None:
    assert Looking(source, target).exact(phrase, translation, phrase) == expected


def test_of_two_places_the_likelier_is_taken_and_then_the_other() -> None:
    looking = Looking("so it was so", "ainsi fut ainsi")
    part, [segment] = (10, 12), looking.alignment.segments
    first = looking.matcher.exact(part, ["ainsi"], segment, looking.room)
    assert first == (10, 15)
    looking.room.take(*first)
    assert looking.matcher.exact(part, ["ainsi"], segment, looking.room) == (0, 5)


def test_a_letter_that_is_two_in_lower_case_keeps_its_place() -> None:
    assert Looking("to Istanbul now", "İİ nach Istanbul jetzt").exact("Istanbul", "istanbul") == (
        "Istanbul"
    )


@pytest.mark.parametrize(
    ("phrase", "translation", "expected"),
    [
        ("red house", "maison rouges", "maisons rouges"),
        ("red house", "La maison est rouge, rouge, rouge.", "maisons rouges"),
        ("red house", "voiture bleue", None),
        ("red house", "", None),
        ("red house", "mot " * 61, None),
    ],
)
def test_a_phrase_is_found_by_its_words(
    phrase: str, translation: str, expected: str | None
) -> None:
    looking = Looking("I saw the red house there", "J'ai vu les maisons rouges là-bas")
    assert looking.similar(phrase, translation) == expected


def test_a_phrase_that_is_not_found_has_its_share_of_the_words() -> None:
    looking = Looking("one two three four", "aa bb cc dd")
    assert looking.share("two three") == "bb cc"
    assert looking.share("four") == "dd"
    assert Looking("one two", "!?").share("two") == "!?"
    assert Looking("... x", "aa bb").share("...") == "aa"


@pytest.mark.parametrize(
    ("source", "target", "phrase", "translation", "expected"),
    [
        ("to download it", "um es herunterzuladen", "download", "Herunterladen", "herunterzuladen"),
        ("click here now", "يرجى النقر هنا الآن", "click here", "انقر هنا", "النقر هنا"),
        ("the station there", "die Nation dort", "station", "Station", None),
        (
            "the United States now",
            "les États-Unis se sont mis d'accord",
            "United States",
            ("États-Unis d'Amérique"),
            "États-Unis",
        ),
        ("the art of it", "das ab von", "art", "abc", None),
    ],
)
def test_words_of_one_stem_are_alike(
    source: str, target: str, phrase: str, translation: str, expected: str | None
) -> None:
    assert Looking(source, target).similar(phrase, translation) == expected


def test_looking_ends_when_it_costs_too_much() -> None:
    looking = Looking("word " * 3000, "mot " * 3000)
    [segment] = looking.alignment.segments
    for start in range(0, 10_000, 5):
        looking.matcher.similar((start, start + 4), ["mots " * 50], segment, looking.room)
    assert looking.exact("word", "mot") is None
