from models.base.layout import Note, Outcome
from models.base.translation_model import TranslationOptions, WarningCode
from models.nllb.document import Document, Order, cut
from models.nllb.tokenizer import NLLBTokenizer
from models.nllb.weights import DEMO

TOKENIZER = NLLBTokenizer(DEMO / "tokenizer.json")
NO_OPTIONS = TranslationOptions()


def document(text: str, pair: str = "eng_Latn fra_Latn", most: int = 50) -> Document:
    source, target = pair.split()
    return cut(Order(text, source, target, NO_OPTIONS), TOKENIZER, most)


def joined(document: Document) -> str:
    """The text as a caller puts it together, each segment translated into itself."""
    placed = [
        document.place(index, Outcome(segment, (), 1, 1))
        for index, segment in enumerate(document.segmented.segments)
    ]
    return "".join(part for s in placed for part in (s.before, s.text, s.after))


def test_everything_between_segments_comes_back() -> None:
    text = "  One is here.\n\n\n\tTwo is there.   Three?\r\n---\r\n 42 \n"
    assert joined(document(text)) == text


def test_a_sentence_too_long_is_split_and_told() -> None:
    text = "The man went home and " * 30 + "slept."
    long = document(text, most=20)
    assert joined(long) == text
    assert all(len(long.pieces(segment)) <= 20 for segment in long.segmented.segments)
    codes = [w.code for w in long.place(1, Outcome("", (), 1, 1)).warnings]
    assert codes == [WarningCode.SEGMENT_SPLIT]


def test_notes_become_warnings_of_their_segment() -> None:
    note = Note(WarningCode.TRUNCATED, "Cut.")
    placed = document("One is here. Two is there.").place(1, Outcome("Deux.", (note,), 3, 2))
    (warning,) = placed.warnings
    assert (warning.code, warning.message, warning.segment) == (note.code, "Cut.", 1)
    assert (placed.index, placed.total, placed.tokens_in, placed.tokens_out) == (1, 2, 3, 2)


def test_a_text_without_letters_comes_back() -> None:
    nothing = document(" 42 -- \n")
    assert not nothing.segmented.segments
    assert nothing.untranslatable().before == " 42 -- \n"


def test_sentences_from_a_script_without_spaces_get_them_where_the_target_has_them() -> None:
    text = "你好。我是汤姆。"
    assert joined(document(text, "zho_Hans eng_Latn")) == "你好。 我是汤姆。"
    assert joined(document(text, "zho_Hans jpn_Jpan")) == text


def test_a_segment_is_encoded_once() -> None:
    cut_text = document("One is here. Two is there.")
    before = cut_text.pieces.cache_info().misses  # type: ignore[attr-defined]
    for segment in cut_text.segmented.segments:
        encoded = cut_text.encode(segment)
        assert encoded.tokens == ["eng_Latn", *TOKENIZER.pieces(segment), "</s>"]
    assert cut_text.pieces.cache_info().misses == before  # type: ignore[attr-defined]


def test_what_the_caller_leaves_open_is_taken_from_the_model() -> None:
    order = Order("Hi.", "eng_Latn", "fra_Latn", NO_OPTIONS)
    wish = order.wish(2, 500, shortlist=True)
    assert (wish.beam_size, wish.max_pieces, wish.shortlist) == (2, None, True)
    assert order.warnings(500) == ()


def test_options_are_honoured_or_told() -> None:
    options = TranslationOptions(
        beam_size=5, max_output_tokens=900, formality="formal", glossary={"a": "b"}, context="c"
    )
    order = Order("Hi.", "eng_Latn", "fra_Latn", options)
    wish = order.wish(2, 500, shortlist=False)
    assert (wish.beam_size, wish.max_pieces) == (5, 500)
    messages = [w.message for w in order.warnings(500) if w.code is WarningCode.OPTION_IGNORED]
    assert len(messages) == 4
    assert all(
        any(name in message for message in messages)
        for name in ("formality", "glossary", "context", "max_output_tokens")
    )
