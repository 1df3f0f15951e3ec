import sys
from pathlib import Path

import pytest

from bentos.gateway.starting import command_of

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.mark.parametrize("name", ["nllb", "aya"])
def test_a_model_is_served_from_source_where_that_is_here(name: str) -> None:
    command = command_of(name)
    assert command[:4] == [sys.executable, "-m", "bentoml", "serve"]
    module, _, service = command[4].partition(":")
    assert (ROOT / f"{module.replace('.', '/')}.py").exists()
    assert service
    assert command[5:] == ["--working-dir", str(ROOT)]


def test_elsewhere_it_is_the_newest_bento_of_the_store(tmp_path: Path) -> None:
    command = command_of("nllb", tmp_path)
    assert command[4:] == ["nllb:latest", "--working-dir", str(tmp_path)]


def test_the_bentofile_says_which_service_it_is(tmp_path: Path) -> None:
    (tmp_path / "bentofile.own.yaml").write_text("service: 'my.module:Own'\nname: own\n")
    assert command_of("own", tmp_path)[4] == "my.module:Own"
