import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentos.gateway.legacy.adaptive_chunks import content_type, cut, features, paragraphs

SENTENCE = "The quick brown fox jumps over the lazy dog near the river."


@given(
    st.text(alphabet=st.sampled_from("aé z.!?\n\r\t -#1我👩\u200d\u0301\u2028"), max_size=400),
    st.integers(1, 30),
    st.integers(30, 60),
)
@settings(max_examples=150, deadline=None)
def test_chunks_are_the_text_and_fit(text: str, minimum: int, maximum: int) -> None:
    chunks = cut(text, minimum, maximum)
    assert "".join(chunks.parts()) == text
    assert all(0 < len(part) <= maximum for part in chunks.parts())


def test_an_empty_text_has_no_chunk() -> None:
    assert cut("").spans == ()
    assert cut("").coherence() == 1


def test_a_short_text_is_one_chunk() -> None:
    assert cut(f"{SENTENCE} {SENTENCE}").parts() == [f"{SENTENCE} {SENTENCE}"]


def test_chunks_end_between_sentences() -> None:
    chunks = cut(" ".join([SENTENCE] * 20), 50, 150)
    assert all(part.rstrip().endswith("river.") for part in chunks.parts())
    assert chunks.coherence() == 1


def test_a_sentence_that_does_not_fit_is_broken_and_said_to_be() -> None:
    chunks = cut("word " * 100, 10, 60)
    assert chunks.broken == len(chunks.spans) - 1
    assert chunks.coherence() == 0


def test_a_chunk_ends_with_its_paragraph_once_it_is_long_enough() -> None:
    text = f"{SENTENCE} {SENTENCE}\n\n{SENTENCE}\n\n{SENTENCE} {SENTENCE}"
    first = cut(text, 100, 600).parts()[0]
    assert first.rstrip() == f"{SENTENCE} {SENTENCE}"


def test_a_short_end_joins_the_chunk_before() -> None:
    text = f"{SENTENCE}\n\nThe end."
    assert cut(text, 30, 600).parts() == [text]
    assert len(cut(text, 30, 62).parts()) == 2


def test_a_list_mark_stays_with_what_it_marks() -> None:
    parts = cut(f"{SENTENCE}\n- {SENTENCE}\n- {SENTENCE}", 10, 70).parts()
    assert [part.startswith("- ") for part in parts] == [False, True, True]


def test_white_space_longer_than_a_chunk_is_cut_too() -> None:
    text = f"{' ' * 90}{SENTENCE}{' ' * 200}{SENTENCE}"
    parts = cut(text, 10, 70).parts()
    assert "".join(parts) == text
    assert all(SENTENCE in part or not part.strip() for part in parts)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I love it! You are great! 🎉", "emotional"),
        ("Set x=1; y=2; call f(x, y) -> {0}, see https://a.b/c?d=1#2 [3].", "technical"),
        ("How are you? Fine. And you?", "conversational"),
        (f"{SENTENCE[:-1]} while {SENTENCE[:-1]} and {SENTENCE}", "formal"),
        (f"{SENTENCE} {SENTENCE}", "narrative"),
    ],
)
def test_the_kind_of_a_text_follows_from_what_is_counted(text: str, kind: str) -> None:
    assert content_type(cut(text)) == kind


def test_features_are_counted_per_sentence() -> None:
    counted = features(cut("Really? Yes, it is!\n\nGood."))
    assert counted["questions_per_sentence"] == pytest.approx(1 / 3, abs=1e-3)
    assert counted["exclamations_per_sentence"] == pytest.approx(1 / 3, abs=1e-3)
    assert counted["paragraphs"] == 2


def test_blank_lines_part_paragraphs() -> None:
    assert paragraphs("a\nb") == 1
    assert paragraphs("a\r\n\r\nb\n \nc\n\n") == 3
