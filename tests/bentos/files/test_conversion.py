"""One file from what was sent to what is kept, and what stays of it when something goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bentos.contract import Call
from bentos.files.conversion import Conversion
from bentos.files.errors import FilesUnavailableError, InvalidFileError
from bentos.files.job import FileRequest
from bentos.files.settings import FileSettings
from bentos.files.storage import Storage
from bentos.files.work import Work
from common.files.registry import format_of
from common.worker import Worker
from models.base.exceptions import OverloadedError
from tests.bentos.files.fakes import ShoutingModels, break_folder, files_in, until


@dataclass
class Bench:
    """A conversion and where it keeps files."""

    conversion: Conversion
    storage: Storage
    models: ShoutingModels

    def work(self, data: bytes, name: str = "a.txt", target: str = "fr") -> Work:
        request = FileRequest(source_lang="en", target_lang=target)
        made = Work("id", name, format_of(name), request, Call(), "", 0)
        made.source_file = self.storage.write(data)
        return made


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    settings, models = FileSettings(folder=tmp_path), ShoutingModels()
    storage, worker = Storage(tmp_path, 1000), Worker("files")
    storage.open()
    yield Bench(Conversion(models, settings, storage, worker), storage, models)
    storage.close()
    await worker.close()


async def test_a_file_is_read_translated_and_kept(bench: Bench) -> None:
    work = bench.work(b"one\n\ntwo\n")
    await bench.conversion.run(work)
    assert bench.storage.read(work.result_file or "") == b"ONE\n\nTWO\n"
    assert work.result_bytes == 9
    assert work.report.progress == 1


async def test_a_format_is_told_the_language_it_becomes(bench: Bench) -> None:
    work = bench.work(
        b'msgid ""\nmsgstr "Language: \\n"\n\nmsgid "a"\nmsgstr ""\n', "a.po", "por_Latn"
    )
    await bench.conversion.run(work)
    assert b'"Language: pt\\n"' in bench.storage.read(work.result_file or "")


async def test_a_damaged_file_is_its_senders_fault(bench: Bench) -> None:
    with pytest.raises(InvalidFileError, match="not valid JSON"):
        await bench.conversion.run(bench.work(b"{", "a.json"))


async def test_without_room_it_is_not_now(bench: Bench) -> None:
    with pytest.raises(OverloadedError):
        await bench.conversion.run(bench.work(b"a" * 600))


async def test_without_a_folder_it_is_the_operators_matter(bench: Bench, tmp_path: Path) -> None:
    break_folder(tmp_path)
    with pytest.raises(FilesUnavailableError):
        await bench.conversion.kept(b"a")


async def test_who_is_cancelled_while_his_file_is_written_leaves_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    keeping = asyncio.create_task(bench.conversion.kept(b"a" * 1000))
    await asyncio.sleep(0)
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    await until(lambda: not files_in(tmp_path) and not bench.storage.stored_bytes)


async def test_nothing_is_left_of_who_is_cancelled_while_there_is_no_room(bench: Bench) -> None:
    keeping = asyncio.create_task(bench.conversion.kept(b"a" * 1001))
    await asyncio.sleep(0)
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    await until(lambda: bench.storage.has_room(1000))
