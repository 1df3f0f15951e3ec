from datetime import UTC, datetime

import pytest

from bentos.glossaries.glossary import Dictionary, Glossary, Lexicon, Viewer
from common.glossaries.entries import Pair
from common.state.glossaries import DictionaryInfo, StoredGlossary


@pytest.mark.parametrize(
    ("viewer", "owner", "seen"),
    [
        (Viewer("me"), "me", True),
        (Viewer("me"), "you", False),
        (Viewer("me"), "", False),
        (Viewer(""), "", True),
        (Viewer("boss", is_manager=True), "me", True),
    ],
)
def test_an_owner_sees_his_own_and_a_manager_all(viewer: Viewer, owner: str, *, seen: bool) -> None:
    assert viewer.sees(owner) is seen


def test_a_glossary_is_what_is_stored() -> None:
    made = datetime(2026, 1, 2, tzinfo=UTC)
    info = DictionaryInfo("en", "fr", 3, 7)
    glossary = Glossary.of(StoredGlossary("g", "me", "n", made, (info,)))
    french = Dictionary(Pair("en", "fr"), 3, 7)
    assert glossary == Glossary("g", "n", "me", made, (french,))
    assert glossary.dictionary(Pair("en", "fr")) == french
    assert glossary.dictionary(Pair("fr", "en")) is None


def test_a_lexicon_tells_what_of_it_stands_in_a_text() -> None:
    lexicon = Lexicon({"station": "gare", "ship": "navire"}, "en")
    assert lexicon.occurring("Two stations.") == {"station": "gare"}
    assert lexicon.occurring("Nothing of it.") == {}
    assert Lexicon({"a": "b"}, "xx").occurring("a") == {"a": "b"}
