import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from common.state.file import Merged, StateError, StateFile, this_machine
from common.state.records import Choice, Measurement, Running, Use, Weights
from common.state.snapshot import Measured, State
from common.state.tally import Tally

NLLB = Weights("nllb", "600m-int8", "facebook/nllb", "int8")
AYA = Weights("aya", "expanse-8b", "bartowski/aya", "Q4_K_M")
CHOICE = Choice("translation", "nllb-600m", "nllb", "600m-int8")
NOW = datetime.now(UTC)


def tally(uses: int, seconds: float = 0.1) -> Tally:
    made = Tally()
    for _ in range(uses):
        made.count(Use(seconds, succeeded=True, tokens_in=2, tokens_out=3), NOW.timestamp())
    return made


def running(weights: Weights = NLLB, pid: int | None = None) -> Running:
    return Running(weights, pid or os.getpid(), NOW)


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    return StateFile(tmp_path / "state.sqlite3", busy_s=10)


def test_of_nothing_there_is_nothing_and_no_file_is_made(file: StateFile) -> None:
    assert [file.usage(), file.measurements(), file.running(), file.choices()] == [[], [], [], []]
    assert file.dump() == State()
    file.forget("translation")
    assert not file.path.exists()


def test_what_is_added_adds_up_for_each_weights(file: StateFile) -> None:
    for weights, uses in ((NLLB, 3), (AYA, 1), (NLLB, 4)):
        file.add(weights, tally(uses))
    aya, nllb = file.usage()
    assert (aya.weights, aya.uses) == (AYA, 1)
    assert (nllb.weights, nllb.uses, nllb.succeeded) == (NLLB, 7, 7)
    assert (nllb.tokens_in, nllb.tokens_out) == (14, 21)
    assert nllb.mean_ms == pytest.approx(100)
    assert nllb.p95_ms == pytest.approx(100, rel=0.05)
    assert nllb.last_used == NOW


def test_weights_differ_by_each_of_their_members(file: StateFile) -> None:
    others = [
        Weights("nllb", "600m-int8", "facebook/nllb", ""),
        Weights("nllb", "600m-int8", "elsewhere", "int8"),
        Weights("nllb", "2", "facebook/nllb", "int8"),
        Weights("aya", "600m-int8", "facebook/nllb", "int8"),
    ]
    for weights in (NLLB, *others):
        file.add(weights, tally(1))
    assert [usage.uses for usage in file.usage()] == [1] * 5


def test_a_percentile_of_several_weights_comes_from_their_tallies(file: StateFile) -> None:
    file.add(NLLB, tally(90, seconds=0.1))
    file.add(AYA, tally(10, seconds=5))
    together = Tally()
    for each in file.tallies().values():
        together.add(each)
    assert together.usage(NLLB).p95_ms == pytest.approx(5000, rel=0.05)


def test_a_process_runs_until_it_says_otherwise(file: StateFile) -> None:
    file.begin(running(), memory_bytes=None)
    assert file.running() == [running()]
    assert file.measurements() == []
    file.end(os.getpid())
    assert file.running() == []


def test_a_process_that_died_silently_does_not_run_and_is_forgotten(file: StateFile) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        file.begin(running(AYA, process.pid), memory_bytes=7)
        assert file.running() == [running(AYA, process.pid)]
        process.kill()
    assert file.running() == []
    file.begin(running(AYA, process.pid), memory_bytes=8)
    assert file.running() == []
    file.begin(running(), memory_bytes=None)
    assert file.running() == [running()]


