"""Catalogues of messages: the open ones are translated; gettext's own library reads the result."""

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files.document import FileOptions
from tests.common.files.rendering import read, texts_of, translated

TEMPLATE = """\
# Translators' notes stay.
#, fuzzy
msgid ""
msgstr ""
"Project-Id-Version: tool 1.0\\n"
"Language: \\n"
"Content-Type: text/plain; charset=CHARSET\\n"
"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n"

#. for the log
#: tool.c:12
#, c-format
msgid "Hello %s\\n"
msgstr ""

#: tool.c:20
#, fuzzy
#| msgid "Olden"
msgid "New"
msgstr "Vieux"

msgctxt "menu"
msgid "One file"
msgid_plural "%d files"
msgstr[0] ""
msgstr[1] ""

msgid ""
"Several\\n"
"lines"
msgstr ""

msgid "Done"
msgstr "Fait"

msgid "100 %"
msgstr ""

#~ msgid "Gone"
#~ msgstr "Parti"
"""
OPEN = ["Hello %s\n", "New", "One file", "%d files", "Several\nlines"]


def to(target: str, *, fuzzy: bool = False) -> FileOptions:
    return FileOptions(target_lang=target, fuzzy=fuzzy)


def catalogue(text: str) -> polib.POFile:
    return polib.pofile(text)


def found(result: polib.POFile, message: str, context: str | None = None) -> polib.POEntry:
    entry = result.find(message, msgctxt=context or False)
    assert entry is not None
    return entry


def test_what_has_no_translation_or_an_outdated_one_is_open() -> None:
    assert texts_of(TEMPLATE, "a.pot") == OPEN
    assert texts_of(TEMPLATE, "a.pot", FileOptions(again=True)) == [*OPEN, "Done"]


def test_a_message_gets_its_translation_and_loses_its_mark() -> None:
    result = catalogue(translated(TEMPLATE, "a.po", options=to("fr")))
    hello, new = found(result, "Hello %s\n"), found(result, "New")
    assert (hello.msgstr, hello.flags) == ("HELLO %S\n", ["c-format"])
    assert hello.comment == "for the log"
    assert (new.msgstr, new.flags, new.previous_msgid) == ("NEW", [], None)
    assert found(result, "Several\nlines").msgstr == "SEVERAL\nLINES"
    assert found(result, "Done").msgstr == "Fait"
    assert [one.msgid for one in result.obsolete_entries()] == ["Gone"]


def test_only_what_changes_changes() -> None:
    before = TEMPLATE.splitlines()
    after = translated(TEMPLATE, "a.po", options=to("fr")).splitlines()
    kept = [line for line in before if not line.startswith(("msgstr", '"Lang', '"Plural', '"Cont'))]
    assert [line for line in kept if line not in after] == [
        "#, fuzzy",
        "#, fuzzy",
        '#| msgid "Olden"',
    ]


def test_the_header_says_the_language_and_its_plurals() -> None:
    result = catalogue(translated(TEMPLATE, "a.po", options=to("fr")))
    assert result.metadata["Language"] == "fr"
    assert result.metadata["Plural-Forms"] == "nplurals=2; plural=(n > 1);"
    assert result.metadata["Content-Type"] == "text/plain; charset=UTF-8"
    assert not result.metadata_is_fuzzy


@pytest.mark.parametrize(
    ("target", "forms"),
    [
        ("fr", ["ONE FILE", "%D FILES"]),
        ("ja", ["%D FILES"]),
        ("ru", ["ONE FILE", "%D FILES", "%D FILES"]),
        ("ar", ["%D FILES", "ONE FILE", "%D FILES", "%D FILES", "%D FILES", "%D FILES"]),
    ],
)
def test_a_message_of_several_has_the_forms_of_its_language(target: str, forms: list[str]) -> None:
    result = catalogue(translated(TEMPLATE, "a.po", options=to(target)))
    assert list(found(result, "One file", "menu").msgstr_plural.values()) == forms


