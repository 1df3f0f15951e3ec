"""Files are kept where nobody else looks, and are gone with who kept them."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bentos.files.storage import Storage, StorageError
from tests.bentos.files.fakes import break_folder


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    made = Storage(tmp_path, 100)
    made.open()
    yield made
    made.close()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_written_is_read_again_until_it_is_removed(storage: Storage) -> None:
    name = storage.write(b"secret")
    assert storage.read(name) == b"secret"
    storage.remove(name)
    storage.remove(name)
    assert not storage.path_of(name).exists()


def test_nobody_else_may_look(storage: Storage) -> None:
    path = storage.path_of(storage.write(b"secret"))
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == mode_of(path.parent.parent) == 0o700


def test_a_folder_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    base = tmp_path / f"lingua-nexus-files-{os.getuid()}"
    base.mkdir(mode=0o755)
    storage = Storage(tmp_path, 100)
    storage.open()
    assert mode_of(base) == 0o700
    storage.close()


def test_room_is_what_the_files_leave(storage: Storage) -> None:
    name = storage.write(b"x" * 60)
    assert storage.has_room(40)
    assert not storage.has_room(41)
    storage.remove(name)
    assert storage.has_room(100)


def test_a_file_that_cannot_be_written_takes_no_room(storage: Storage) -> None:
    break_folder(storage.path_of("x").parent.parent)
    with pytest.raises(OSError, match="No such file"):
        storage.write(b"text")
    assert storage.stored_bytes == 0


def test_closing_removes_everything(tmp_path: Path) -> None:
    storage = Storage(tmp_path, 100)
    storage.open()
    folder = storage.path_of(storage.write(b"secret")).parent
    assert storage.is_open
    storage.close()
    storage.close()
    assert not folder.exists()
    with pytest.raises(StorageError, match="not open"):
        storage.path_of("x")


def test_what_a_killed_process_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from bentos.files.storage import Storage\n"
        "made = Storage(Path(sys.argv[1]), 100); made.open(); made.write(b'left')\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], check=False)  # noqa: S603 - our own
    [base] = tmp_path.iterdir()
    (base / "dangling").symlink_to(tmp_path / "nowhere")
    [left] = [path for path in base.iterdir() if path.is_dir()]
    living = Storage(tmp_path, 100)
    living.open()
    assert not left.exists()
    mine = living.path_of(living.write(b"mine"))
    other = Storage(tmp_path, 100)
    other.open()
    assert mine.read_bytes() == b"mine"
    assert (base / "dangling").is_symlink()
    other.close()
    living.close()


def test_a_link_that_somebody_put_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / f"lingua-nexus-files-{os.getuid()}").symlink_to(tmp_path / "theirs")
    with pytest.raises(StorageError, match="it is another's"):
        Storage(tmp_path, 100).open()


def test_a_place_that_does_not_exist_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be kept"):
        Storage(tmp_path / "file", 100).open()
