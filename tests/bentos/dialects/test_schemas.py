"""Requests made up from each dialect's own schema: no 5xx, and every answer as described."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from bentos.dialects.dialect import Dialect
from bentos.dialects.registry import DIALECTS
from tests.bentos.dialects.places import Place, at

CONFIG = Path(__file__).with_name("schemathesis.toml")
OPTIONS = ("--phases", "examples,coverage,fuzzing", "--max-examples", "10")
SECONDS = 240


async def examined(url: str, folder: Path) -> int:
    """How many operations were tested, all of them well."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", url]
    fixed = ("--generation-deterministic", "--no-color", "--request-timeout", "30")
    ran = await asyncio.create_subprocess_exec(
        *command,
        *OPTIONS,
        *fixed,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await ran.communicate()
    finally:
        if ran.returncode is None:
            ran.kill()
            await ran.wait()
    assert ran.returncode == 0, said.decode()
    count = re.search(rb"Tested: (\d+)", said)
    assert count is not None, said.decode()
    return int(count[1])


async def operations_of(place: Place, path: str) -> int:
    async with place.client() as client:
        paths = (await client.get(path)).json()["paths"]
    return sum(map(len, paths.values()))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
async def test_answers_are_as_its_schema_says(dialect: Dialect, tmp_path: Path) -> None:
    path = f"{dialect.bases[0]}{dialect.starts[0]}/openapi.json"
    async with at(max_body_bytes=100_000) as place, place.url() as url:
        count = await examined(f"{url}{path}", tmp_path)
        assert count == await operations_of(place, path)
