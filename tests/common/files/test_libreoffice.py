"""Whether an office program opens what was written; skipped where LibreOffice is not installed."""

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.common.files.office.made import render, texts
from tests.common.files.test_written_elsewhere import (
    DATA,
    by_openpyxl,
    by_python_docx,
    by_python_pptx,
    by_xlsxwriter,
    opened,
)

PROGRAM = shutil.which("soffice")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="LibreOffice is not installed")

FILES = {path.name: path.read_bytes for path in sorted(DATA.iterdir()) if path.suffix != ".md"} | {
    "python.docx": by_python_docx,
    "openpyxl.xlsx": by_openpyxl,
    "xlsxwriter.xlsx": by_xlsxwriter,
    "python.pptx": by_python_pptx,
}

ELSEWHERE = {"Say thanks", "Thank everyone who helped.", "Look here", "What there is"}
"""Notes of slides, and what stands upon a table."""


def result_of(name: str) -> str:
    """Under a name of its own, by the program's suffix for it."""
    return (
        f"{name.replace('.', '-')}.{'docx' if name.endswith('.pdf') else name.rpartition('.')[2]}"
    )


def convert(folder: Path, to: str, *names: str) -> None:
    command = [str(PROGRAM), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", to, "--outdir", str(folder)]
    subprocess.run(  # noqa: S603 - the program that was found, and files of our own
        [*command, *(str(folder / name) for name in names)],
        check=True,
        capture_output=True,
        timeout=180,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files in capitals, and as LibreOffice prints them; tables as they are."""
    folder = tmp_path_factory.mktemp("office")
    for name, data in FILES.items():
        kind = name.rpartition(".")[2]
        (folder / result_of(name)).write_bytes(render(opened(data(), kind)))
    names = [*map(result_of, FILES)]
    tables = [name for name in names if name.endswith(".xlsx")]
    convert(folder, "csv", *tables)
    convert(folder, "pdf", *(name for name in names if name not in tables))
    return folder


def shown(path: Path) -> str:
    """All letters of a printed page, or of a table."""
    if path.with_suffix(".csv").exists():
        text = path.with_suffix(".csv").read_text()
    else:
        pages = PdfReader(BytesIO(path.with_suffix(".pdf").read_bytes())).pages
        text = "".join(page.extract_text() for page in pages)
    return "".join(text.split())


@pytest.mark.parametrize("name", FILES)
def test_result_is_opened_and_shows_the_translations(name: str, folder: Path) -> None:
    words = shown(folder / result_of(name))
    document = opened(FILES[name](), name.rpartition(".")[2])
    wanted = [re.sub(r"</?g\d+>", "", text) for text in texts(document) if text not in ELSEWHERE]
    wanted = ["".join(text.upper().split()) for text in wanted if "<" not in text]
    assert wanted
    assert [text for text in wanted if text not in words] == []
