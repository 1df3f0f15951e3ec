"""What is said of files over HTTP, and on the page about them."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from bentos.files.job import FileRequest, Job, JobStatus, KeptText
from bentos.files.shapes import FileForm, FileFormatView, FileJob, form_schema
from common.files import registry
from common.files.document import FileOptions
from models.base.exceptions import TranslationError
from models.base.glossary_use import GlossaryUse
from models.base.translation_model import WarningCode
from tests.test_docs import ROOT, rows_of, section_of

TXT = registry.format_of("a.txt")


def format_rows() -> list[str]:
    """The table of formats, as the page must have it."""
    return [
        f"| `{kind.name}` | {', '.join(f'`{suffix}`' for suffix in kind.suffixes)} | {kind.title} "
        f"| `{registry.result_format_of(kind).name}` |"
        for kind in registry.formats()
    ]


def test_the_page_has_exactly_the_formats_that_exist() -> None:
    assert rows_of(section_of(ROOT / "docs" / "files.md", "Formats")) == format_rows()


def test_the_page_has_exactly_the_fields_of_the_form() -> None:
    rows = rows_of(section_of(ROOT / "docs" / "files.md", "The form"))
    named = {name.strip(" `") for row in rows for name in row.split("|")[1].split(",")}
    assert named == {"file", *FileForm.model_fields}


def test_a_form_becomes_a_request() -> None:
    form = FileForm.model_validate(
        {
            "target_lang": "fr",
            "options": '{"glossary": {"a": "b"}}',
            "header": "false",
            "again": "true",
            "columns": ["1", "Name"],
        }
    )
    request = form.request()
    assert request.options.glossary == {"a": "b"}
    assert request.reading == FileOptions(columns=("1", "Name"), header=False, again=True)
    assert (request.source_lang, request.on_error) == ("auto", "fail")


@pytest.mark.parametrize("options", ["{", "null", "[]", '{"speed": 9}'])
def test_options_are_an_object_of_options(options: str) -> None:
    with pytest.raises(ValidationError):
        FileForm.model_validate({"target_lang": "fr", "options": options})


def test_a_form_is_described_with_its_file() -> None:
    body = form_schema()["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert body["required"] == ["file", "target_lang"]
    assert body["properties"]["file"]["format"] == "binary"
    assert body["properties"]["options"]["type"] == "string"
    assert "$defs" not in body


def test_a_job_is_shown_whole() -> None:
    job = Job(
        id="x",
        name="a.txt",
        result_name="a.fr.txt",
        format=TXT,
        result_format=TXT,
        status=JobStatus.FAILED,
        progress=1 / 3,
        request=FileRequest(target_lang="fr"),
        created_at=0,
        finished_at=60,
        failure=TranslationError("No."),
        warnings={WarningCode.TRUNCATED: 2},
        kept=(KeptText(4, "translation", "No."),),
        glossary=GlossaryUse(("a",), ("b",)),
    )
    shown = FileJob.of(job)
    assert shown.created_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert shown.started_at is None
    assert (shown.progress, shown.error and shown.error.code) == (0.3333, "translation")
    dumped = shown.model_dump(mode="json")
    assert dumped["warnings"] == [{"code": "truncated", "count": 2}]
    assert dumped["kept"] == [{"text": 4, "code": "translation", "message": "No."}]
    assert dumped["glossary"] == {"applied": ["a"], "missed": ["b"]}


def test_a_format_says_what_becomes_of_it() -> None:
    shown = {kind.name: FileFormatView.of(kind).result for kind in registry.formats()}
    assert shown["txt"] == "txt"
    assert shown["pdf"] == "docx"
