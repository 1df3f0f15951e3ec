"""Files through a gateway: by the model that is named or that the routes choose, a key's own."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.bentos.gateway.whole import KEYS, MANAGER, READER, Whole, before_echoes

FILES = "/api/v1/files"


async def sent(gateway: Whole, key: str | None = None, **fields: str) -> httpx2.Response:
    async with gateway.client(key) as client:
        said = {"source_lang": "en", "target_lang": "fr", **fields}
        return await client.post(FILES, data=said, files={"file": ("a.txt", b"one. two")})


async def ended(gateway: Whole, where: str, key: str | None = None) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            job: dict[str, Any] = (await gateway.get(where, key)).json()
            if job["finished_at"]:
                return job
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("model", ["nllb", "aya"])
async def test_a_file_is_translated_by_whom_it_names(model: str) -> None:
    async with before_echoes() as gateway:
        answer = await sent(gateway, model=model)
        assert answer.status_code == 202
        where = answer.headers["location"]
        assert where == f"{FILES}/{answer.json()['id']}"
        job = await ended(gateway, where)
        assert (job["status"], job["model"]) == ("done", model)
        assert (await gateway.get(f"{where}/result")).content == b"ONE. TWO"


async def test_a_model_that_nobody_has_fails_the_job() -> None:
    async with before_echoes() as gateway:
        answer = await sent(gateway, model="babel")
        job = await ended(gateway, answer.headers["location"])
        assert job["error"]["code"] == "unknown_model"


async def test_a_job_is_its_keys() -> None:
    async with before_echoes(api_keys=KEYS) as gateway:
        assert (await sent(gateway)).status_code == 401
        where = (await sent(gateway, READER)).headers["location"]
        assert (await ended(gateway, where, READER))["status"] == "done"
        for path in (where, f"{where}/result"):
            assert (await gateway.get(path, MANAGER)).status_code == 404
            assert (await gateway.get(path, READER)).status_code == 200


async def test_a_files_characters_count_as_its_callers() -> None:
    async with before_echoes(own={"quota_characters_per_day": 10}) as gateway:
        first = await ended(gateway, (await sent(gateway)).headers["location"])
        second = await ended(gateway, (await sent(gateway)).headers["location"])
        assert first["status"] == "done"
        assert second["error"]["code"] == "quota_exceeded"


async def test_formats_are_listed_and_the_schema_has_the_endpoints() -> None:
    async with before_echoes() as gateway:
        assert (await gateway.get(f"{FILES}/formats")).json()["formats"][0]["name"] == "txt"
        paths = (await gateway.get("/openapi.json")).json()["paths"]
        assert {path for path in paths if path.startswith(FILES)} == {
            FILES,
            *(f"{FILES}/{last}" for last in ("formats", "{job}", "{job}/result")),
        }
