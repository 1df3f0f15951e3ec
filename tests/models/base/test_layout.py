from hypothesis import given
from hypothesis import strategies as st

from models.base.layout import Layout, Note, Outcome, lay_out
from models.base.order import ignored
from models.base.translation_model import WarningCode


def joined(layout: Layout) -> str:
    """The text as a caller puts it together, each segment translated into itself."""
    segments = layout.segmented.segments
    placed = [layout.place(at, Outcome(text, (), 1, 1)) for at, text in enumerate(segments)]
    parts = placed or [layout.untranslatable()]
    return "".join(part.before + part.text + part.after for part in parts)


@given(st.text(alphabet="ab .!\n\t 42—\u3000", max_size=80))
def test_a_text_comes_back_around_its_segments(text: str) -> None:
    assert joined(lay_out(text, "eng_Latn", "fra_Latn", lambda part: len(part) < 12)) == text


def test_notes_become_warnings_of_their_segment_after_that_of_a_split() -> None:
    layout = lay_out("one two three four", "eng_Latn", "fra_Latn", lambda part: len(part) < 10)
    note = Note(WarningCode.TRUNCATED, "Cut.")
    placed = layout.place(1, Outcome("deux", (note,), 3, 2))
    assert [w.code for w in placed.warnings] == [WarningCode.SEGMENT_SPLIT, note.code]
    assert {w.segment for w in placed.warnings} == {1}
    assert (placed.tokens_in, placed.tokens_out) == (3, 2)


def test_sentences_of_a_spaceless_script_get_spaces_only_where_the_target_has_them() -> None:
    text = "你好。我是汤姆。"
    assert joined(lay_out(text, "zho_Hans", "eng_Latn", lambda _: True)) == "你好。 我是汤姆。"
    assert joined(lay_out(text, "zho_Hans", "jpn_Jpan", lambda _: True)) == text


def test_warnings_about_the_whole_text_come_once() -> None:
    warning = ignored("No beams.")
    for text in ("One is here. Two is there.", " 42 "):
        layout = lay_out(text, "eng_Latn", "fra_Latn", lambda _: True, (warning,))
        segments = layout.segmented.segments
        placed = [layout.place(at, Outcome("x", (), 1, 1)) for at in range(len(segments))]
        found = [w for one in placed or [layout.untranslatable()] for w in one.warnings]
        assert found == [warning]
