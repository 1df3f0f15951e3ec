"""Whole files by a served demo that really translates: each kind, cancelling, and what is left."""

import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.found import ONE, Demo, any_demo

SENTENCE = "Where is the train station?"
FILES = {
    "a.txt": f"{SENTENCE}\n",
    "a.md": f"# {SENTENCE}\n\n```\ncode\n```\n",
    "a.html": f"<!doctype html><h1>{SENTENCE}</h1><pre>code</pre>",
    "a.srt": "1\n00:00:01,000 --> 00:00:02,000\nWhere is the\n\n"
    "2\n00:00:02,100 --> 00:00:03,000\ntrain station?\n",
    "a.vtt": f"WEBVTT\n\n00:01.000 --> 00:02.000\n{SENTENCE}\n",
    "a.po": f'msgid "{SENTENCE}"\nmsgstr ""\n',
    "a.json": f'{{"id": "a_1", "text": "{SENTENCE}"}}',
    "a.csv": f"id,text\na_1,{SENTENCE}\n",
    "a.properties": f"a.b={SENTENCE}\n",
    "a.xliff": f"<xliff><trans-unit><source>{SENTENCE}</source></trans-unit></xliff>",
}
DATA = Path(__file__).parents[1] / "data"


def submitted(demo: Demo, name: str, data: bytes, **fields: str) -> str:
    answer = httpx.post(
        f"{demo.url}/files",
        data={"source_lang": "en", "target_lang": "fr", **fields},
        files={"file": (name, data)},
        timeout=60,
    )
    assert answer.status_code == 202, answer.text
    return f"{demo.url}{answer.headers['location']}"


def ended(where: str) -> dict[str, Any]:
    end = time.monotonic() + 120
    while True:
        job: dict[str, Any] = httpx.get(where, timeout=60).json()
        if job["finished_at"]:
            return job
        assert time.monotonic() < end, job
        time.sleep(0.05)


@pytest.mark.parametrize("name", FILES)
@any_demo
def test_a_file_comes_back_translated(demo: Demo, name: str) -> None:
    where = submitted(demo, name, FILES[name].encode())
    job = ended(where)
    assert (job["status"], job["error"]) == ("done", None)
    result = httpx.get(f"{where}/result", timeout=60)
    assert f'filename="a.fr.{name[2:]}"' in result.headers["content-disposition"]
    assert "gare" in result.text.lower()
    for kept in ("code", "a_1", "00:01.000 --> 00:02.000", "a.b=", "<source>"):
        assert (kept in result.text) == (kept in FILES[name])


@pytest.mark.parametrize("path", sorted((DATA / "files").iterdir()), ids=lambda path: path.name)
@any_demo
def test_an_office_file_comes_back_translated(demo: Demo, path: Path) -> None:
    where = submitted(demo, path.name, path.read_bytes())
    job = ended(where)
    assert (job["status"], job["error"]) == ("done", None)
    assert job["texts_done"] == job["texts"] > 0
    result = httpx.get(f"{where}/result", timeout=60).content
    assert result.startswith(b"PK")
    assert result != path.read_bytes()


@any_demo
def test_a_job_is_cancelled_while_it_runs(demo: Demo) -> None:
    lines = "\n\n".join(f"{SENTENCE} {number}." for number in range(3000))
    where = submitted(demo, "long.txt", lines.encode())
    assert httpx.get(where, timeout=60).json()["status"] in {"queued", "running"}
    assert httpx.delete(where, timeout=60).status_code == 204
    job = ended(where)
    assert job["status"] == "cancelled"
    assert job["progress"] < 1
    assert httpx.get(f"{where}/result", timeout=60).status_code == 409


def test_nothing_is_left_of_a_service_that_ended(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    folder = kept / f"lingua-nexus-files-{os.getuid()}"
    with Demo(ONE, tmp_path, {"LINGUA_NEXUS_FILES_FOLDER": str(kept)}) as demo:
        ended(submitted(demo, "a.txt", SENTENCE.encode()))
        [mine] = [path for path in folder.iterdir() if path.is_dir()]
        assert len(list(mine.iterdir())) == 2  # the result, and the lock
    assert [path.name for path in folder.iterdir()] == ["lock"]
