"""Entries of catalogues: where they stand and what they say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files.document import FileDamagedError
from common.files.po_entries import entries, quoted
from tests.common.files.rendering import texts_of


def test_an_entry_knows_its_lines() -> None:
    text = (
        '# note\n#, c-format , fuzzy\n#| msgid "b"\nmsgid "a"\n"c"\nmsgstr[0] "x"\nmsgstr[1] ""\n'
    )
    [entry] = entries(f"\n# apart\n\n{text}#~ gone\n")
    assert (entry.id, entry.flag_names) == ("ac", ["c-format", "fuzzy"])
    assert [one.text for one in entry.strings] == ["x", ""]
    assert not entry.is_plain


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        'msgid "a"\n',
        'msgstr "a"\n',
        'msgid "a"\nmsgid "b"\nmsgstr ""\n',
        'msgid "a"\nmsgstr "" trailing\n',
    ],
)
def test_what_is_no_catalogue_is_damaged(text: str) -> None:
    with pytest.raises(FileDamagedError):
        texts_of(text, "a.po")


def test_escapes_are_read_as_gettext_reads_them() -> None:
    [entry] = entries('msgid "\\x41\\102\\t\\\\n\\q\\""\nmsgstr ""\n')
    assert entry.id == 'AB\t\\nq"'


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_what_is_written_is_read_again(text: str) -> None:
    [entry] = entries(f'msgid "x"\nmsgstr {quoted(text)}\n')
    assert entry.strings[0].text == text
