from pathlib import Path

import pytest

from bentos.migration.sources import Inputs, find, read
from tests.bentos.migration.old import ENV, KEY, UNIT, folder, found


def test_files_are_found_in_a_folder_and_its_server_folder(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "docker-compose.test.yml").write_text("services: {}")
    inputs = find(tmp_path)
    assert inputs.env == tmp_path / ".env"
    assert [path.name for path in inputs.compose] == [
        "docker-compose.test.yml",
        "docker-compose.yml",
    ]
    assert len(inputs.files) == 4
    (tmp_path / "other" / "server").mkdir(parents=True)
    (tmp_path / "other" / "server" / ".env").write_text(ENV)
    assert find(tmp_path / "other").env == tmp_path / "other" / "server" / ".env"
    assert find(tmp_path / "nowhere").files == ()


def test_each_service_and_unit_is_a_deployment(tmp_path: Path) -> None:
    result = read(find(folder(tmp_path)))
    assert result.problems == []
    names = [each.name for each in result.deployments]
    assert names == ["nllb-server", "aya-server", "redis", "nllb-translator"]
    nllb, aya, redis, unit = result.deployments
    assert nllb.values["API_KEY"].text == KEY
    assert nllb.values["API_KEY"].origin == "docker-compose.yml, nllb-server"
    assert unit.values["PORT"].origin == "nllb-translator.service"
    assert (redis.is_helper, redis.values) == (True, {})
    assert not aya.is_helper


def test_environment_file_alone_is_a_deployment(tmp_path: Path) -> None:
    [alone] = found(tmp_path, env=ENV).deployments
    assert alone.values["MODEL_NAME"].text == "facebook/nllb-200-distilled-600M"
    assert KEY not in repr(alone)


def test_variables_of_an_environment_file_refer_to_each_other(tmp_path: Path) -> None:
    [alone] = found(tmp_path, env="A=a$b\nB=${A}c\nC=${NONE:?x}\nD\n").deployments
    assert {name: value.text for name, value in alone.values.items()} == {
        "A": "a$b",
        "B": "a$bc",
        "C": "",
        "D": "",
    }


def test_further_files_come_before_or_after_what_stands_there(tmp_path: Path) -> None:
    (tmp_path / "more.env").write_text("A=file\nB=file\n")
    compose = "services: {a: {env_file: more.env, environment: {A: own}}}"
    unit = "[Service]\nEnvironment=A=own\nEnvironmentFile=more.env\nExecStart=server.py\n"
    of_compose, of_unit = found(tmp_path, compose=compose, unit=unit).deployments
    assert {name: value.text for name, value in of_compose.values.items()} == {
        "A": "own",
        "B": "file",
    }
    assert of_unit.values["A"].text == "file"


def test_file_that_must_be_there_is_missed(tmp_path: Path) -> None:
    unit = UNIT + "EnvironmentFile=-none.env\nEnvironmentFile=must.env\n"
    problems = found(tmp_path, unit=unit).problems
    assert problems == [f"{tmp_path / 'must.env'}: No such file or directory."]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"API_KEY=top-secret\nno assignment: at all\n", "line 2 is no NAME=VALUE."),
        (b"API_KEY=\xff\xfe\n", "it is not UTF-8."),
        (b"A=" + b"x" * 1_000_001, "it is larger than a configuration is."),
    ],
)
def test_environment_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / ".env"
    path.write_bytes(content)
    result = read(Inputs(env=path))
    assert result.problems == [f"{path}: {complaint}"]
    assert result.deployments == []


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    problems = found(tmp_path, compose="services: [", unit="nothing").problems
    assert len(problems) == 2
    assert all("\n" not in each for each in problems)
    deep = found(tmp_path, compose="services: " + "[" * 5000).problems
    assert "nested too deep" in deep[0] or "no YAML" in deep[0]
    assert found(tmp_path, compose="a: b").problems[0].endswith("it has no services.")
