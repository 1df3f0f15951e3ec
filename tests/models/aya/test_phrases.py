import pytest

from models.aya.phrases import ALL_QUOTES, LEAD_IN, NOTE_HEAD, NOTE_IN_BRACKETS, QUOTES, TRANSLATION


@pytest.mark.parametrize(
    "line",
    [
        "Übersetzung: Hallo",
        "La traducción es: hola",
        "Traduzione in italiano: ciao",
        "Vertaling: hallo",
        "Překlad: ahoj",
        "Tłumaczenie: cześć",
        "Переклад: привіт",
        "Çevirisi: merhaba",
        "Bản dịch: xin chào",
        "Terjemahan: halo",
        "الترجمة: مرحبا",
        "תרגום: שלום",
        "अनुवाद: नमस्ते",
        "번역: 안녕",
        "翻訳\uff1aこんにちは",
        "Claro, aquí tienes:\nhola",
        "Bien sûr !\nbonjour",
    ],
)
def test_lead_ins_of_many_languages_are_known(line: str) -> None:
    found = LEAD_IN.match(line)
    assert found
    assert len(line) - found.end() <= 10


@pytest.mark.parametrize(
    "line",
    [
        "Bonjour: à tous",
        "Voici la liste : un, deux",
        "Sure of himself, he went.\nHe came back.",
        "Une traduction sans deux-points",
        "Il a dit : ceci\net cela",
    ],
)
def test_a_sentence_of_a_translation_is_no_lead_in(line: str) -> None:
    assert not LEAD_IN.match(line)


@pytest.mark.parametrize(
    "note", ["(Note: x)", "[Anmerkung: x]", "(Nota : x).", "\uff08注\uff1ax\uff09"]
)
def test_notes_in_brackets_are_known(note: str) -> None:
    assert NOTE_IN_BRACKETS.search(f"Hallo. {note}")
    assert NOTE_HEAD.match(note)


def test_a_word_that_only_ends_like_a_note_is_none() -> None:
    assert not NOTE_HEAD.search("Banknote: ten")
    assert not NOTE_HEAD.search("He noted: ten")


def test_a_word_for_a_translation_is_found_anywhere() -> None:
    assert TRANSLATION.search("Die ÜBERSETZUNG fehlt.")
    assert not TRANSLATION.search("Die Setzung fehlt.")


def test_every_quotation_mark_is_a_single_character() -> None:
    assert all(len(mark) == 1 for mark in ALL_QUOTES)
    assert all(closing and set(closing) <= ALL_QUOTES for closing in QUOTES.values())