def test_a_catalogue_of_the_language_keeps_its_own_rule() -> None:
    own = "nplurals=3; plural=(n==1 ? 0 : n==0 ? 1 : 2);"
    text = TEMPLATE.replace("nplurals=INTEGER; plural=EXPRESSION;", own).replace(
        "Language: ", "Language: pt_BR"
    )
    result = catalogue(translated(text, "a.po", options=to("pt-BR")))
    assert result.metadata["Plural-Forms"] == own
    assert len(found(result, "One file", "menu").msgstr_plural) == 3


def test_what_is_translated_may_be_marked_for_a_look() -> None:
    result = catalogue(translated(TEMPLATE, "a.po", options=to("fr", fuzzy=True)))
    assert found(result, "Hello %s\n").flags == ["fuzzy", "c-format"]
    assert found(result, "Several\nlines").flags == ["fuzzy"]
    assert found(result, "Done").flags == []


def test_line_breaks_at_the_ends_are_as_in_the_message() -> None:
    text = 'msgid "\\nA\\n"\nmsgstr ""\n\nmsgid "B"\nmsgstr ""\n'
    result = catalogue(translated(text, "a.po", lambda one: f"{one.strip()}\n"))
    assert [one.msgstr for one in result] == ["\nA\n", "B"]


def test_a_catalogue_without_a_header_or_a_last_line_end_stays_so() -> None:
    assert translated('msgid "a"\nmsgstr ""', "a.po", options=to("fr")) == 'msgid "a"\nmsgstr "A"'


def test_a_header_without_fields_gets_the_language() -> None:
    text = 'msgid ""\nmsgstr "X: y"\n\nmsgid "a"\nmsgstr ""\n'
    assert catalogue(translated(text, "a.po", options=to("fr"))).metadata["Language"] == "fr"


def test_a_header_of_several_forms_is_none() -> None:
    data = 'msgid ""\nmsgstr[0] "Language: de\\n"\nmsgstr[1] ""\n\nmsgid "a"\nmsgstr ""\n'
    assert translated(data, "a.po", options=to("fr")) == data.replace('msgstr ""', 'msgstr "A"')


def test_line_ends_of_dos_stay() -> None:
    data = 'msgid "a b"\r\nmsgstr ""\r\n'
    assert translated(data, "a.po") == 'msgid "a b"\r\nmsgstr "A B"\r\n'


def test_what_its_encoding_lacks_makes_it_utf8() -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=ISO-8859-1\\n"\n\n'
    data = f'{head}msgid "café"\nmsgstr ""\n'.encode("latin-1")
    assert texts_of(data, "a.po") == ["café"]
    document = read(data, "a.po")
    assert document.render(["CAFÉ"]).decode("latin-1").endswith('msgstr "CAFÉ"\n')
    assert document.render(["жук"]).decode().endswith('msgstr "жук"\n')
    assert b"charset=UTF-8" in document.render(["жук"])


def test_as_many_translations_as_texts() -> None:
    with pytest.raises(ValueError, match="each text"):
        read(TEMPLATE, "a.po").render(["one"])


@settings(deadline=None)
@given(st.lists(st.text(alphabet='ab\\"\n\t%é', min_size=1), unique=True, max_size=5))
def test_gettexts_library_reads_what_we_write(messages: list[str]) -> None:
    made = polib.POFile()
    made.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    made.extend(polib.POEntry(msgid=message) for message in messages)
    document = read(str(made), "a.po")
    translations = [f"x{one.text}y" for one in document.texts]
    written = [one.msgstr for one in catalogue(document.render(translations).decode())]
    wanted = [shaped(one) for one in messages if any(map(str.isalpha, one))]
    assert [one for one in written if one] == wanted


def shaped(message: str) -> str:
    start, end = message.startswith("\n"), message.endswith("\n")
    return "\n" * start + f"x{message}y" + "\n" * end
