"""Whether a name that somebody else wrote may become a file of ours; makes and opens none."""

import re
from pathlib import Path

_PART = re.compile(r"[^\\/:\x00-\x1f\x7f]{1,255}")
_MAX_CHARS = 1000


def stays_below(name: str) -> bool:
    """Whether it is a relative path that means the same everywhere and leaves no folder."""
    parts = name.split("/")
    return len(name) <= _MAX_CHARS and all(
        _PART.fullmatch(part) and part not in {".", ".."} for part in parts
    )


def link_below(folder: Path, name: str) -> Path | None:
    """The first part of `name` below `folder` that is a symbolic link; None where none is."""
    path = folder
    for part in name.split("/"):
        path /= part
        if path.is_symlink():
            return path
    return None
