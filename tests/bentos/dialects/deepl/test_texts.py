"""DeepL's translation of texts, as it is sent."""

from typing import Any

import pytest

from models.base.exceptions import DeadlineExceededError, OverloadedError
from tests.bentos.dialects.deepl.calling import Deepl


async def test_json_and_forms_are_read_alike(deepl: Deepl) -> None:
    fields = {"text": ["one", "two"], "target_lang": "FR", "source_lang": "EN"}
    sent = await deepl.client.post("/v2/translate", json=fields)
    assert sent.json() == {
        "translations": [
            {"detected_source_language": "EN", "text": "ONE"},
            {"detected_source_language": "EN", "text": "TWO"},
        ]
    }
    assert (await deepl.client.post("/v2/translate", data=fields)).json() == sent.json()
    single = await deepl.translate(text="one", source_lang="EN")
    assert [one["text"] for one in single.json()["translations"]] == ["ONE"]


async def test_characters_and_models_are_told_where_asked(deepl: Deepl) -> None:
    asked = {"show_billed_characters": "1", "model_type": "latency_optimized"}
    [one] = (await deepl.translate(text=["één"], source_lang="EN", **asked)).json()["translations"]
    assert (one["billed_characters"], one["model_type_used"]) == (3, "latency_optimized")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Parameter 'text' not specified."),
        ({"text": []}, "Value for 'text' not supported."),
        ({"text": 5}, "Value for 'text' not supported."),
        ({"text": "one", "target_lang": None}, "Parameter 'target_lang' not specified."),
        ({"text": "one", "target_lang": ""}, "Value for 'target_lang' not supported."),
        ({"text": "one", "target_lang": ["FR"]}, "Value for 'target_lang' not supported."),
        ({"text": "one", "source_lang": "XX"}, "Value for 'source_lang' not supported."),
        ({"text": "one", "formality": "very"}, "Value for 'formality' not supported."),
        ({"text": "one", "split_sentences": "2"}, "Value for 'split_sentences' not supported."),
        ({"text": "one", "tag_handling": "md"}, "Value for 'tag_handling' not supported."),
        ({"text": "one", "model_type": "best"}, "Value for 'model_type' not supported."),
        ({"text": ["x"] * 51}, "Too many texts: up to 50 may be sent at once."),
        (
            {"text": "one", "target_lang": "EN-GB", "formality": "more"},
            "'formality' is not supported for given 'target_lang'.",
        ),
    ],
)
async def test_what_is_wrong_is_named(deepl: Deepl, body: dict[str, Any], message: str) -> None:
    assert await deepl.refused(await deepl.translate(**body)) == message
    assert deepl.model.calls == []


async def test_what_is_unknown_is_left_out_of_account(deepl: Deepl) -> None:
    assert (await deepl.translate(text="one", style_id="x", anything=[1])).status_code == 200


@pytest.mark.parametrize(
    ("formality", "register"),
    [
        ("default", None),
        ("more", "formal"),
        ("prefer_more", "formal"),
        ("less", "informal"),
        ("prefer_less", "informal"),
    ],
)
async def test_a_register_reaches_the_model(
    deepl: Deepl, formality: str, register: str | None
) -> None:
    await deepl.translate(text="one", source_lang="EN", formality=formality)
    assert [one.formality for one in deepl.model.asked] == [register]


async def test_a_register_that_is_only_preferred_is_left_out(deepl: Deepl) -> None:
    asked = {"source_lang": "FR", "target_lang": "EN-US", "formality": "prefer_less"}
    assert (await deepl.translate(text="un", **asked)).status_code == 200
    assert [one.formality for one in deepl.model.asked] == [None]


async def test_context_reaches_the_model_as_far_as_it_can_read(deepl: Deepl) -> None:
    await deepl.translate(text="one", source_lang="EN", context="c" * 10_001)
    assert [one.context for one in deepl.model.asked] == ["c" * 10_000]


@pytest.mark.parametrize(
    ("split", "text", "asked"),
    [
        ("nonewlines", "one \n\n two\nthree", "one two three"),
        ("0", "one\ntwo", "one\ntwo"),
        ("1", "one\ntwo", "one\ntwo"),
    ],
)
async def test_line_breaks_are_spaces_where_asked(
    deepl: Deepl, split: str, text: str, asked: str
) -> None:
    await deepl.translate(text=text, source_lang="EN", split_sentences=split)
    assert [one for one, _, _ in deepl.model.calls] == [asked]


