"""What keeps a user from writing, also where the tests run as root."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


def seal(folder: Path) -> None:
    """Nothing in it may be written, and nothing put there."""
    for each in folder.iterdir():
        each.chmod(0o444)
    folder.chmod(0o555)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root is nobody meanwhile, on all threads; anybody else stays who he is."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
