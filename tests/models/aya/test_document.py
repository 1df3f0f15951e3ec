from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.aya.document import Document, cut, group
from models.aya.guidance import Order
from models.aya.limits import Limits
from models.base.layout import Outcome
from models.base.translation_model import TranslationOptions
from tests.models.aya.fakes import text_of, tokenize

DOCUMENTS = Path("tests/data/documents")
LIMITS = Limits(request=2048, segment=60, output=200, passage=120)
NO_OPTIONS = TranslationOptions()
LANGUAGES = {"arb": "arb_Arab", "jpn": "jpn_Jpan", "rus": "rus_Cyrl", "deu": "deu_Latn"}


def document(
    text: str,
    options: TranslationOptions = NO_OPTIONS,
    limits: Limits = LIMITS,
    source: str = "eng_Latn",
) -> Document:
    return cut(Order(text, source, "fra_Latn", options), tokenize, limits)


def shown(document: Document, passage: int = 0) -> str:
    """What goes along with a passage's segments."""
    return "".join(map(text_of, document.shared[passage]))


def joined(document: Document) -> str:
    """The text as a caller puts it together, each segment translated into itself."""
    placed = [
        document.place(index, Outcome(segment, (), 1, 1))
        for index, segment in enumerate(document.segmented.segments)
    ]
    return "".join(part for s in placed for part in (s.before, s.text, s.after))


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(0, 200))
def test_groups_hold_every_place_once_and_are_not_too_large(sizes: list[int], most: int) -> None:
    groups = list(group(sizes, most))
    assert [place for one in groups for place in one] == list(range(len(sizes)))
    assert all(len(one) == 1 or sum(sizes[at] for at in one) <= most for one in groups)


def test_groups_are_about_equally_large() -> None:
    assert [len(one) for one in group([10] * 12, 100)] == [6, 6]


def test_a_passage_is_shown_with_each_of_its_segments() -> None:
    found = document("Tom is here.  He is tired.\r\n \n\tHe sleeps.")
    assert found.passage_of == (0, 0, 0)
    assert (
        shown(found) == "The text stands in this passage:\nTom is here. He is tired.\nHe sleeps.\n"
    )


def test_a_text_of_one_segment_is_shown_no_passage() -> None:
    assert document("Tom is here.").shared == (((), ()),)


def test_no_passage_is_larger_than_it_may_be() -> None:
    text = "Tom is here today. " * 40
    found = document(text)
    passages = [text_of(passage).partition(":\n")[2] for _, passage in found.shared]
    assert len(passages) > 4
    assert all(len(passage) <= LIMITS.passage * 1.2 for passage in passages)
    assert joined(found) == text


def test_without_passages_each_segment_stands_alone() -> None:
    limits = Limits(request=2048, segment=60, output=200, passage=0)
    found = document("Tom is here. He is tired.", limits=limits)
    assert found.shared == (((), ()), ((), ()))


def test_options_visibly_change_what_goes_along() -> None:
    text = "The train is late. It is full."
    plain = shown(document(text))
    for options, line in (
        (TranslationOptions(formality="formal"), "Use a formal register.\n"),
        (TranslationOptions(glossary={"train": "train", "bus": "car"}), "train = train\n"),
        (TranslationOptions(context="At the station."), "Context:\nAt the station.\n"),
    ):
        found = shown(document(text, options))
        assert line in found
        assert found.endswith(plain)
        assert "bus = car" not in found


def test_what_is_the_same_for_all_passages_is_a_part_of_its_own() -> None:
    found = document("Tom is here today. " * 40, TranslationOptions(context="At the station."))
    assert len({common for common, _ in found.shared}) == 1
    assert text_of(found.shared[0][0]) == "Context:\nAt the station.\n"


def test_terms_without_room_are_told_once() -> None:
    glossary = {f"word{number}": "w" * 60 for number in range(60)}
    found = document(" ".join(glossary), TranslationOptions(glossary=glossary))
    assert len([w for w in found.warnings if "'glossary'" in w.message]) <= 1
    tight = document(" ".join(glossary), TranslationOptions(glossary=glossary), limits=TIGHT)
    [warning] = tight.warnings
    assert "'glossary'" in warning.message


TIGHT = Limits(request=400, segment=60, output=200, passage=60)


@pytest.mark.parametrize("limits", [LIMITS, TIGHT])
def test_a_prompt_and_a_translation_of_twice_the_source_fit_a_request(limits: Limits) -> None:
    options = TranslationOptions(
        glossary={f"word{number}": "w" * 9 for number in range(99)}, context="c " * 900
    )
    found = document(" ".join(f"A word{number} is here." for number in range(99)), options, limits)
    for segment, passage in zip(found.segmented.segments, found.passage_of, strict=True):
        size = len(found.tokens(segment))
        # The pair part and the segment's frame are counted generously by the limits.
        assert len(shown(found, passage)) + 3 * size <= limits.request


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("???.txt")), ids=lambda path: path.name)
def test_a_document_comes_back_around_its_segments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    source = LANGUAGES.get(path.stem, "eng_Latn")
    found = document(text, source=source)
    placed = joined(found)
    assert placed.split() == text.split() or source == "jpn_Jpan"
    assert "".join(placed.split()) == "".join(text.split())
    assert len(found.passage_of) == len(found.segmented.segments)
    assert max(found.passage_of) == len(found.shared) - 1


def test_a_text_without_letters_comes_back() -> None:
    nothing = document(" 42 -- \n")
    assert nothing.shared == ()
    assert nothing.untranslatable().before == " 42 -- \n"
