import pytest

from common.markup.alignment import Alignment, align, open_ends, words_of

PAIRS = [
    ("", ""),
    ("One two.", "Un deux."),
    (" ", "  "),
    ("Three four five.", "Trois."),
    ("\n", "\n"),
]


@pytest.fixture
def alignment() -> Alignment:
    return align(PAIRS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's a well-known, 4th été!", ["It", "s", "a", "well", "known", "4th", "été"]),
        ("中文x字", ["中", "文", "x", "字"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        (" .,! ", []),
    ],
)
def test_words_are_found_in_any_script(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in words_of(text).spans] == expected


def test_words_between_two_places_are_counted() -> None:
    assert words_of("one two three").between(4, 9) == (1, 3)


def test_sentences_have_their_places_on_both_sides(alignment: Alignment) -> None:
    assert [(one.source, one.target) for one in alignment.segments] == [
        ((0, 8), (0, 8)),
        ((9, 25), (10, 16)),
    ]
    assert alignment.source == "One two. Three four five.\n"
    assert alignment.target == "Un deux.  Trois.\n"


def test_nothing_aligns_with_nothing() -> None:
    assert align([]) == Alignment("", "", (), ())


def test_what_became_of_nothing_is_no_sentence() -> None:
    assert align([("One.", ""), (" ", " ")]).segments == ()


@pytest.mark.parametrize(
    ("span", "expected"), [((0, 3), [0]), ((8, 9), []), ((4, 12), [0, 1]), ((9, 10), [1])]
)
def test_a_span_touches_the_sentences_it_shares_something_with(
    alignment: Alignment, span: tuple[int, int], expected: list[int]
) -> None:
    assert list(alignment.touched(*span)) == [alignment.segments[index] for index in expected]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((0, 8), []),
        ((0, 25), []),
        ((4, 7), [(4, 7)]),
        ((4, 25), [(4, 8)]),
        ((0, 14), [(9, 14)]),
        ((4, 14), [(4, 8), (9, 14)]),
        ((8, 9), []),
    ],
)
def test_only_what_is_less_than_a_sentence_must_be_found(
    alignment: Alignment, span: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    assert [part for part, _ in open_ends(*span, alignment)] == expected


def test_blanks_at_its_edges_are_no_part_of_a_span(alignment: Alignment) -> None:
    assert alignment.trimmed(3, 9) == (4, 8)