def test_a_measurement_is_of_machines_of_its_kind(file: StateFile) -> None:
    other = StateFile(file.path, machine="another")
    file.begin(running(), memory_bytes=100)
    other.begin(running(), memory_bytes=200)
    file.begin(running(), memory_bytes=101)
    [mine], [others] = file.measurements(), other.measurements()
    assert (mine.weights, mine.memory_bytes, others.memory_bytes) == (NLLB, 101, 200)
    assert abs(mine.measured_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_family_has_one_choice_until_it_is_forgotten(file: StateFile) -> None:
    later = Choice("translation", "aya", "aya", "expanse-8b")
    chat = Choice("chat", "llama", "llama", "1")
    for choice in (CHOICE, chat, later):
        file.choose(choice)
    assert file.choices() == [chat, later]
    file.forget("translation")
    file.forget("vision")
    assert file.choices() == [chat]


def test_characters_add_up_for_each_caller_and_day(file: StateFile) -> None:
    assert file.characters("2026-03-01") == {}
    assert file.add_characters("2026-03-01", {("2026-03-01", "a"): 5}) == {"a": 5}
    counts = {("2026-03-02", "a"): 1, ("2026-03-01", "a"): -2, ("2026-03-01", "b"): 7}
    assert file.add_characters("2026-03-02", counts) == {"a": 1}
    assert file.characters("2026-03-01") == {"a": 3, "b": 7}


def test_characters_of_more_than_a_week_ago_are_forgotten(file: StateFile) -> None:
    file.add_characters("2026-02-27", {("2026-02-27", "a"): 5})
    file.add_characters("2026-03-06", {})
    assert file.characters("2026-02-27") == {"a": 5}
    file.add_characters("2026-03-07", {})
    assert file.characters("2026-02-27") == {}


def test_an_export_comes_into_an_empty_home_as_it_was(file: StateFile, tmp_path: Path) -> None:
    file.add(NLLB, tally(3))
    file.add(AYA, tally(1))
    file.begin(running(), memory_bytes=100)
    file.choose(CHOICE)
    exported = file.dump().model_dump_json()
    other = StateFile(tmp_path / "other" / "state.sqlite3")
    assert other.merge(State.model_validate_json(exported)) == Merged(2, 1, 1)
    assert other.usage() == file.usage()
    assert other.measurements() == file.measurements()
    assert other.choices() == [CHOICE]
    assert other.running() == []


def test_merging_adds_use_and_replaces_choices(file: StateFile) -> None:
    file.add(NLLB, tally(3))
    file.choose(CHOICE)
    file.choose(Choice("chat", "llama", "llama", "1"))
    state = file.dump().model_copy(update={"choices": [Choice("chat", "phi", "phi", "2")]})
    file.merge(state)
    assert file.usage()[0].uses == 6
    assert [choice.entry for choice in file.choices()] == ["phi", "nllb-600m"]


def test_of_two_measurements_the_newest_stays(file: StateFile) -> None:
    def measured(memory_bytes: int, days: int) -> State:
        at = NOW + timedelta(days=days)
        kept = Measured(
            weights=NLLB, machine=this_machine(), memory_bytes=memory_bytes, measured_at=at
        )
        return State(measurements=[kept])

    file.merge(measured(1, 0))
    file.merge(measured(2, 1))
    file.merge(measured(3, -1))
    assert file.measurements() == [Measurement(NLLB, 2, NOW + timedelta(days=1))]


def test_a_merge_that_fails_brings_nothing(file: StateFile) -> None:
    file.add(NLLB, tally(1))
    most = file.dump().usage[0].model_copy(update={"tokens_in": 2**63})
    with pytest.raises(OverflowError):
        file.merge(State(usage=[file.dump().usage[0], most]))
    assert file.usage()[0].uses == 1


def test_all_of_it_says_when_the_file_is_broken(file: StateFile) -> None:
    file.path.write_text("no database")
    for read in (file.usage, file.tallies, file.measurements, file.running, file.choices):
        with pytest.raises(StateError, match="move it away"):
            read()
    for write in (lambda: file.choose(CHOICE), lambda: file.forget("chat"), file.dump):
        with pytest.raises(StateError, match="move it away"):
            write()


def test_threads_may_all_add_to_a_file_that_is_not_there_yet(file: StateFile) -> None:
    def add() -> None:
        for _ in range(5):
            file.add(NLLB, tally(2))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.usage()[0].uses == 40


def test_a_reader_never_takes_a_file_that_is_being_made_for_another_programs(
    tmp_path: Path,
) -> None:
    for number in range(30):
        made = StateFile(tmp_path / f"{number}.sqlite3", busy_s=10)
        with ThreadPoolExecutor(3) as pool:
            reads = [pool.submit(made.choices) for _ in range(2)]
            written = pool.submit(made.add_characters, "2026-03-01", {})
            reads += [pool.submit(made.choices) for _ in range(10)]
        assert written.result() == {}
        assert [read.result() for read in reads] == [[]] * 12


def test_a_machine_is_its_kind_of_processor(tmp_path: Path) -> None:
    cpu = tmp_path / "cpuinfo"
    cpu.write_text(
        "processor\t: 0\nmodel name\t: Some CPU\nprocessor\t: 1\nmodel name\t: Some CPU\n"
    )
    assert this_machine(cpu).endswith(" Some CPU")
    assert this_machine(tmp_path / "none") == this_machine(cpu).removesuffix(" Some CPU")
