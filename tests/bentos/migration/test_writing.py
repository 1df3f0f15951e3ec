import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from bentos.auth import parse
from bentos.gateway.configuration import Configuration
from bentos.migration.writing import ExistsError, File, environment, files, gateway_toml, write
from tests.bentos.migration.old import KEY, planned, server

BOTH = server("app.main_multimodel", MODELS_TO_LOAD="nllb,aya", API_KEY=KEY, TEMPERATURE="0.1")


def test_configuration_is_one_the_gateway_takes() -> None:
    plan = planned(BOTH)
    found = Configuration.model_validate(tomllib.loads(gateway_toml(plan)))
    assert found.names == ("nllb", "aya")
    assert found.backends["aya"].urls == ("http://aya:3000",)
    local = Configuration.model_validate(tomllib.loads(gateway_toml(plan, local=True)))
    names = {
        local: {file.path for file in files(plan, Path(), local=bool(local))} for local in (0, 1)
    }
    assert names[0] - names[1] == {"compose.yaml"}
    urls = [each.urls for each in local.backends.values()]
    assert urls == [("http://127.0.0.1:3001",), ("http://127.0.0.1:3002",)]


def test_files_are_written_and_can_be_read(tmp_path: Path) -> None:
    written = files(planned(BOTH), tmp_path)
    write(written, tmp_path / "new")
    for path in (tmp_path / "new").rglob("*.yaml"):
        assert all(yaml.safe_load_all(path.read_text()))
    keys = (tmp_path / "new" / "api-keys").read_text()
    assert list(parse(keys.splitlines()).values()) == [{"translate", "manage"}]
    assert KEY not in "".join(file.text for file in written if file.path != "api-keys")
    assert KEY not in repr(written)


def test_only_the_owner_reads_keys(tmp_path: Path) -> None:
    write(files(planned(BOTH), tmp_path), tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert (modes["api-keys"], modes["lingua-nexus.env"]) == (0o600, 0o600)
    assert modes["compose.yaml"] & 0o400


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("mine")
    link = tmp_path / "api-keys"
    link.symlink_to(tmp_path / "elsewhere")
    written = files(planned(BOTH), tmp_path)
    with pytest.raises(ExistsError, match="--force") as caught:
        write(written, tmp_path)
    assert {path.name for path in caught.value.paths} == {"gateway.toml", "api-keys"}
    assert (tmp_path / "gateway.toml").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2
    write(written, tmp_path, force=True)
    assert (tmp_path / "gateway.toml").read_text() != "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert not link.is_symlink()


def test_what_an_interrupted_run_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".a.new").write_text("half")
    write([File("a", "whole")], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["plain", "with blank", 'with"quote', "with$dollar`and\\slash"])
def test_environment_is_what_a_shell_reads(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    plan = planned(server("app.main_aya", API_KEY=KEY, TEMPERATURE="0.1", GGUF_DEBUG_MODE="1"))
    folder.mkdir()
    (folder / "env").write_text(environment(plan, folder))
    done = subprocess.run(
        ["/bin/sh", "-c", 'set -a; . ./env; echo "$LINGUA_NEXUS_API_KEYS_FILE $AYA_TEMPERATURE"'],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{folder}/api-keys 0.1\n"


def test_without_a_key_there_is_no_keys_file(tmp_path: Path) -> None:
    plan = planned(server(API_KEY=""))
    assert "api-keys" not in [file.path for file in files(plan, tmp_path)]
    assert "API_KEYS" not in environment(plan, tmp_path)
