import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.glossaries.terms import Terms, capitalized, fitted, occurring, stands_in


def found(entries: list[str], text: str, language: str = "eng_Latn") -> list[tuple[str, str]]:
    terms = Terms(dict.fromkeys(entries, "x"), language)
    return [(one.term, one.text) for one in terms.find(text)]


@pytest.mark.parametrize(
    ("language", "terms", "text", "expected"),
    [
        ("eng_Latn", ["train station"], "A Train  Station.", [("train station", "Train  Station")]),
        ("eng_Latn", ["train"], "training, retrain", []),
        ("eng_Latn", ["server"], "Servers!", [("server", "Servers")]),
        ("eng_Latn", ["server"], "the server's", [("server", "server's")]),
        ("eng_Latn", ["IT", "us"], "it, its; IT and US", [("IT", "IT"), ("us", "US")]),
        ("eng_Latn", ["CPU"], "CPUs, cpus", [("CPU", "CPUs")]),
        ("eng_Latn", ["C++", ".NET"], "C++ or .NET", [("C++", "C++"), (".NET", ".NET")]),
        ("eng_Latn", ["a b", "b c d", "a b c"], "a b c d", [("a b c", "a b c")]),
        ("eng_Latn", ["New York", "york"], "York, New York", [("york", "York"), ("New York",) * 2]),
        (
            "deu_Latn",
            ["neuronales Netz"],
            "neuronalen Netzen",
            [("neuronales Netz", "neuronalen Netzen")],
        ),
        ("deu_Latn", ["Bau"], "bauen, Baues", [("Bau", "Baues")]),
        ("deu_Latn", ["STRASSE"], "STRASSE", [("STRASSE", "STRASSE")]),
        ("deu_Latn", ["straße"], "Strasse", [("straße", "Strasse")]),
        ("fra_Latn", ["ordinateur"], "l'ordinateur", [("ordinateur", "ordinateur")]),
        ("fra_Latn", ["chemin de fer"], "chemins de fer", [("chemin de fer", "chemins de fer")]),
        ("zho_Hans", ["手机", "手"], "我的手机坏了", [("手机", "手机")]),
        ("jpn_Jpan", ["サーバー"], "メールサーバー", [("サーバー", "サーバー")]),
        ("kor_Hang", ["서버"], "서버를 켜다", [("서버", "서버를")]),
        ("rus_Cyrl", ["сервер"], "на серверах", [("сервер", "серверах")]),
        ("eng_Latn", ["cafe\u0301"], "the café", [("cafe\u0301", "café")]),
    ],
)
def test_terms_are_found_as_words_of_their_language(
    language: str, terms: list[str], text: str, expected: list[tuple[str, str]]
) -> None:
    assert found(terms, text, language) == expected


def test_of_two_forms_the_one_that_is_written_counts() -> None:
    assert found(["new", "news"], "news and new") == [("news", "news"), ("new", "new")]
    assert found(["it", "IT"], "IT it") == [("IT", "IT"), ("it", "it")]


@pytest.mark.parametrize("entries", [{}, {"": "x"}, {"a": " "}, {"a " * 65: "x"}])
def test_what_is_no_entry_is_never_found(entries: dict[str, str]) -> None:
    terms = Terms(entries, "eng_Latn")
    assert not terms
    assert terms.find("a " * 70) == []


@pytest.mark.parametrize(
    ("term", "translation", "text", "language", "expected"),
    [
        ("server", "Rechner", "the server", "deu_Latn", "Rechner"),
        ("server", "ordinateur", "the Server", "fra_Latn", "Ordinateur"),
        ("server", "ordinateur", "THE SERVER", "fra_Latn", "ORDINATEUR"),
        ("server", "ordinateur", "the servers", "fra_Latn", "ordinateurs"),
        ("exercise", "Übung", "exercises", "deu_Latn", "Übungen"),
        ("house", "Haus", "houses", "deu_Latn", "Haus"),
        ("IT", "EDV", "our IT", "deu_Latn", "EDV"),
        ("server", "x", "server's", "xxx_Latn", "x"),
    ],
)
def test_translation_is_fitted_to_case_and_number(
    term: str, translation: str, text: str, language: str, expected: str
) -> None:
    [one] = Terms({term: translation}, "eng_Latn").find(text)
    assert fitted(one, language) == expected


def test_capital_of_a_sentences_beginning_is_not_the_terms() -> None:
    [one] = Terms({"server": "ordinateur"}, "eng_Latn").find("Server down")
    assert fitted(one, "fra_Latn", begins=True) == "ordinateur"
    assert capitalized("ordinateur X") == "Ordinateur X"


@pytest.mark.parametrize(
    ("term", "text", "language"),
    [
        ("Bahnhof", "Die Bahnhöfe sind", "deu_Latn"),
        ("neuronales Netz", "mit neuronalen Netzen", "deu_Latn"),
        ("serveur", "Les Serveurs", "fra_Latn"),
        ("sunucu", "sunucuya", "tur_Latn"),
        ("サーバー", "新しいサーバーです", "jpn_Jpan"),
        ("EDV", "die edv", "deu_Latn"),
    ],
)
def test_form_of_a_term_counts_as_the_term(term: str, text: str, language: str) -> None:
    assert stands_in(term, text, language)


@pytest.mark.parametrize(
    ("term", "text", "language"),
    [
        ("Bank", "der Banker", "deu_Latn"),
        ("serveur", "le service", "fra_Latn"),
        ("sunucu", "su", "tur_Latn"),
        ("ev", "evde", "tur_Latn"),
        ("a b", "a", "eng_Latn"),
    ],
)
def test_other_word_does_not(term: str, text: str, language: str) -> None:
    assert not stands_in(term, text, language)


def test_only_entries_that_occur_are_kept() -> None:
    entries = {"dog": "Hund", "cat": "Katze", "mouse": "Maus"}
    assert occurring(entries, "Mouse and cats", "eng_Latn") == {"cat": "Katze", "mouse": "Maus"}


@settings(deadline=None)
@given(st.text(), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5))
def test_terms_found_stand_in_the_text_in_order(text: str, entries: dict[str, str]) -> None:
    end = 0
    for one in Terms(entries, "deu_Latn").find(text):
        assert end <= one.start < one.end
        assert text[one.start : one.end] == one.text
        assert one.term in entries
        end = one.end


@pytest.mark.parametrize("unit", ["a ", "xs ", "手"])
def test_no_glossary_takes_more_than_linear_time(unit: str) -> None:
    terms = Terms({unit * 60 + str(n): "x" for n in range(300)}, "eng_Latn")
    began = time.process_time()
    terms.find(unit * 500)
    assert time.process_time() - began < 2
