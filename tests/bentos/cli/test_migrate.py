import json
from pathlib import Path

import pytest

from tests.bentos.cli.conftest import Run
from tests.bentos.migration.old import KEY, folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    place = tmp_path / "old"
    place.mkdir()
    return folder(place)


def contents(place: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_dry_run_shows_all_and_changes_nothing(run: Run, old: Path) -> None:
    before = contents(old.parent)
    done = run("migrate", str(old), "--out", str(old.parent / "new"), "--dry-run")
    assert (done.code, done.error) == (0, "")
    assert "Would be written" in done.out
    assert KEY not in done.out
    assert contents(old.parent) == before


def test_files_are_written_once(run: Run, old: Path) -> None:
    new = old.parent / "new"
    done = run("migrate", str(old), "--out", str(new), "--json")
    assert done.code == 0
    report = json.loads(done.out)
    assert sorted(report["files"]) == sorted(map(str, contents(new)))
    assert report["profile"] == "main"
    written = contents(new)
    again = run("migrate", str(old), "--out", str(new))
    assert (again.code, again.out) == (1, "")
    assert again.error.startswith("error: ")
    assert "--force" in again.error
    assert contents(new) == written
    assert run("migrate", str(old), "--out", str(new), "--local", "--force").code == 0
    assert "127.0.0.1:3001" in (new / "gateway.toml").read_text()


def test_files_may_be_named(run: Run, old: Path) -> None:
    done = run("migrate", "--env", str(old / ".env"), "--dry-run", "--json")
    assert json.loads(done.out)["read"] == [str(old / ".env")]
    compose, unit = str(old / "docker-compose.yml"), str(old / "nllb-translator.service")
    done = run("migrate", "--compose", compose, "--unit", unit, "--dry-run", "--json")
    assert json.loads(done.out)["read"] == [unit, compose]


def test_what_cannot_be_read_is_a_line_each_and_nothing_is_written(run: Run, old: Path) -> None:
    (old / "docker-compose.yml").write_text("services: [")
    (old / "nllb-translator.service").write_text("nothing")
    done = run("migrate", str(old), "--out", str(old.parent / "new"))
    assert (done.code, done.out) == (1, "")
    lines = done.error.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("error: ") for line in lines)
    assert not (old.parent / "new").exists()


def test_folder_without_the_predecessor_is_said_to_be_so(run: Run, tmp_path: Path) -> None:
    done = run("migrate", str(tmp_path))
    assert done.code == 1
    assert "has no .env, compose file or systemd unit" in done.error
    (tmp_path / "compose.yaml").write_text("services: {redis: {image: redis}}")
    assert "No server of the predecessor" in run("migrate", str(tmp_path)).error
    assert run("migrate", str(tmp_path / "nowhere")).code == 2
