import pytest

from models.aya.guidance import Companion, Order, Terms, companion, no_room, occurring_terms
from models.base.translation_model import TranslationOptions
from tests.models.aya.fakes import tokenize

NO_OPTIONS = TranslationOptions()


def order(text: str = "The train is late.", options: TranslationOptions = NO_OPTIONS) -> Order:
    return Order(text, "eng_Latn", "fra_Latn", options)


def along(options: TranslationOptions, text: str = "The train.", room: int = 400) -> Companion:
    return companion(order(text, options), tokenize, room)


def size(terms: Terms) -> int:
    return sum(len(tokenize(f"{term} = {words}\n")) for term, words in terms)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Train is late.", True),
        ("TRAIN!", True),
        ("a train, a bus", True),
        ("in training", False),
        ("a strain", False),
        ("no such word", False),
        ("", False),
    ],
)
def test_a_term_is_a_whole_word_in_any_case(text: str, *, found: bool) -> None:
    assert occurring_terms([("train", "tren")], text, "eng_Latn") == (("train", "tren"),) * found


def test_a_term_of_several_words_stands_over_any_white_space() -> None:
    terms = (("train  Station", "gare"), ("C++", "C++"), ("(sic)", "(sic)"))
    assert occurring_terms(terms, "the train\nstation runs C++ (sic).", "eng_Latn") == terms


def test_a_term_of_a_script_without_spaces_is_found_anywhere() -> None:
    assert occurring_terms([("汤姆", "Tom")], "我是汤姆你好", "zho_Hans") == (("汤姆", "Tom"),)


def test_what_is_honoured_gives_no_warning() -> None:
    options = TranslationOptions(formality="Formal", context="x", max_output_tokens=50)
    assert order(options=options).warnings(100) == ()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (TranslationOptions(beam_size=3), "beam_size"),
        (TranslationOptions(formality="royal"), "formality"),
        (TranslationOptions(max_output_tokens=101), "max_output_tokens"),
    ],
)
def test_what_is_not_honoured_is_named(options: TranslationOptions, name: str) -> None:
    [warning] = order(options=options).warnings(100)
    assert f"'{name}'" in warning.message


def test_only_terms_of_the_part_go_along_with_it() -> None:
    options = TranslationOptions(glossary={"train": "train", "bus": "car", "tram": "tram"})
    found = along(options, "The train. The bus.")
    assert dict(found.terms) == {"train": "train", "bus": "car"}
    guidance, left_out = found.of("The bus.", size)
    assert (guidance.glossary, left_out) == ((("bus", "car"),), 0)


def test_terms_without_room_are_left_out_and_counted() -> None:
    glossary = {f"word{number}": "w" * 20 for number in range(40)}
    text = " ".join(glossary)
    guidance, left_out = along(TranslationOptions(glossary=glossary), text).of(text, size)
    assert 0 < len(guidance.glossary) < 40
    assert len(guidance.glossary) + left_out == 40
    assert size(guidance.glossary) <= 200
    assert f"{left_out} terms" in no_room(left_out).message


def test_a_context_too_long_is_cut_and_told() -> None:
    found = along(TranslationOptions(context="word " * 1000))
    assert 0 < len(found.context) <= 200
    assert "'context'" in found.warnings[0].message
    whole = along(TranslationOptions(context="At the station."))
    assert (whole.context, whole.warnings) == ("At the station.", ())


def test_a_context_without_any_room_is_left_out() -> None:
    assert along(TranslationOptions(context="At the station."), room=0).context == ""


def test_empty_terms_are_ignored_and_told() -> None:
    found = along(TranslationOptions(glossary={" ": "x", "train": ""}))
    assert found.terms == ()
    assert "'glossary'" in found.warnings[0].message


def test_the_register_goes_along_as_it_was_given() -> None:
    guidance, _ = along(TranslationOptions(formality="formal")).of("The train.", size)
    assert guidance.formality == "formal"
