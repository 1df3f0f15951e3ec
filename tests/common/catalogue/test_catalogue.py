"""One name, one entry; one default a family; an operator's file adds to ours and comes first."""

import time
from pathlib import Path

import pytest

from common.catalogue.catalogue import Catalogue, CatalogueError, write_additions
from common.catalogue.entry import Family
from tests.common.catalogue.written import entry, file_of

OURS = Catalogue.load()
DEFAULT = "default = true\n"


def refusal(folder: Path, *entries: str) -> str:
    file = file_of(folder, *entries)
    with pytest.raises(CatalogueError) as caught:
        Catalogue.load(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    return message.removeprefix(f"{file}: ")


@pytest.mark.parametrize(
    "name",
    [
        *("nllb-200-distilled-600m", "nllb", "NLLB", " nllb "),
        *("facebook/nllb-200-distilled-600M", "facebook/NLLB-200-distilled-600m"),
    ],
)
def test_an_entry_is_found_by_any_of_its_names(name: str) -> None:
    assert OURS.find(name) == OURS.default(Family.TRANSLATION)


@pytest.mark.parametrize("name", ["", "nllb-200", "600m", "nllb-200-distilled-600M:latest"])
def test_another_name_is_nobodys(name: str) -> None:
    assert OURS.find(name) is None


def test_weights_are_of_the_entry_they_were_pulled_from() -> None:
    aya = OURS.find("aya")
    assert aya
    assert OURS.of_weights("aya", "bartowski/Aya-Expanse-8B-GGUF") == aya
    assert OURS.of_weights("nllb", aya.repository) is None
    assert OURS.of_weights("aya", "folder aya-expanse-8b-GGUF") is None
    assert OURS.of_weights("", "meta/llama") is None


def test_without_a_file_there_are_no_additions() -> None:
    assert OURS.additions == ()


def test_an_operators_entries_come_behind_ours(tmp_path: Path) -> None:
    catalogue = Catalogue.load(file_of(tmp_path, entry("b"), entry("a")))
    assert [found.id for found in catalogue.additions] == ["b", "a"]
    assert catalogue.entries == (*OURS.entries, *catalogue.additions)
    assert catalogue.find("A") == catalogue.additions[1]


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert Catalogue.load(file_of(tmp_path)) == OURS


def test_an_operators_entry_replaces_ours_where_it_stands(tmp_path: Path) -> None:
    catalogue = Catalogue.load(file_of(tmp_path, entry("phi-3-mini")))
    ids = [found.id for found in catalogue.entries]
    assert ids == [found.id for found in OURS.entries]
    assert catalogue.find("phi-3-mini") == catalogue.additions[0]
    assert catalogue.find("microsoft/Phi-3-mini-4k-instruct-gguf") is None
    assert catalogue.find("phi-3-mini-4k-instruct") is None


def test_an_operators_default_is_the_familys(tmp_path: Path) -> None:
    catalogue = Catalogue.load(file_of(tmp_path, entry(more=DEFAULT)))
    assert catalogue.default(Family.CHAT).id == "small"
    assert [
        found.id for found in catalogue.entries if found.default and found.family == "chat"
    ] == ["small"]
    for family in set(Family) - {Family.CHAT}:
        assert catalogue.default(family) == OURS.default(family)
    assert Catalogue.load().default(Family.CHAT) == OURS.default(Family.CHAT)


def test_our_default_may_be_replaced_by_another_default(tmp_path: Path) -> None:
    name = OURS.default(Family.CHAT).id
    catalogue = Catalogue.load(file_of(tmp_path, entry(name, DEFAULT)))
    assert catalogue.default(Family.CHAT) == catalogue.additions[0]


def test_an_operators_entry_of_our_repository_comes_first(tmp_path: Path) -> None:
    aya = OURS.find("aya")
    assert aya
    text = entry("mine", 'bento = "aya"\n').replace("someone/small", aya.repository)
    catalogue = Catalogue.load(file_of(tmp_path, text))
    assert catalogue.find(aya.repository) == catalogue.additions[0]
    assert catalogue.of_weights("aya", aya.repository) == catalogue.additions[0]
    assert catalogue.find("aya") == aya


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([entry("a"), entry("a")], "model a: id: 'a' is a name of a already."),
        ([entry("aya-expanse-8b")], "model aya-expanse-8b: id: 'aya-expanse-8b' is a name of aya"),
        ([entry("a", 'aliases = ["nllb"]')], "model a: aliases: 'nllb' is a name of nllb-200-dist"),
        ([entry("a", 'aliases = ["a"]')], "model a: aliases: 'a' is a name of a already."),
        ([entry("a", 'aliases = ["b"]'), entry("b")], "model b: id: 'b' is a name of a already."),
        (
            [entry("a", DEFAULT), entry("b", DEFAULT)],
            "model b: default: that of chat is a already.",
        ),
        (
            [entry(OURS.default(Family.CHAT).id)],
            f"model {OURS.default(Family.CHAT).id}: default: chat would have none.",
        ),
        ([entry("a", "colour = 1")], "model a: colour: there is no such member."),
    ],
)
def test_what_would_be_ambiguous_is_refused(
    entries: list[str], message: str, tmp_path: Path
) -> None:
    assert refusal(tmp_path, *entries).startswith(message)


def test_a_format_that_the_engine_has_not_is_refused(tmp_path: Path) -> None:
    text = entry("a").replace('"Q8_0"', '"Q9"')
    assert refusal(tmp_path, text) == "model a: quantizations: llamacpp has no format 'Q9'."


def test_a_default_moved_to_another_family_is_missed(tmp_path: Path) -> None:
    name = OURS.default(Family.VISION).id
    message = refusal(tmp_path, entry(name))
    assert message == f"model {name}: default: vision would have none."


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        Catalogue.load(tmp_path / "none.toml")


def test_additions_are_written_and_read_again(tmp_path: Path) -> None:
    before = Catalogue.load(file_of(tmp_path, entry("a"), entry("phi-3-mini")))
    write_additions(tmp_path / "copy.toml", before.additions)
    assert Catalogue.load(tmp_path / "copy.toml") == before


def test_reading_the_whole_catalogue_takes_no_time(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    write_additions(file, OURS.entries)
    assert min(_seconds_to_load(file) for _ in range(3)) < 0.05


def _seconds_to_load(file: Path) -> float:
    began = time.thread_time()
    assert Catalogue.load(file).additions == OURS.entries
    return time.thread_time() - began
