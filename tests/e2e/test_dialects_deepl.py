"""The official client of DeepL with demos that really translate."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import deepl
import docx
import pytest

from tests.e2e.found import Demo

SENTENCE = "Where is the train station?"
FRENCH = "gare"
TERM = "arrêt ferroviaire"


@pytest.fixture(params=["/deepl/", "/"])
def client(demo: Demo, request: pytest.FixtureRequest) -> Iterator[deepl.DeepLClient]:
    with closing(deepl.DeepLClient("any", server_url=f"{demo.url}{request.param}")) as one:
        yield one


def translated(client: deepl.DeepLClient, text: str, **options: Any) -> str:
    found = client.translate_text(text, source_lang="EN", target_lang="FR", **options)
    assert isinstance(found, deepl.TextResult)
    return found.text


def test_a_text_is_translated(client: deepl.DeepLClient) -> None:
    found = client.translate_text([SENTENCE, "Good morning."], target_lang="FR")
    assert isinstance(found, list)
    one, other = found
    assert FRENCH in one.text.lower()
    assert (one.detected_source_lang, one.billed_characters) == ("EN", len(SENTENCE))
    assert other.text
    codes = {language.code for language in client.get_target_languages()}
    assert {"EN-GB", "EN-US", "FR"} <= codes


def test_a_glossarys_term_is_in_the_translation(client: deepl.DeepLClient) -> None:
    glossary = client.create_glossary("Trains", "EN", "FR", {"train station": TERM})
    assert TERM in translated(client, SENTENCE, glossary=glossary)
    client.delete_glossary(glossary)
    with pytest.raises(deepl.DeepLException, match="Glossary not found"):
        translated(client, SENTENCE, glossary=glossary)


def test_tags_stay_where_they_belong(client: deepl.DeepLClient) -> None:
    html = translated(client, f"<p>Hello. <b>{SENTENCE}</b></p>", tag_handling="html")
    assert html.startswith("<p>")
    assert html.endswith("</b></p>")
    xml = f"<a><par>{SENTENCE}</par><raw>{SENTENCE}</raw></a>"
    kept = translated(client, xml, tag_handling="xml", ignore_tags=["raw"])
    assert f"<raw>{SENTENCE}</raw></a>" in kept
    assert FRENCH in kept.lower()


def test_a_document_is_translated(client: deepl.DeepLClient, tmp_path: Path) -> None:
    source, target = tmp_path / "a.docx", tmp_path / "b.docx"
    document = docx.Document()
    document.add_paragraph(SENTENCE)
    document.save(str(source))
    status = client.translate_document_from_filepath(source, target, target_lang="FR")
    assert status.done
    assert FRENCH in docx.Document(str(target)).paragraphs[0].text.lower()


def test_a_register_is_told_where_a_model_has_one(client: deepl.DeepLClient, demo: Demo) -> None:
    [french] = [one for one in client.get_target_languages() if one.code == "FR"]
    assert french.supports_formality is (demo.model == "aya")
    assert FRENCH in translated(client, SENTENCE, formality="prefer_more").lower()
    if french.supports_formality:
        assert FRENCH in translated(client, SENTENCE, formality="less").lower()
    else:
        with pytest.raises(deepl.DeepLException, match="not supported for given 'target_lang'"):
            translated(client, SENTENCE, formality="less")
