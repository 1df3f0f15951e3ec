"""A file is read whole or refused by one line that says where; it is replaced at once."""

import re
import resource
from pathlib import Path

import pytest

from common.catalogue.catalogue import Catalogue
from common.catalogue.entry import Entry, HubFile
from common.catalogue.files import CatalogueError, read, write
from common.languages import LANGUAGES
from tests.common.catalogue.written import entry, file_of

PAGE = Path(__file__).parents[3] / "docs" / "catalogue.md"


def only(folder: Path, *changes: tuple[str, str]) -> Entry:
    text = entry()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    [found] = read(file_of(folder, text))
    return found


def refusal(file: Path) -> str:
    with pytest.raises(CatalogueError) as caught:
        read(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    return message.removeprefix(f"{file}: ")


def test_entries_are_read_in_their_order(tmp_path: Path) -> None:
    file = file_of(tmp_path, entry("b"), entry("a"))
    assert [found.id for found in read(file)] == ["b", "a"]


def test_an_empty_file_adds_nothing(tmp_path: Path) -> None:
    assert read(file_of(tmp_path)) == ()


def test_languages_are_understood_as_callers_may_write_them(tmp_path: Path) -> None:
    found = only(tmp_path, ('["en"]', '["en", "pt-BR", "zh_TW", "eng_Latn"]'))
    assert found.languages == ("eng_Latn", "por_Latn", "zho_Hant")


def test_all_languages_are_named_by_one_word(tmp_path: Path) -> None:
    found = only(tmp_path, ('["en"]', '"flores-200"'))
    assert found.languages == tuple(LANGUAGES)


def test_a_pattern_names_the_file_of_each_quantization(tmp_path: Path) -> None:
    offers = (
        '[{ name = "Q8_0", size = 7 }, "Q4_0", { name = "F16", file = { name = "half.gguf" } }]'
    )
    found = only(tmp_path, ('["Q8_0"]', f'{offers}\ngguf = "small-{{}}.gguf"'))
    files = [offer.file for offer in found.quantizations]
    assert [file.name for file in files if file] == [
        "small-Q8_0.gguf",
        "small-Q4_0.gguf",
        "half.gguf",
    ]
    assert [file.size for file in files if file] == [7, None, None]


def test_without_a_pattern_a_quantization_is_made_of_the_files(tmp_path: Path) -> None:
    assert only(tmp_path).quantizations[0].file is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('license = "MIT"', 'licence = "MIT"', "model small: license: Field required."),
        (
            'license = "MIT"',
            'license = "MIT"\ncolour = 1',
            "model small: colour: there is no such member.",
        ),
        (
            "layers = 4",
            "layers = 4\nlayer = 4",
            "model small: architecture.layer: there is no such member.",
        ),
        ('family = "chat"', 'family = "music"', "model small: family: Input should be 'tran"),
        ("layers = 4", 'layers = "four"', "model small: architecture.layers: Input should be"),
        ("layers = 4", "layers = 4\nkv_heads = 3", "model small: architecture: heads is no mul"),
        ('["en"]', '["en", "xx"]', "model small: languages: no language 'xx'."),
        ('["en"]', "[1]", "model small: languages: no language 1."),
        ('["en"]', '"all"', "model small: languages: no set 'all', only flores-200; or write a"),
        ('["en"]', "7", "model small: languages: Input should be"),
        ('["Q8_0"]', '"Q8_0"', "model small: quantizations: Input should be"),
        ('["Q8_0"]', "[8]", "model small: quantizations.0: Input should be"),
        ('["Q8_0"]', '[{ size = 8 }]\ngguf = "{}"', "model small: quantizations.0.name: Field"),
        (
            '["Q8_0"]',
            '[{ name = "Q8_0", size = 8 }]',
            "model small: quantizations.0.size: there is no such member.",
        ),
        ('["Q8_0"]', '["Q8_0"]\ngguf = "a.gguf"', "model small: gguf: is no file name with one {}"),
        ('["Q8_0"]', '["Q8_0"]\ngguf = 1', "model small: gguf: is no file name with one {}"),
        (
            '["Q8_0"]',
            '["Q8_0"]\ngguf = "../{}"',
            "model small: quantizations.0.file: a file's name must stay below its folder.",
        ),
        ('default_quantization = "Q8_0"', 'default_quantization = "Q9"', "model small: all of it:"),
        ('id = "small"', "id = 1", "model number 1: id: Input should be a valid string."),
        ('id = "small"', 'id = "two words"', "model two words: id: String should match"),
    ],
)
def test_a_mistake_is_named_by_entry_and_member(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    text = entry()
    assert old in text
    assert refusal(file_of(tmp_path, text.replace(old, new))).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"model = 1", "model: there is no such member, only [[models]]."),
        (b"models = 1", "models: write [[models]] above each entry."),
        (b"[models]", "models: write [[models]] above each entry."),
        (b"models = [1]", "models 1: is no table."),
        (b"[[models]]\nname = 'x'", "model number 1: id: Field required."),
        (b"[[models", "is no TOML: "),
        (b"# na\xefve", "is not UTF-8: byte 5."),
    ],
)
def test_a_file_that_is_none_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_bytes(content)
    assert refusal(file).startswith(message)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.toml") == "cannot be read: No such file or directory."
    assert refusal(tmp_path) == "cannot be read: Is a directory."


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    entries = Catalogue.load().entries
    file = tmp_path / "new folder" / "models.toml"
    write(file, entries)
    assert read(file) == entries
    assert 'languages = "flores-200"' in file.read_text(encoding="utf-8")
    assert [path.name for path in file.parent.iterdir()] == ["models.toml"]


def test_nothing_written_is_an_empty_catalogue(tmp_path: Path) -> None:
    write(tmp_path / "models.toml", [])
    assert read(tmp_path / "models.toml") == ()


def test_a_linked_file_stays_linked(tmp_path: Path) -> None:
    entries = read(file_of(tmp_path, entry()))
    link = tmp_path / "link.toml"
    link.symlink_to("real.toml")
    write(link, entries)
    assert link.is_symlink()
    assert read(tmp_path / "real.toml") == entries


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    file = file_of(tmp_path, entry())
    before = file.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(CatalogueError, match="cannot be written: File too large"):
            write(file, Catalogue.load().entries)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file, folder = file_of(tmp_path, entry()), tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(CatalogueError, match=r"models\.toml/below: cannot be written: "):
        write(file / "below", [])
    with pytest.raises(CatalogueError, match="cannot be written: Is a directory"):
        write(folder, [])
    assert sorted(tmp_path.iterdir()) == [folder, file]


def test_the_examples_of_the_documentation_are_a_file(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    catalogue = Catalogue.load(file_of(tmp_path, *examples))
    nllb, mistral = catalogue.additions
    assert catalogue.find("medical") == nllb
    assert nllb.servable
    assert nllb.languages == ("eng_Latn", "deu_Latn", "por_Latn", "zho_Hant")
    assert not mistral.servable
    assert [offer.file for offer in mistral.quantizations] == [
        HubFile(name="mistral-7b-instruct.Q8_0.gguf"),
        HubFile(name="mistral-7b-instruct.Q4_K_M.gguf", size=4_370_000_000, rounded=True),
    ]


def test_the_documentation_has_exactly_the_members_there_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == list(Entry.model_fields)
