from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bentos.management.errors import UnknownModelError
from bentos.management.library import Library, summary_of
from common.catalogue.catalogue import Catalogue
from common.catalogue.entry import Family
from common.state.file import StateFile, this_machine
from common.state.records import Choice, Use, Weights
from common.state.snapshot import Measured, State
from common.state.tally import Tally
from tests.bentos.management.shelf import LARGE, SMALL, install, machine


@pytest.fixture
def state(tmp_path: Path) -> StateFile:
    return StateFile(tmp_path / "kept.sqlite3")


def look(state: StateFile | None) -> Library:
    return Library(Catalogue.load(), state, machine())


def test_weights_belong_to_the_entry_they_came_from(tmp_path: Path, state: StateFile) -> None:
    install(tmp_path, "1", SMALL)
    install(tmp_path, "2", LARGE)
    install(tmp_path, "3", SMALL)
    install(tmp_path, "4", "someone/else")
    library = look(state)
    small = library.entry("nllb")
    assert [each.version for each in library.versions(small)] == ["1", "3"]
    assert [each.version for each in library.versions(library.entry("nllb-200-1.3b"))] == ["2"]
    assert [each.tag for each in library.stored if library.entry_of(each) is None] == ["nllb:4"]
    with pytest.raises(UnknownModelError):
        library.entry("nothing")


def test_choice_of_a_model_that_is_in_no_catalogue_any_more_is_passed_over(
    state: StateFile,
) -> None:
    state.choose(Choice("translation", "gone", "nllb", "1"))
    library = look(state)
    assert library.default(Family.TRANSLATION).id == "nllb-200-distilled-600m"
    assert library.choice(Family.TRANSLATION) is not None
    assert library.choice(Family.CHAT) is None


def test_newest_measurement_counts(tmp_path: Path, state: StateFile) -> None:
    install(tmp_path, "1", SMALL)
    install(tmp_path, "2", SMALL)
    now = datetime.now(UTC)
    measured = [
        Measured(
            weights=Weights("nllb", version, SMALL, "int8"),
            machine=this_machine(),
            memory_bytes=size,
            measured_at=now - timedelta(hours=hours),
        )
        for version, size, hours in (("1", 500, 2), ("2", 600, 1))
    ]
    state.merge(State(measurements=measured))
    library = look(state)
    entry = library.entry("nllb")
    assert library.measured(entry) == {"int8": 600}
    assert [each.memory_bytes for each in library.installed(entry)] == [500, 600]


def test_without_a_state_file_there_is_nothing_to_tell(tmp_path: Path) -> None:
    install(tmp_path, "1", SMALL)
    library = look(None)
    entry = library.entry("nllb")
    [installed] = library.installed(entry)
    assert not installed.running
    assert installed.memory_bytes is None
    assert library.used(entry).uses == 0
    assert (library.choices, library.tallies) == ([], {})


def test_use_that_never_succeeded_has_no_times() -> None:
    tally = Tally()
    tally.count(Use(3.0, succeeded=False), at=1.0)
    summary = summary_of(tally)
    assert (summary.uses, summary.success_rate) == (1, 0)
    assert summary.mean_ms is summary.p95_ms is None
