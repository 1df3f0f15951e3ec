import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.placeholders import spans
from common.placeholders.pieces import cut


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hi {name}, open %s.", ("Hi", "open")),
        ("{a} {b}", ()),
        ("Open {x} now. Are you sure?", ("Open", "now. Are you sure?")),
        ("{n} (of them) - {m}!", ("of them",)),
        ("¿Dónde {x}?", ("¿Dónde",)),
        ("{x} 12 {y} é́", ("é́",)),
    ],
)
def test_texts_between_spans_are_cut_out(text: str, pieces: tuple[str, ...]) -> None:
    found = cut(text, spans.find(text))
    assert found.texts == pieces
    assert found.join(found.texts) == text


@settings(deadline=None)
@given(st.text(st.sampled_from("{a}%s<b>.,!? \n你ü1'\"()")))
def test_pieces_make_the_text_again(text: str) -> None:
    found = cut(text, spans.find(text))
    assert found.join(found.texts) == text


def test_piece_is_no_sentence_of_its_own() -> None:
    text = "please open {x} and wait, then {y}."
    found = cut(text, spans.find(text))
    said = ["Bitte öffnen Sie ...", "Und warten Sie, dann."]
    assert found.join(said, lower_case=True) == "bitte öffnen Sie {x} und warten Sie, dann {y}."
    assert found.join(said) == "Bitte öffnen Sie {x} Und warten Sie, dann {y}."


@pytest.mark.parametrize("said", ["", " ", ".", "ID", "I am"])
def test_capital_that_is_the_words_own_stays(said: str) -> None:
    found = cut("{x} i", spans.find("{x} i"))
    assert found.join([said], lower_case=True) == "{x} " + said.strip().rstrip(".")


@pytest.mark.parametrize(
    ("text", "said", "joined"),
    [
        ("你好{name}欢迎", ["Hello", "welcome"], "Hello {name} welcome"),
        ("你好{name}\uff0c欢迎。", ["Hello", "welcome."], "Hello {name}\uff0c welcome."),
        ("{name} 你好", ["hello"], "{name} hello"),
        ("你好\uff0c{name}", ["Hello"], "Hello\uff0c{name}"),
    ],
)
def test_script_without_spaces_gets_some(text: str, said: list[str], joined: str) -> None:
    assert cut(text, spans.find(text)).join(said, space=" ") == joined
