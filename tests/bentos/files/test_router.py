"""Files over HTTP, through a Bento's guards and over its model: sent, watched, fetched, removed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bentos.files.jobs import FileJobs
from bentos.files.router import attachment
from common.files import registry
from common.settings import ServiceSettings
from tests.fakes import Served

KEY, OTHER = "a-key-of-twenty-chars", "another-key-of-twenty"
TO_FRENCH = {"source_lang": "en", "target_lang": "fr"}


class Files:
    """A service with one model, and a client of its files."""

    def __init__(self, served: Served, client: httpx.AsyncClient) -> None:
        self.served = served
        self.client = client
        self.jobs: FileJobs = served.app.state.backing.files

    async def send(
        self,
        data: bytes = b"one. two",
        name: str = "a.txt",
        key: str = "",
        **fields: str | list[str],
    ) -> httpx.Response:
        return await self.client.post(
            "/files",
            data={**TO_FRENCH, **fields},
            files={"file": (name, data)},
            headers={"X-API-Key": key} if key else {},
        )

    async def ended(self, answer: httpx.Response, owner: str = "") -> dict[str, Any]:
        assert answer.status_code == 202, answer.text
        await self.jobs.finished(answer.json()["id"], owner)
        got: dict[str, Any] = (await self.client.get(answer.headers["location"])).json()
        return got


async def opened(
    monkeypatch: pytest.MonkeyPatch, folder: Path, settings: ServiceSettings
) -> AsyncIterator[Files]:
    monkeypatch.setenv("LINGUA_NEXUS_FILES_FOLDER", str(folder))
    monkeypatch.setenv("LINGUA_NEXUS_FILES_MAX_BYTES", "100000")
    served = await Served(settings=settings).load()
    async with served.client() as client:
        files = Files(served, client)
        await files.jobs.start()
        yield files
        await files.jobs.stop()


@pytest.fixture
async def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Files]:
    settings = ServiceSettings(max_body_bytes=2000)
    async for one in opened(monkeypatch, tmp_path, settings):
        yield one


@pytest.fixture
async def closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Files]:
    settings = ServiceSettings(api_keys=SecretStr(f"{KEY},{OTHER}"))
    async for one in opened(monkeypatch, tmp_path, settings):
        yield one


async def test_a_file_is_sent_watched_fetched_and_removed(files: Files) -> None:
    sent = await files.send(name="../Répôrt.txt")
    where = sent.headers["location"]
    assert where == f"/files/{sent.json()['id']}"
    job = await files.ended(sent)
    assert (job["status"], job["progress"], job["error"]) == ("done", 1, None)
    assert (job["format"], job["texts"], job["characters"]) == ("txt", 1, 8)
    assert job["model"] == "echo"
    assert job["finished_at"] < job["expires_at"]
    result = await files.client.get(f"{where}/result")
    assert (result.status_code, result.text) == (200, "ONE. TWO")
    assert result.headers["content-type"] == "text/plain"
    assert result.headers["content-disposition"] == (
        "attachment; filename=\"R_p_rt.fr.txt\"; filename*=UTF-8''R%C3%A9p%C3%B4rt.fr.txt"
    )
    removed = await files.client.delete(where)
    assert (removed.status_code, removed.content) == (204, b"")
    gone = await files.client.get(where)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unknown_job")


async def test_options_reach_the_model_and_warnings_come_back(files: Files) -> None:
    job = await files.ended(await files.send(options='{"formality": "formal"}'))
    assert {"code": "option_ignored", "count": 1} in job["warnings"]


async def test_what_a_format_takes_reaches_it(files: Files) -> None:
    table = b"a,b,c\nx y,x y,x y\nx y,x y,x y\n"
    sent = await files.send(table, "t.csv", header="true", columns=["a", "3"])
    await files.ended(sent)
    result = await files.client.get(f"{sent.headers['location']}/result")
    assert result.text == "a,b,c\nX Y,x y,X Y\nX Y,x y,X Y\n"


async def test_a_model_may_be_named(files: Files) -> None:
    assert (await files.ended(await files.send(model="echo")))["status"] == "done"
    failed = await files.ended(await files.send(model="other"))
    assert failed["error"]["code"] == "unknown_model"


async def test_a_file_that_fails_says_why(files: Files) -> None:
    sent = await files.send(b"poison")
    job = await files.ended(sent)
    assert (job["status"], job["error"]["code"]) == ("failed", "internal")
    result = await files.client.get(f"{sent.headers['location']}/result")
    assert (result.status_code, result.json()["error"]["code"]) == (409, "file_not_translated")
    assert "poison" not in str(job)


async def test_texts_that_fail_may_be_kept(files: Files) -> None:
    sent = await files.send(b"k,v\na b,good one\nc d,poison one\n", "t.csv", on_error="keep")
    job = await files.ended(sent)
    assert job["status"] == "done"
    assert [(kept["text"], kept["code"]) for kept in job["kept"]] == [(5, "internal")]
    result = await files.client.get(f"{sent.headers['location']}/result")
    assert result.text == "K,V\nA B,GOOD ONE\nC D,poison one\n"


async def test_formats_are_listed(files: Files) -> None:
    answer = (await files.client.get("/files/formats")).json()
    assert [one["name"] for one in answer["formats"]] == [one.name for one in registry.formats()]
    assert answer["max_bytes"] == 100_000


async def test_a_file_may_be_larger_than_other_bodies_but_not_than_files(files: Files) -> None:
    assert (await files.send(b"word " * 1000)).status_code == 202
    refused = await files.send(b"word " * 20_001)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "file_too_large")
    refused = await files.send(b"word " * 400_000)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "body_too_large")
    refused = await files.client.post("/translate", content=b"x" * 2001)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"target_lang": ""}, 422, "target_lang"),
        ({"colour": "red"}, 422, "colour"),
        ({"options": "{"}, 422, "options"),
        ({"options": "[" * 100_000}, 422, "options"),
        ({"options": '{"glossary": {"a": 1}}'}, 422, "options.glossary"),
        ({"on_error": "cry"}, 422, "on_error"),
        ({"paths": ["x"] * 101}, 422, "paths"),
        ({"target_lang": "tlh"}, 400, None),
        ({"target_lang": "en"}, 400, None),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    files: Files, fields: dict[str, Any], status: int, field: str | None
) -> None:
    refused = await files.send(**fields)
    assert refused.status_code == status
    found = [one["field"] for one in refused.json()["error"]["details"].get("fields", [])]
    assert found == ([field] if field else [])


async def test_other_kinds_of_files_are_415(files: Files) -> None:
    refused = await files.send(b"MZ", "a.exe")
    assert (refused.status_code, refused.json()["error"]["code"]) == (415, "unsupported_file")


@pytest.mark.parametrize(
    "sent",
    [
        {"data": TO_FRENCH},
        {"data": {**TO_FRENCH, "file": "text"}},
        {"json": TO_FRENCH},
        {"content": b"--x", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"--x", "headers": {"content-type": "multipart/form-data"}},
        {"files": [("file", b"one"), ("file", b"two")]},
    ],
)
async def test_a_body_without_one_file_is_422(files: Files, sent: dict[str, Any]) -> None:
    refused = await files.client.post("/files", **sent)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_request")


async def test_a_job_is_its_keys(closed: Files) -> None:
    sent = await closed.send(key=KEY)
    assert sent.status_code == 202
    where = sent.headers["location"]
    for path in (where, f"{where}/result"):
        theirs = await closed.client.get(path, headers={"X-API-Key": OTHER})
        assert (theirs.status_code, theirs.json()["error"]["code"]) == (404, "unknown_job")
        assert (await closed.client.get(path)).status_code == 401
    assert (await closed.client.delete(where, headers={"X-API-Key": OTHER})).status_code == 404
    assert (await closed.client.delete(where, headers={"X-API-Key": KEY})).status_code == 204


@pytest.mark.parametrize("name", ["a.txt", 'a"b.txt', "é\\.txt", "日本.txt"])
def test_a_name_cannot_leave_its_header(name: str) -> None:
    header = attachment(name)
    header.encode("ascii")
    assert header.count('"') == 2
    assert "\n" not in header
