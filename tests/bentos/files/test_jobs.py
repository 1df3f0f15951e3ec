"""A file's way from its arrival to its expiry, over models that do as they are told."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bentos.contract import Call
from bentos.files import jobs as files_jobs
from bentos.files.errors import (
    FileNotTranslatedError,
    FilesUnavailableError,
    FileTooLargeError,
    UnknownJobError,
    UnsupportedFileError,
)
from bentos.files.job import FileRequest, Job, JobStatus
from bentos.files.jobs import FileJobs
from bentos.files.settings import FileSettings
from common.files import registry
from models.base.exceptions import (
    OverloadedError,
    SameLanguageError,
    TranslationError,
    UnsupportedLanguageError,
)
from tests.bentos.files.fakes import ShoutingModels, break_folder, files_in, until

ENGLISH = FileRequest(source_lang="en", target_lang="fr")
TEXT = b"A secret letter.\n"


@pytest.fixture
def models() -> ShoutingModels:
    return ShoutingModels()


@pytest.fixture
async def jobs(models: ShoutingModels, tmp_path: Path) -> AsyncIterator[FileJobs]:
    made = FileJobs(models, FileSettings(folder=tmp_path), label="test")
    await made.start()
    yield made
    await made.stop()


async def submitted(
    jobs: FileJobs,
    data: bytes = TEXT,
    name: str = "letter.txt",
    request: FileRequest = ENGLISH,
    owner: str = "",
) -> Job:
    return await jobs.submit(data, name, request, Call(), owner=owner)


async def test_a_file_is_translated_and_kept(jobs: FileJobs, tmp_path: Path) -> None:
    job = await submitted(jobs)
    assert job.status is JobStatus.QUEUED
    done = await jobs.finished(job.id)
    assert (done.status, done.progress, done.texts, done.texts_done) == (JobStatus.DONE, 1, 1, 1)
    assert done.created_at <= (done.started_at or 0) <= (done.finished_at or 0)
    assert done.expires_at == (done.finished_at or 0) + 3600
    result = await jobs.result(job.id)
    assert (result.data, result.name) == (b"A SECRET LETTER.\n", "letter.fr.txt")
    assert result.media_type == "text/plain"
    assert done.result_bytes == len(result.data)
    assert len(files_in(tmp_path)) == 1  # what was sent is gone


async def test_progress_moves_while_it_is_translated(
    jobs: FileJobs, models: ShoutingModels
) -> None:
    seen: list[float] = []
    models.asked = lambda: seen.append(jobs.get(job.id).progress)
    job = await submitted(jobs, b"\n\n".join(b"%d " % n + b"word " * 400 for n in range(8)))
    await jobs.finished(job.id)
    assert len(seen) > 2
    assert seen[0] == 0
    assert seen == sorted(set(seen))
    assert seen[-1] < 1


async def test_there_is_no_result_before_the_end(jobs: FileJobs, models: ShoutingModels) -> None:
    models.gate.clear()
    job = await submitted(jobs)
    with pytest.raises(FileNotTranslatedError) as caught:
        await jobs.result(job.id)
    assert caught.value.details == {"status": "queued"}
    models.gate.set()
    await jobs.finished(job.id)


async def test_a_job_is_its_owners(jobs: FileJobs) -> None:
    job = await submitted(jobs, owner="mine")
    await jobs.finished(job.id, "mine")
    for owner in ("", "theirs"):
        with pytest.raises(UnknownJobError):
            jobs.get(job.id, owner)
        with pytest.raises(UnknownJobError):
            await jobs.result(job.id, owner)
        with pytest.raises(UnknownJobError):
            await jobs.cancel(job.id, owner)
    assert jobs.get(job.id, "mine").status is JobStatus.DONE


async def test_cancelling_stops_the_work_and_removes_the_files(
    jobs: FileJobs, models: ShoutingModels, tmp_path: Path
) -> None:
    models.gate.clear()
    job = await submitted(jobs)
    await models.busy.wait()
    assert jobs.get(job.id).status is JobStatus.RUNNING
    await jobs.cancel(job.id)
    assert models.cancelled.is_set()
    assert jobs.get(job.id).status is JobStatus.CANCELLED
    assert files_in(tmp_path) == []
    with pytest.raises(FileNotTranslatedError):
        await jobs.result(job.id)
    await jobs.cancel(job.id)
    with pytest.raises(UnknownJobError):
        jobs.get(job.id)


async def test_one_that_waits_is_cancelled_before_it_begins(
    jobs: FileJobs, models: ShoutingModels, tmp_path: Path
) -> None:
    models.gate.clear()
    running = [await submitted(jobs) for _ in range(jobs.settings.running)]
    waiting = await submitted(jobs)
    await models.busy.wait()
    await jobs.cancel(waiting.id)
    assert (await jobs.finished(waiting.id)).status is JobStatus.CANCELLED
    models.gate.set()
    for job in running:
        assert (await jobs.finished(job.id)).status is JobStatus.DONE
    assert len(files_in(tmp_path)) == len(running)


async def test_no_more_run_at_once_than_may_and_each_owner_has_his_turn(
    jobs: FileJobs, models: ShoutingModels
) -> None:
    models.gate.clear()
    many = [await submitted(jobs, owner="many") for _ in range(4)]
    few = await submitted(jobs, owner="few")
    await models.busy.wait()
    assert jobs.counts() == {JobStatus.RUNNING: 2, JobStatus.QUEUED: 3}
    await jobs.cancel(many[0].id, "many")
    await asyncio.sleep(0)
    assert jobs.get(few.id, "few").status is JobStatus.RUNNING
    models.gate.set()
    for job in many[1:]:
        await jobs.finished(job.id, "many")


async def test_a_text_that_fails_fails_the_file_with_its_reason(
    jobs: FileJobs, models: ShoutingModels, tmp_path: Path
) -> None:
    models.failing = lambda _: TranslationError("The engine failed.")
    job = await submitted(jobs)
    failed = await jobs.finished(job.id)
    assert failed.status is JobStatus.FAILED
    assert failed.failure is not None
    assert failed.failure.code == "translation"
    assert files_in(tmp_path) == []


async def test_what_is_unforeseen_fails_the_file_and_says_nothing_of_it(
    jobs: FileJobs, models: ShoutingModels, caplog: pytest.LogCaptureFixture
) -> None:
    models.failing = lambda _: RuntimeError  # type: ignore[assignment,return-value]
    job = await submitted(jobs)
    failed = await jobs.finished(job.id)
    assert failed.failure is not None
    assert failed.failure.code == "internal"
    assert "secret" not in caplog.text


async def test_a_damaged_file_fails_its_job(jobs: FileJobs) -> None:
    job = await submitted(jobs, b"\xff\xfe\x00")
    failed = await jobs.finished(job.id)
    assert failed.failure is not None
    assert failed.failure.code == "invalid_file"


async def test_nothing_of_a_file_goes_to_the_log(
    jobs: FileJobs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    job = await submitted(jobs, name="dear-diary.txt")
    await jobs.finished(job.id)
    assert "txt, done" in caplog.text
    assert "secret" not in caplog.text.lower()
    assert "diary" not in caplog.text


async def test_a_job_goes_when_its_time_is_over(models: ShoutingModels, tmp_path: Path) -> None:
    jobs = FileJobs(models, FileSettings(folder=tmp_path, keep_s=0.01))
    await jobs.start()
    job = await submitted(jobs)
    await until(lambda: not jobs.counts())
    with pytest.raises(UnknownJobError):
        jobs.get(job.id)
    assert files_in(tmp_path) == []
    await jobs.stop()


async def test_stopping_ends_what_runs_and_leaves_nothing(
    models: ShoutingModels, tmp_path: Path
) -> None:
    jobs = FileJobs(models, FileSettings(folder=tmp_path))
    await jobs.start()
    models.gate.clear()
    held = [await submitted(jobs) for _ in range(3)]
    await until(lambda: len(models.batches) == jobs.settings.running)
    waiting = asyncio.create_task(jobs.finished(held[0].id))
    await asyncio.sleep(0)
    await jobs.stop()
    assert (await waiting).status is JobStatus.CANCELLED
    assert files_in(tmp_path) == []
    assert len(models.batches) == 2  # the third one never began
    with pytest.raises(FilesUnavailableError, match="shutting down"):
        await submitted(jobs)
    await jobs.stop()


async def test_stopping_does_not_wait_for_a_file_that_takes_too_long_to_read(
    models: ShoutingModels,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    reading, released = threading.Event(), threading.Event()

    def held(*_: object) -> None:
        reading.set()
        released.wait(30)

    monkeypatch.setattr(registry, "read", held)
    monkeypatch.setattr(files_jobs, "_STOP_S", 0.05)
    jobs = FileJobs(models, FileSettings(folder=tmp_path))
    await jobs.start()
    await submitted(jobs)
    await until(reading.is_set)
    await jobs.stop()
    assert "still being read" in caplog.text
    assert files_in(tmp_path) == []
    released.set()


async def test_full_is_full_until_a_fetched_one_makes_room(
    models: ShoutingModels, tmp_path: Path
) -> None:
    jobs = FileJobs(models, FileSettings(folder=tmp_path, max_jobs=2))
    await jobs.start()
    first, second = await submitted(jobs), await submitted(jobs)
    await jobs.finished(first.id)
    await jobs.finished(second.id)
    with pytest.raises(OverloadedError):
        await submitted(jobs)
    await jobs.result(second.id)
    third = await submitted(jobs)
    assert jobs.get(first.id).status is JobStatus.DONE
    assert jobs.get(third.id).status is not JobStatus.FAILED
    with pytest.raises(UnknownJobError):
        jobs.get(second.id)
    await jobs.stop()


async def test_one_key_cannot_take_all_places(models: ShoutingModels, tmp_path: Path) -> None:
    jobs = FileJobs(models, FileSettings(folder=tmp_path, max_jobs_per_key=1))
    await jobs.start()
    models.gate.clear()
    await submitted(jobs, owner="one")
    with pytest.raises(OverloadedError, match="your files"):
        await submitted(jobs, owner="one")
    await submitted(jobs, owner="other")
    await jobs.stop()


async def test_the_disk_has_an_end(models: ShoutingModels, tmp_path: Path) -> None:
    jobs = FileJobs(models, FileSettings(folder=tmp_path, max_stored_bytes=1024))
    await jobs.start()
    with pytest.raises(OverloadedError):
        await submitted(jobs, b"x" * 1025)
    job = await submitted(jobs, b"word " * 150)  # neither has its result room beside it
    failed = await jobs.finished(job.id)
    assert failed.failure is not None
    assert failed.failure.code == "overloaded"
    await jobs.stop()


async def test_without_a_place_for_files_there_are_no_jobs(
    models: ShoutingModels, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    jobs = FileJobs(models, FileSettings(folder=tmp_path / "file"))
    await jobs.start()
    assert "No files will be translated" in caplog.text
    with pytest.raises(FilesUnavailableError):
        await submitted(jobs)
    await jobs.stop()


async def test_a_file_that_cannot_be_kept_leaves_no_job(jobs: FileJobs, tmp_path: Path) -> None:
    break_folder(tmp_path)
    with pytest.raises(FilesUnavailableError):
        await submitted(jobs)
    assert not jobs.counts()


async def test_a_result_that_is_gone_is_no_job(jobs: FileJobs, tmp_path: Path) -> None:
    job = await submitted(jobs)
    await jobs.finished(job.id)
    [kept] = files_in(tmp_path)
    kept.unlink()
    with pytest.raises(UnknownJobError):
        await jobs.result(job.id)


@pytest.mark.parametrize(
    ("data", "name", "request_", "error"),
    [
        (TEXT, "virus.exe", ENGLISH, UnsupportedFileError),
        (TEXT, "noname", ENGLISH, UnsupportedFileError),
        (b"x" * (20 * 1024 * 1024 + 1), "a.txt", ENGLISH, FileTooLargeError),
        (TEXT, "a.txt", FileRequest(target_lang="tlh"), UnsupportedLanguageError),
        (
            TEXT,
            "a.txt",
            FileRequest(source_lang="tlh", target_lang="fr"),
            UnsupportedLanguageError,
        ),
        (TEXT, "a.txt", FileRequest(source_lang="fr", target_lang="fra_Latn"), SameLanguageError),
    ],
)
async def test_what_cannot_be_done_is_said_at_once(
    jobs: FileJobs, data: bytes, name: str, request_: FileRequest, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await submitted(jobs, data, name, request_)
    assert not jobs.counts()


async def test_a_media_type_says_what_a_name_does_not(jobs: FileJobs) -> None:
    job = await jobs.submit(TEXT, "upload", ENGLISH, Call(), media_type="text/plain; charset=x")
    assert (await jobs.finished(job.id)).result_name == "upload.fr.txt"


async def test_who_leaves_while_his_file_is_written_leaves_nothing(
    jobs: FileJobs, tmp_path: Path
) -> None:
    sending = asyncio.create_task(submitted(jobs, b"word " * 1_000_000))
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await until(lambda: not files_in(tmp_path) and not jobs.counts())