async def test_markup_comes_back_as_it_was(deepl: Deepl) -> None:
    asked = {"source_lang": "EN", "split_sentences": "nonewlines"}
    html = "<p>one</p>\n<code>two</code>"
    answer = await deepl.translate(text=html, tag_handling="html", **asked)
    assert answer.json()["translations"][0]["text"] == "<p>ONE</p>\n<code>two</code>"
    answer = await deepl.translate(
        text="<a>one<b>two</b></a>", tag_handling="xml", ignore_tags="b,c", **asked
    )
    assert answer.json()["translations"][0]["text"] == "<a>ONE<b>two</b></a>"
    assert (await deepl.translate(text="<a>", tag_handling="xml", **asked)).status_code == 400


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("\n<!DOCTYPE html>\n", 200),
        ('<?xml version="1.0"?>\n<!DOCTYPE a PUBLIC "-//A//B" "http://127.0.0.1:1/a.dtd">', 200),
        ('<!DOCTYPE a [<!ENTITY b "c">]>', 400),
        ("<!DOCTYPE html><!DOCTYPE html>", 400),
    ],
)
async def test_a_document_type_stays_and_defines_nothing(
    deepl: Deepl, head: str, status: int
) -> None:
    text = f"{head}<a>one</a>"
    answer = await deepl.translate(text=text, source_lang="EN", tag_handling="xml")
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json()["translations"][0]["text"] == f"{head}<a>ONE</a>"


async def test_without_outline_detection_elements_are_in_a_sentence(deepl: Deepl) -> None:
    asked = {"source_lang": "EN", "tag_handling": "xml", "text": "<a><p>one</p><p>two</p></a>"}
    await deepl.translate(**asked)
    split = {text for text, _, _ in deepl.model.calls}
    deepl.model.calls.clear()
    await deepl.translate(**asked, outline_detection=False)
    whole = {text for text, _, _ in deepl.model.calls}
    assert split == {"one", "two"}
    assert "onetwo" in whole
    deepl.model.calls.clear()
    await deepl.translate(**asked, outline_detection="0", splitting_tags=["p"])
    assert {text for text, _, _ in deepl.model.calls} == {"one", "two"}


async def test_a_text_nobody_can_tell_the_language_of_comes_back(deepl: Deepl) -> None:
    [one] = (await deepl.translate(text="42")).json()["translations"]
    assert one == {"detected_source_language": "FR", "text": "42"}


async def test_where_one_text_fails_all_do(deepl: Deepl) -> None:
    for failure, status in ((OverloadedError("full"), 529), (DeadlineExceededError("late"), 504)):
        deepl.model.failure = failure
        answer = await deepl.translate(text=["one", "poison"], source_lang="EN")
        assert (answer.status_code, "translations" in answer.json()) == (status, False)
    deepl.model.failure = RuntimeError("secret")
    answer = await deepl.translate(text=["one", "poison"], source_lang="EN")
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def test_a_request_is_as_large_as_deepls(deepl: Deepl) -> None:
    answer = await deepl.translate(text="x" * (128 * 1024))
    assert answer.status_code == 413
    assert "131072" in answer.json()["message"]


async def test_glossaries_are_applied_in_their_order(deepl: Deepl) -> None:
    ids = []
    for entries in ("one\tun\n", "one\tune\ntwo\tdeux\n"):
        made = await deepl.client.post(
            "/v2/glossaries",
            json={"name": "n", "source_lang": "en", "target_lang": "fr", "entries": entries},
        )
        ids.append(made.json()["glossary_id"])
    for asked in ({"glossary_ids": ids}, {"glossary_id": ids[0], "glossary_ids": ids[1:]}):
        answer = await deepl.translate(text=["one", "two"], source_lang="EN", **asked)
        assert [one["text"] for one in answer.json()["translations"]] == ["un", "deux"]
    await deepl.client.post(
        "/v2/translate",
        data={"text": "a", "source_lang": "EN", "target_lang": "FR", "glossary_ids": ",".join(ids)},
    )
    assert deepl.model.asked[-1].glossary == {"one": "un", "two": "deux"}


async def test_a_glossary_needs_a_source_language_and_must_fit(deepl: Deepl) -> None:
    fields = {"name": "n", "source_lang": "en", "target_lang": "fr", "entries": "a\tb"}
    made = (await deepl.client.post("/v2/glossaries", json=fields)).json()["glossary_id"]
    without = await deepl.translate(text="one", glossary_id=made)
    assert "requires the source_lang" in await deepl.refused(without)
    other = await deepl.translate(text="eins", source_lang="DE", glossary_id=made)
    assert "no entries for these languages" in await deepl.refused(other)
    unknown = await deepl.translate(text="one", source_lang="EN", glossary_id="none")
    assert (unknown.status_code, unknown.json()["message"]) == (404, "Glossary not found")
