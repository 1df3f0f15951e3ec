import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.placeholders import numbers, spans
from common.placeholders.masks import MOST, Hole, Masked, mask


def masked_of(text: str) -> Masked:
    masked = mask(text, [Hole(one.start, one.end, one.text) for one in spans.find(text)])
    assert masked is not None
    return masked


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Hi {name}!", "Hi 8473!"),
        ("a %d%% of <b>{x}</b>", "a 8473 of 6925"),
        ("file{n}x", "file 8473 x"),
        ("<b>bold</b>", "8473 bold 6925"),
        ("你好{name}欢迎", "你好8473欢迎"),
        ("8473 {x}", "8473 6925"),
        ("1984{x}", "1984 8473"),
    ],
)
def test_spans_hide_behind_numbers_and_come_back(text: str, hidden: str) -> None:
    masked = masked_of(text)
    assert masked.text == hidden
    assert masked.filled(hidden) == text


@pytest.mark.parametrize(
    ("output", "filled"),
    [
        ("Hallo 8.473, 6925!", "Hallo {a}, {b}!"),
        ("مرحبا ٨٤٧٣ ٦٩٢٥", "مرحبا {a} {b}"),
        ("6 925 und 8,473", "{b} und {a}"),
        ("Hallo 84731 und 692", "Hallo 84731 und 692"),
        ("8473 8473 1984", "{a} {a} 1984"),
        ("1984 8473", "1984 {a}"),
    ],
)
def test_numbers_are_found_as_a_language_writes_them(output: str, filled: str) -> None:
    assert masked_of("Hi {a} and {b}").filled(output) == filled


@pytest.mark.parametrize(
    ("text", "hidden", "output", "filled"),
    [
        ("the 20th", "the 37th", "der 37.", "der 20."),
        ("on 37 of 215", "on 52 of 417", "52 von 417", "37 von 215"),
        ("in 2019 or 1,000", "in 8473 or 6925", "8.473 6925", "2019 1,000"),
        ("٢٠ of 20", "37 of 52", "37 52 ٥٢ 1.052", "٢٠ 20 20 1.052"),
    ],
)
def test_number_hides_behind_one_as_long(text: str, hidden: str, output: str, filled: str) -> None:
    found = [
        Hole(one.start, one.end, text[one.start : one.end], is_number=True)
        for one in numbers.find(text)
    ]
    masked = mask(text, found)
    assert masked is not None
    assert (masked.text, masked.filled(output)) == (hidden, filled)


def test_text_of_all_numbers_there_are_is_not_hidden() -> None:
    text = " ".join(str(number) for number in range(1000, 10000)) + " {x}"
    assert mask(text, [Hole(len(text) - 3, len(text), "{x}")]) is None


def test_too_many_to_come_back_are_not_hidden() -> None:
    text = " x ".join(["{a}"] * (MOST + 1))
    holes = [Hole(one.start, one.end, one.text) for one in spans.find(text)]
    assert mask(text, holes) is None
    assert mask(text, holes[:MOST]) is not None
    assert mask(text, []) is None


def test_filling_may_be_another_text() -> None:
    masked = mask("the server is", [Hole(4, 10, "Rechner")])
    assert masked is not None
    assert masked.filled("der 8473 ist") == "der Rechner ist"


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["{a}", "%s", "<b>", "word", "12", "1984", "。", "ü", " "]), max_size=12
    )
)
def test_what_was_hidden_comes_back_as_it_was(parts: list[str]) -> None:
    text = "".join(parts)
    masked = mask(text, [Hole(one.start, one.end, one.text) for one in spans.find(text)])
    assert masked is None or masked.filled(masked.text) == text
