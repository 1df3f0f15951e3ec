"""A job as it changes while it is kept, and as it is shown; who changes it is elsewhere."""

import asyncio
from dataclasses import dataclass, field

from bentos.contract import Call
from bentos.files.job import FileRequest, Job, JobStatus, Report
from bentos.files.names import result_name_of
from common.files import registry
from common.files.document import FileFormat
from models.base.exceptions import LinguaNexusError
from models.base.glossary_use import GlossaryUse


@dataclass(slots=True, eq=False)
class Work:
    """A job as it changes."""

    id: str
    name: str
    format: FileFormat
    request: FileRequest
    call: Call
    owner: str
    created_at: float
    source_file: str = ""
    """The storage's name of what was sent; it goes when the job ends."""
    status: JobStatus = JobStatus.QUEUED
    report: Report = field(default_factory=Report)
    started_at: float | None = None
    finished_at: float | None = None
    result_file: str | None = None
    result_bytes: int | None = None
    failure: LinguaNexusError | None = None
    fetched: bool = False
    task: asyncio.Task[None] | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    expiry: asyncio.TimerHandle | None = None

    def shown(self, keep_s: float) -> Job:
        """As its owner sees it now."""
        report, written = self.report, registry.result_format_of(self.format)
        source, target = self.request.source_lang, self.request.target_lang
        asked_terms = bool(self.request.options.glossary or self.request.terms_of)
        return Job(
            id=self.id,
            name=self.name,
            result_name=result_name_of(
                self.name, report.detected_source_lang or source, target, written
            ),
            format=self.format,
            result_format=written,
            status=self.status,
            progress=1.0 if self.status is JobStatus.DONE else report.progress,
            request=self.request,
            created_at=self.created_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
            expires_at=None if self.finished_at is None else self.finished_at + keep_s,
            failure=self.failure,
            texts=report.texts,
            texts_done=report.texts_done,
            characters=report.characters,
            detected_source_lang=report.detected_source_lang,
            model=report.model,
            warnings=dict(report.warnings),
            kept=tuple(report.kept),
            glossary=GlossaryUse(tuple(report.applied), tuple(report.missed))
            if asked_terms
            else None,
            result_bytes=self.result_bytes,
        )
