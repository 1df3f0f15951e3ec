"""Fits the table of confidence to a folder of Aya weights and writes it beside them."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from models.aya.model import AyaModel
from models.aya.settings import AyaSettings
from models.aya.weights import DEMO
from models.base.demo import calibration
from models.base.manifest import Manifest


def main(arguments: list[str] | None = None) -> None:
    """Prints how the table does on the sentences that it was not made of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, nargs="?", default=DEMO)
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder with valid.multiref.jsonl"
    )
    parser.add_argument("--threads", type=int, default=0, help="0: all cores")
    options = parser.parse_args(arguments)
    found = calibration.calibrate(
        options.weights,
        Manifest,
        lambda folder: AyaModel(AyaSettings(model_path=folder, threads=options.threads)),
        options.corpus,
    )
    for name, value in asdict(found).items():
        sys.stdout.write(f"{name} {value:.3f}\n")


if __name__ == "__main__":
    main()
