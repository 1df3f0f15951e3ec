import pytest

from common.glossaries.inflection import bases, is_known, plural, stem


@pytest.mark.parametrize(
    ("language", "word", "base", "is_plural"),
    [
        ("en", "servers", "server", True),
        ("en", "boxes", "box", True),
        ("en", "Entries", "entry", True),
        ("en", "server's", "server", False),
        ("en", "server\u2019s", "server", False),
        ("de", "Servers", "server", False),
        ("de", "Übungen", "übung", True),
        ("de", "Nutzerinnen", "nutzerin", True),
        ("de", "Eingabefelder", "eingabefeld", True),
        ("de", "Verzeichnisse", "verzeichnis", True),
        ("de", "schnellem", "schnell", False),
        ("fr", "chevaux", "cheval", True),
        ("fr", "réseaux", "réseau", True),
        ("es", "luces", "luz", True),
        ("es", "canciones", "canción", True),
        ("pt", "botões", "botão", True),
        ("it", "server", "server", False),
        ("it", "banche", "banca", True),
        ("nl", "auto's", "auto", False),
        ("ru", "серверов", "сервер", False),
        ("ru", "карты", "карта", False),
        ("ko", "서버를", "서버", False),
    ],
)
def test_base_form_is_among_those_of_a_word(
    language: str, word: str, base: str, is_plural: bool
) -> None:
    assert any(one.word == base and one.plural == is_plural for one in bases(word, language))


@pytest.mark.parametrize(
    ("language", "word", "base"),
    [
        ("de", "Banker", "bank"),
        ("de", "Musiker", "musik"),
        ("en", "its", "it"),
        ("en", "boss", "bo"),
        ("fr", "porte", "port"),
        ("xx", "servers", "server"),
    ],
)
def test_other_words_are_no_forms(language: str, word: str, base: str) -> None:
    assert base not in {one.word for one in bases(word, language)}


@pytest.mark.parametrize(
    ("language", "term", "expected"),
    [
        ("en", "train station", "train stations"),
        ("en", "box", "boxes"),
        ("en", "entry", "entries"),
        ("en", "key", "keys"),
        ("en", "glass", "glasses"),
        ("en", "settings", "settings"),
        ("en", "knife", None),
        ("en", "API", None),
        ("en", "C++", None),
        ("fr", "réseau", "réseaux"),
        ("fr", "serveur", "serveurs"),
        ("fr", "souris", "souris"),
        ("fr", "cheval", None),
        ("fr", "chemin de fer", None),
        ("es", "servidor", "servidores"),
        ("es", "luz", "luces"),
        ("es", "red", "redes"),
        ("es", "casa", "casas"),
        ("es", "canción", None),
        ("de", "Übung", "Übungen"),
        ("de", "Rechner", "Rechner"),
        ("de", "Mädchen", "Mädchen"),
        ("de", "Haus", None),
        ("ru", "сервер", None),
    ],
)
def test_plural_is_made_only_where_a_rule_is_safe(
    language: str, term: str, expected: str | None
) -> None:
    assert plural(term, language) == expected


def test_german_adjective_of_a_term_is_looked_for_without_its_ending() -> None:
    assert stem("neuronales", "de") == stem("neuronalen", "de") == "neuronal"
    assert stem("Netz", "de") == "netz"
    assert stem("der", "de") == "der"
    assert stem("großes", "en") == "grosses"


def test_languages_with_rules_are_known() -> None:
    assert is_known("en")
    assert not is_known("tr")
