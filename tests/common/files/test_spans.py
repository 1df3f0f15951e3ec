"""Places in a text file: what is translated is put there, everything else is never touched."""

import pytest

from common.files.encoding import Decoded, Encoding
from common.files.spans import Span, SpannedDocument, as_it_is, has_letter

CONTENT = 'a = "one"; b = "two"'
SPANS = [Span(4, 9, "one", lambda text: f"'{text}'"), Span(15, 20, "two", as_it_is, "html")]


def test_only_what_has_changed_is_written_anew() -> None:
    document = SpannedDocument(Decoded(CONTENT, Encoding()), SPANS)
    assert [(one.text, one.format) for one in document.texts] == [("one", "text"), ("two", "html")]
    assert document.render(["one", "two"]) == CONTENT.encode()
    assert document.render(["eins", "two"]) == b"a = 'eins'; b = \"two\""
    assert document.render(["one", "zwei"]) == b'a = "one"; b = zwei'


def test_as_many_translations_as_texts() -> None:
    document = SpannedDocument(Decoded(CONTENT, Encoding()), SPANS)
    with pytest.raises(ValueError, match="zip"):
        document.render(["one"])


@pytest.mark.parametrize(
    ("text", "has"), [("", False), ("1.5 €", False), ("x", True), ("語", True)]
)
def test_letters_are_those_of_any_script(text: str, has: bool) -> None:
    assert has_letter(text) is has
