from pathlib import Path

import pytest

from bentos.pull_arguments import parse
from models.base.weights import PullRequest


def test_command_line_is_read_whole() -> None:
    given = [
        "nllb",
        "1.3B",
        "--quantization",
        "int16",
        "--shortlist",
        "fra_Latn, deu_Latn",
        "--shortlist-text",
        "a",
    ]
    expected = PullRequest(
        model="1.3B",
        quantization="int16",
        shortlist=("fra_Latn", "deu_Latn"),
        shortlist_texts=(Path("a"),),
    )
    assert parse(given) == ("nllb", expected, False)
    assert parse([*given, "--dry-run"])[2]
    with pytest.raises(SystemExit):
        parse(["nllb", "--shortlist-text", "a"])
