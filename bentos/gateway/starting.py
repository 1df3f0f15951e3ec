"""The command that serves a Bento beside the gateway; starts nothing itself."""

import sys
from pathlib import Path
from typing import Final

import yaml

_ROOT: Final = Path(__file__).resolve().parents[2]


def command_of(name: str, root: Path = _ROOT) -> list[str]:
    """From source where its bentofile is here, else the newest built Bento of the store."""
    bentofile = root / f"bentofile.{name}.yaml"
    target = f"{name}:latest"
    if bentofile.exists():
        target = str(yaml.safe_load(bentofile.read_text("utf-8"))["service"])
    return [sys.executable, "-m", "bentoml", "serve", target, "--working-dir", str(root)]
