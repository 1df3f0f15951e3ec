"""A file sent in LibreTranslate's way is translated when its address comes, and fetched there."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bentos.files.job import JobStatus
from tests.bentos.dialects.places import CLOSED, KEY, Place, at, in_both_places

BASE = "/libretranslate"
ASKED = {"source": "en", "target": "fr"}
FILE = ("a b.txt", b"one. two", "text/plain")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with at() as place:
        yield place


@in_both_places
async def test_its_address_serves_the_translation(place: str) -> None:
    async with at(place, **CLOSED) as here, here.client(BASE) as client:
        said = {**ASKED, "api_key": KEY}
        answered = await client.post("/translate_file", data=said, files={"file": FILE})
        assert answered.status_code == 200, answered.text
        url = answered.json()["translatedFileUrl"]
        assert url.startswith("http://echo/libretranslate/download_file/")
        assert url.endswith(".a%20b.fr.txt")
        async with here.client() as anybody:
            fetched = await anybody.get(url)
    assert fetched.text == "ONE. TWO"
    assert "a%20b.fr.txt" in fetched.headers["Content-Disposition"]


async def test_its_address_is_on_the_host_that_was_asked(place: Place) -> None:
    async with place.url() as url, httpx.AsyncClient() as client:
        answered = await client.post(
            f"{url}{BASE}/translate_file", data=ASKED, files={"file": FILE}
        )
        got = await client.get(answered.json()["translatedFileUrl"])
    assert urlsplit(str(got.url)).netloc == urlsplit(url).netloc
    assert got.text == "ONE. TWO"


@pytest.mark.parametrize(
    ("said", "file", "message"),
    [
        (ASKED, None, "Invalid request: missing file parameter"),
        (ASKED, ("", b"", "text/plain"), "Invalid request: missing file parameter"),
        ({**ASKED, "source": ""}, FILE, "Invalid request: missing source parameter"),
        ({"source": "en"}, FILE, "Invalid request: missing target parameter"),
        ({**ASKED, "target": "tlh"}, FILE, "tlh is not supported"),
        (
            ASKED,
            ("a.exe", b"MZ", "application/x-dosexec"),
            "Invalid request: file format not supported",
        ),
        (ASKED, ("a.docx", b"no package", ""), "The file is not what its name says."),
    ],
)
async def test_what_is_wrong_is_said(
    place: Place, said: dict[str, str], file: Any, message: str
) -> None:
    files = {"file": file} if file else {"other": (None, "")}
    async with place.client(BASE) as client:
        answered = await client.post("/translate_file", data=said, files=files)
    assert answered.status_code == 400
    assert answered.json()["error"].startswith(message)
    assert not place.backing.files.counts()


async def test_a_file_in_a_text_field_is_none(place: Place) -> None:
    async with place.client(BASE) as client:
        answered = await client.post("/translate_file", data={**ASKED, "file": "one. two"})
    assert answered.json() == {"error": "Invalid request: missing file parameter"}


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fetc", "0" * 32 + ".a.txt"])
async def test_an_address_that_was_never_given_serves_nothing(place: Place, name: str) -> None:
    async with place.client(BASE) as client:
        answered = await client.get(f"/download_file/{name}")
    assert (answered.status_code, answered.json().keys()) == (404, {"error"})


async def test_whoever_leaves_leaves_nothing_behind(place: Place) -> None:
    place.model.gate.clear()
    async with place.client(BASE) as client:
        asking = asyncio.create_task(
            client.post("/translate_file", data=ASKED, files={"file": FILE})
        )
        await place.model.busy.wait()
        asking.cancel()
        await asyncio.wait([asking])
    assert not place.backing.files.counts()[JobStatus.RUNNING]


async def test_a_service_that_ends_meanwhile_says_so(place: Place) -> None:
    place.model.gate.clear()
    async with place.client(BASE) as client:
        asking = asyncio.create_task(
            client.post("/translate_file", data=ASKED, files={"file": FILE})
        )
        await place.model.busy.wait()
        await place.backing.files.stop()
        answered = await asking
    assert (answered.status_code, answered.json().keys()) == (500, {"error"})


async def test_a_file_that_takes_too_long_is_given_up() -> None:
    async with at(timeout_s=0.05) as place, place.client(BASE) as client:
        place.model.gate.clear()
        answered = await client.post("/translate_file", data=ASKED, files={"file": FILE})
        place.model.gate.set()
        assert not place.backing.files.counts()[JobStatus.RUNNING]
    assert answered.status_code == 504
    assert answered.json()["error"].startswith("The translation took longer than")
