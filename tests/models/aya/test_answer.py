import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.aya.answer import Answer, Asked, read
from models.aya.prompt import NAMES
from models.base.translation_model import WarningCode

EXTRA = (WarningCode.EXTRA_TEXT,)
MORNING = "Good morning, my old friend."
MATIN = "Bonjour, mon vieil ami."


def french(source: str, output: str, *, finished: bool = True) -> Answer:
    return read(output, Asked(source, "eng_Latn", "fra_Latn"), finished=finished)


def into(target: str, source: str, output: str, source_lang: str = "eng_Latn") -> Answer:
    return read(output, Asked(source, source_lang, target))


@pytest.mark.parametrize(
    "output", [MATIN, f"  {MATIN}\n", f'"{MATIN}"', f"« {MATIN} »", f"“{MATIN}”", f"„{MATIN}“"]
)
def test_a_plain_answer_is_the_translation(output: str) -> None:
    assert french(MORNING, output) == Answer(MATIN)


@pytest.mark.parametrize(
    "lead_in",
    [
        "Here is the translation:\n\n",
        "Here's the French translation of the text:\n",
        "Sure! Here is the translation: ",
        "Translation: ",
        "**Translation:** ",
        "The text translated into French is: ",
        "Voici la traduction :\n",
        "Traduction : ",
        "Certainly! Here you go:\n",
        "French: ",
        "Français : ",
        "Hier ist die Übersetzung: ",
        "以下是翻译\uff1a",
        "Вот перевод: ",
        "إليك الترجمة: ",
    ],
)
def test_a_lead_in_is_taken_off_and_told(lead_in: str) -> None:
    assert french(MORNING, lead_in + MATIN) == Answer(MATIN, EXTRA)
    assert french(MORNING, f'{lead_in}"{MATIN}"') == Answer(MATIN, EXTRA)


@pytest.mark.parametrize(
    "note",
    [
        "\n\nNote: “vieil” stands before a vowel.",
        "\n\n(Note: I chose the informal register.)",
        " (Note: the informal register)",
        "\nNote : le registre est familier.",
        "\n\n**Explanation:** it is a greeting.",
        "\n\nLet me know if you need anything else!",
        "\n\nRemarque : familier.\n\nNote: more.",
        "\n注\uff1a这是问候。",
    ],
)
def test_a_note_is_taken_off_and_told(note: str) -> None:
    assert french(MORNING, MATIN + note) == Answer(MATIN, EXTRA)


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("Translation: an art of its own.", "Traduction : un art en soi."),
        ("Here is the list:", "Voici la liste :"),
        ("Note: keep it dry.", "Remarque : à garder au sec."),
        ("Keep it dry (note: very dry).", "Gardez-le au sec (note : très sec)."),
        ("Keep it dry (beware: rust).", "Gardez-le au sec (note : rouille)."),
        ("Ingredients: flour and water", "Ingrédients : farine et eau"),
        ("He said: good morning to all.", "Il a dit : bonjour à tous."),
        ('"Good morning," he said.', "« Bonjour », dit-il."),
        ("Tom's house and Ann's", "'La maison de Tom' et 'celle d'Ann'"),
        ("The word was spoken.", '"Le mot" fut "prononcé"'),
        ("Good", "B"),
    ],
)
def test_what_belongs_to_the_translation_stays(source: str, output: str) -> None:
    assert french(source, output) == Answer(output)


def test_quotation_marks_of_the_source_stay() -> None:
    assert french(f'"{MORNING}"', f'"{MATIN}"') == Answer(f'"{MATIN}"')
    assert french(f'"{MORNING}', f'"{MATIN}"').text == f'"{MATIN}"'


def test_the_source_is_never_cut_out_of_an_answer() -> None:
    source = "no"
    output = "Non, no est un mot anglais, et no est court."
    assert french(source, output).text == output
    assert french("a", "Ça va à la maison.").text == "Ça va à la maison."


def test_the_source_before_its_translation_is_left_and_told() -> None:
    assert french(MORNING, f"{MORNING} {MATIN}") == Answer(f"{MORNING} {MATIN}", EXTRA)


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("fra_Latn", MORNING),
        ("fra_Latn", "no problem"),
        ("fra_Latn", "GOOD morning"),
        ("rus_Cyrl", "hello"),
        ("arb_Arab", "good"),
    ],
)
def test_prose_that_comes_back_is_untranslated(target: str, source: str) -> None:
    assert into(target, source, source).problems == (WarningCode.UNTRANSLATED,)


