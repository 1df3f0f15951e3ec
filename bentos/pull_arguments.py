"""What is written behind `python -m bentos.pull`, read; knows no model."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from models.base.weights import PullRequest


def parse(arguments: Sequence[str] | None) -> tuple[str, PullRequest, bool]:
    """The model's name, what is wanted of it, and whether that is only to be shown."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.shortlist_text and not given.shortlist:
        parser.error("--shortlist-text needs --shortlist")
    request = PullRequest(
        model=given.model or None,
        revision=given.revision,
        quantization=given.quantization,
        folder=given.folder,
        shortlist=tuple(code.strip() for code in given.shortlist.split(",") if code.strip()),
        shortlist_texts=tuple(given.shortlist_text),
    )
    return given.name, request, given.dry_run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pull", description="Puts a model's weights into the BentoML model store."
    )
    parser.add_argument("name", help="the model, as in models/: nllb")
    parser.add_argument(
        "model", nargs="?", help="hub repository; by default the model's own choice"
    )
    parser.add_argument("--revision", help="branch, tag or commit of the repository")
    parser.add_argument("--quantization", help="by default the model's own choice")
    parser.add_argument(
        "--from",
        dest="folder",
        type=Path,
        help="folder with the downloaded files, or the file where one is enough: no hub is asked",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would be pulled, and what it takes"
    )
    parser.add_argument(
        "--shortlist",
        default="",
        help="target languages to narrow the output to: fra_Latn,deu_Latn; off by default",
    )
    parser.add_argument(
        "--shortlist-text",
        action="append",
        default=[],
        type=Path,
        help="text in those languages; may be repeated",
    )
    return parser
