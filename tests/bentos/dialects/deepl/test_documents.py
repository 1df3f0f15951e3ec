"""DeepL's translation of documents, as it is sent."""

import time
from typing import Any

import httpx
import pytest

from bentos.dialects.deepl.documents import status_of
from bentos.files.job import FileRequest, Job, JobStatus
from common.files import registry
from tests.bentos.dialects.deepl.calling import Deepl, deepl_of

TO_FRENCH = {"source_lang": "EN", "target_lang": "FR"}
KEYS = ("a-key-of-twenty-chars", "another-key-of-twenty")


async def sent(
    deepl: Deepl,
    data: bytes = b"one",
    name: str = "a.txt",
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> httpx.Response:
    form = {**TO_FRENCH, **fields}
    return await deepl.client.post(
        "/v2/document", data=form, files={"file": (name, data)}, headers=headers
    )


async def asked(
    deepl: Deepl, handle: dict[str, str], what: str = "", **headers: str
) -> httpx.Response:
    path = f"/v2/document/{handle['document_id']}{what}"
    body = {"document_key": handle["document_key"]}
    return await deepl.client.post(path, json=body, headers=headers)


async def test_a_document_goes_its_way(deepl: Deepl) -> None:
    answer = await sent(deepl)
    assert answer.status_code == 200, answer.text
    handle = answer.json()
    status = (await asked(deepl, handle)).json()
    assert status == {
        "document_id": handle["document_id"],
        "status": "done",
        "billed_characters": 3,
    }
    assert (await asked(deepl, handle)).json() == status
    assert (await deepl.client.get("/v2/usage")).json()["character_count"] == 3
    for _ in range(2):
        result = await asked(deepl, handle, "/result")
        assert result.content == b"ONE"
        assert "filename" in result.headers["content-disposition"]
        assert result.headers["content-type"] == "text/plain"


async def test_one_that_is_not_done_is_said_so(
    deepl: Deepl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bentos.dialects.deepl.documents._PATIENCE_S", 0.01)
    deepl.model.gate.clear()
    deepl.model.busy.clear()
    handle = (await sent(deepl)).json()
    await deepl.model.busy.wait()
    status = (await asked(deepl, handle)).json()
    assert status["status"] == "translating"
    result = await asked(deepl, handle, "/result")
    assert (result.status_code, result.json()["message"]) == (503, "Document not ready")
    deepl.model.gate.set()
    await deepl.place.backing.files.finished(handle["document_id"].lower())
    assert (await asked(deepl, handle)).json()["status"] == "done"


async def test_one_that_fails_says_why(deepl: Deepl) -> None:
    handle = (await sent(deepl, b"\x00\x01", "a.docx")).json()
    status = (await asked(deepl, handle)).json()
    assert status["status"] == "error"
    assert status["error_message"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"target_lang": "XX"}, "Value for 'target_lang' not supported."),
        ({"target_lang": ""}, "Value for 'target_lang' not supported."),
        ({"target_lang": "EN-GB"}, "Source and target language are both"),
        ({"formality": "very"}, "Value for 'formality' not supported."),
        ({"output_format": "pdf"}, "output_format txt"),
        ({"filename": "a.exe"}, "Invalid file data"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_kept(
    deepl: Deepl, fields: dict[str, Any], message: str
) -> None:
    assert message in await deepl.refused(await sent(deepl, **fields))
    assert set(deepl.place.backing.files.counts()) <= {JobStatus.CANCELLED}


async def test_without_a_file_there_is_no_document(deepl: Deepl) -> None:
    for answer in (
        await deepl.client.post("/v2/document", data=TO_FRENCH),
        await deepl.client.post("/v2/document", json={**TO_FRENCH, "file": "one"}),
    ):
        assert await deepl.refused(answer) == "Parameter 'file' not specified."


async def test_a_documents_key_is_needed(deepl: Deepl) -> None:
    handle = (await sent(deepl)).json()
    for key in ("0" * 64, "ü", handle["document_key"].lower()):
        answer = await asked(deepl, {**handle, "document_key": key})
        assert (answer.status_code, answer.json()["message"]) == (404, "Not found")
    missing = await deepl.client.post(f"/v2/document/{handle['document_id']}", json={})
    assert await deepl.refused(missing) == "Parameter 'document_key' not specified."


async def test_a_document_is_its_api_keys() -> None:
    mine, other = ({"Authorization": f"DeepL-Auth-Key {key}"} for key in KEYS)
    async with deepl_of(api_keys=",".join(KEYS)) as deepl:
        handle = (await sent(deepl, headers=mine)).json()
        assert (await asked(deepl, handle, **mine)).json()["status"] == "done"
        assert (await asked(deepl, handle, **other)).status_code == 404


async def test_terms_and_register_reach_the_model(deepl: Deepl) -> None:
    fields = {"name": "n", "source_lang": "en", "target_lang": "fr", "entries": "one\tun"}
    made = (await deepl.client.post("/v2/glossaries", json=fields)).json()["glossary_id"]
    handle = (await sent(deepl, glossary_id=made, formality="more")).json()
    await deepl.place.backing.files.finished(handle["document_id"].lower())
    assert (await asked(deepl, handle, "/result")).content == b"un"
    assert deepl.model.asked[-1].formality == "formal"


async def test_a_document_that_becomes_another_kind_needs_to_be_asked_so(
    deepl: Deepl,
) -> None:
    pdf = b"%PDF-1.4 not really"
    assert "output_format docx" in await deepl.refused(await sent(deepl, pdf, "a.pdf"))
    assert (await sent(deepl, pdf, "a.pdf", output_format="docx")).status_code == 200


async def test_a_document_may_be_as_large_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_FILES_MAX_BYTES", "2000")
    async with deepl_of() as deepl:
        assert (await sent(deepl, b"x" * 2000)).status_code == 200
        assert (await sent(deepl, b"x" * 2001)).status_code == 413


@pytest.mark.parametrize(
    ("status", "began_s_ago", "progress", "remaining_s"),
    [
        (JobStatus.QUEUED, None, 0.0, None),
        (JobStatus.RUNNING, 5, 0.0, None),
        (JobStatus.RUNNING, 30, 0.25, 90),
        (JobStatus.RUNNING, 1, 0.99, 1),
        (JobStatus.DONE, 30, 1.0, None),
    ],
)
def test_what_remains_is_told_by_what_is_done(
    status: JobStatus, began_s_ago: float | None, progress: float, remaining_s: int | None
) -> None:
    kind = registry.format_of("a.txt")
    job = Job(
        id="1",
        name="a.txt",
        result_name="b.txt",
        format=kind,
        result_format=kind,
        status=status,
        progress=progress,
        request=FileRequest(target_lang="fr"),
        created_at=0,
        started_at=None if began_s_ago is None else time.time() - began_s_ago,
    )
    assert status_of(job).seconds_remaining == remaining_s
