"""How a job is shown from what is kept of it."""

from bentos.contract import Call
from bentos.files.job import FileRequest, JobStatus, Report
from bentos.files.work import Work
from common.files.registry import format_of
from models.base.glossary_use import GlossaryUse
from models.base.translation_model import TranslationOptions


def work(name: str = "a.txt", **options: dict[str, str]) -> Work:
    request = FileRequest(target_lang="fr", options=TranslationOptions.model_validate(options))
    return Work("id", name, format_of(name), request, Call(), "owner", 1.0)


async def test_it_expires_so_long_after_its_end() -> None:
    one = work()
    assert one.shown(60).expires_at is None
    one.finished_at = 10
    assert one.shown(60).expires_at == 70


async def test_what_is_done_is_done_whatever_there_was_to_do() -> None:
    one = work()
    assert one.shown(60).progress == 0
    one.status = JobStatus.DONE
    assert one.shown(60).progress == 1


async def test_terms_are_told_where_some_were_given() -> None:
    report = Report(applied={"a": None}, missed={"b": None})
    plain, termed = work(), work(glossary={"a": "x"})
    plain.report = termed.report = report
    assert plain.shown(60).glossary is None
    assert termed.shown(60).glossary == GlossaryUse(("a",), ("b",))


async def test_a_result_is_named_by_its_languages_and_format() -> None:
    one = work("notes.en.pdf")
    assert one.shown(60).result_name == "notes.en.fr.docx"
    one.report.detected_source_lang = "eng_Latn"
    assert one.shown(60).result_name == "notes.fr.docx"
