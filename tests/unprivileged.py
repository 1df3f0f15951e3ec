"""Folders that nobody may write to, also where the tests run as root."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def readable_folder() -> Iterator[Path]:
    """Pytest's own lie in one that only their owner may enter."""
    folder = Path(tempfile.mkdtemp(prefix="lingua-nexus-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def read_only(folder: Path, unreadable: Path | None = None) -> Iterator[None]:
    """Nothing below `folder` can be written meanwhile; root's rights are put aside."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    for path in modes:
        path.chmod(0 if path == unreadable else 0o555 if path.is_dir() else 0o444)
    user = os.geteuid()
    if user == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)
        for path, mode in modes.items():
            path.chmod(mode)
