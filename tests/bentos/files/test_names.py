"""Names are for callers to read: no folder of theirs, nothing that a system would not take."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentos.files.names import name_of, result_name_of, tag_of
from common.files.registry import format_of


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("report.docx", "report.docx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\r.txt", "r.txt"),
        ("..", "file"),
        ("", "file"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
        ("r\u202etxt.exe", "rtxt.exe"),
        ("été.md", "été.md"),
        ("x" * 500 + ".txt", "x" * 150 + ".txt"),
        ("x" * 500, "x" * 150),
    ],
)
def test_only_the_last_part_of_a_path_is_its_name(sent: str, name: str) -> None:
    assert name_of(sent) == name


@settings(deadline=None)
@given(st.text())
def test_no_name_leads_out_of_a_folder(sent: str) -> None:
    name = name_of(sent)
    assert name
    assert not set('/\\\0\n"') & set(name)
    assert name not in {".", ".."}
    assert len(name) <= 167


@pytest.mark.parametrize(
    ("name", "source", "target", "result"),
    [
        ("report.txt", None, "fra_Latn", "report.fr.txt"),
        ("app.en.txt", "eng_Latn", "pt-BR", "app.pt-BR.txt"),
        ("app.en.txt", "de", "fr", "app.en.fr.txt"),
        ("app.en.txt", "auto", "fr", "app.en.fr.txt"),
        ("README", "en", "fr", "README.fr.txt"),
        ("notes.bak", "en", "fr", "notes.fr.txt"),
        ("A.TXT", "en", "fr", "A.fr.TXT"),
    ],
)
def test_a_result_is_named_by_its_language(
    name: str, source: str | None, target: str, result: str
) -> None:
    assert result_name_of(name, source, target, format_of("a.txt")) == result


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("fra_Latn", "fr"),
        ("fra", "fr"),
        ("FR", "fr"),
        ("zho_Hans", "zh-Hans"),
        ("EN-gb", "en-GB"),
        ("pt_br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("tlh", "tlh"),
    ],
)
def test_a_tag_is_as_its_caller_meant_it(code: str, tag: str) -> None:
    assert tag_of(code) == tag