@pytest.mark.parametrize(
    "text", ["Tom", "Tom Hanks", "42 km", "OK!", "BMW X5", "New York, 2024", "taxi", "Paris - Lyon"]
)
def test_names_and_numbers_may_come_back(text: str) -> None:
    assert french(text, text) == Answer(text)


def test_chinese_may_be_the_same_in_both_scripts() -> None:
    same = Answer("我在家里等你来吃饭吗")
    assert into("zho_Hant", same.text, same.text, "zho_Hans").problems != (
        WarningCode.UNTRANSLATED,
    )
    assert into("jpn_Jpan", "東京大学", "東京大学", "zho_Hant") == Answer("東京大学")
    echoed = into("fra_Latn", "你好吗", "你好吗", "zho_Hans")
    assert echoed.problems == (WarningCode.UNTRANSLATED,)


def test_a_name_without_capitals_may_come_back() -> None:
    assert into("pes_Arab", "محمد علي", "محمد علي", "arb_Arab").problems == ()


def test_another_language_is_told() -> None:
    german = "Guten Morgen, mein alter Freund, wie geht es dir heute?"
    assert french(MORNING, german).problems == (WarningCode.WRONG_LANGUAGE,)
    russian = "Доброе утро, мой старый друг, как твои дела сегодня? Мы очень тебя ждали."
    assert into("ukr_Cyrl", MORNING, russian).problems == (WarningCode.WRONG_LANGUAGE,)


@pytest.mark.parametrize("output", ["Gut.", "Tom Hanks, New York", "1234567890 1234567890"])
def test_little_evidence_is_no_other_language(output: str) -> None:
    assert french(MORNING, output).problems == ()


def test_a_loop_is_told_and_nothing_else() -> None:
    looping = "le matin et " * 12
    assert french(MORNING, looping, finished=False).problems == (WarningCode.REPETITION,)
    assert into("jpn_Jpan", MORNING, "おはよう" * 8).problems == (WarningCode.REPETITION,)
    assert french(MORNING, "a" * 400).problems == (WarningCode.REPETITION,)


def test_what_the_source_repeats_may_be_repeated() -> None:
    assert french("no, " * 12 + "never", "non, " * 12 + "jamais").problems == ()


def test_what_was_cut_off_is_told() -> None:
    assert french(MORNING, "Bonjour, mon", finished=False).problems == (WarningCode.TRUNCATED,)
    assert french(MORNING, " ", finished=False).problems == (WarningCode.TRUNCATED,)


@pytest.mark.parametrize("output", ["", " \n", '""', "Here is the translation:\n"])
def test_nothing_is_told(output: str) -> None:
    assert french(MORNING, output) == Answer("", (WarningCode.EMPTY_OUTPUT,))


def test_lines_are_those_of_the_source() -> None:
    poem = "Roses are red,\nviolets are blue."
    rendered = "Les roses sont rouges,\nles violettes bleues."
    assert french(poem, rendered) == Answer(rendered)
    assert french(poem, rendered + "\n\nNote: a poem.") == Answer(rendered, EXTRA)
    assert french(poem, rendered + "\nNote: a poem.") == Answer(rendered, EXTRA)
    one_line = french("Roses are red, violets are blue.", rendered)
    assert one_line == Answer("Les roses sont rouges, les violettes bleues.")
    assert french("One.\n\nTwo.", "Un.\n\nDeux.") == Answer("Un.\n\nDeux.")


def test_tab_of_the_source_lets_tabs_be_and_no_lines() -> None:
    assert french("One\ttwo.", "Un\tdeux.\rTrois.") == Answer("Un\tdeux. Trois.")


@given(st.text(max_size=60), st.text(max_size=120), st.sampled_from(sorted(NAMES)))
def test_any_answer_can_be_read(source: str, output: str, target: str) -> None:
    found = into(target, source, output)
    assert found.text == found.text.strip() or not found.text.strip()
    if len(f".{source}.".splitlines()) == 1:
        assert len(found.text.splitlines()) <= 1
