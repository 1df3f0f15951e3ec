from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bentos.gateway.configuration import (
    Configuration,
    InvalidConfigurationError,
    load,
    read,
)
from bentos.gateway.settings import GatewaySettings

TWO = """
[backends.nllb]
urls = ["http://127.0.0.1:3001"]
[backends.aya]
on_demand = true
aliases = ["aya-expanse-8b"]
"""

ONE_AT_A_TIME = "[on_demand]\nmax_models = 1"


def written(folder: Path, text: str) -> Path:
    file = folder / "gateway.toml"
    file.write_text(text, "utf-8")
    return file


def faults(folder: Path, text: str) -> list[str]:
    """What is wrong with a file, without its name."""
    file = written(folder, text)
    with pytest.raises(InvalidConfigurationError) as raised:
        read(file)
    assert str(raised.value).splitlines() == list(raised.value.faults)
    assert all(fault.startswith(f"{file}: ") for fault in raised.value.faults)
    assert "secret" not in str(raised.value)
    return [fault.removeprefix(f"{file}: ") for fault in raised.value.faults]


def test_a_file_says_all_there_is(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        f"""
        default = "aya"
        {TWO}
        [on_demand]
        memory_budget = "12GB"
        [[routes]]
        source = "en"
        target = ["fr", "de"]
        models = ["nllb", "aya"]
        on_warnings = ["truncated", "repetition"]
        min_confidence = 0.5
        [[splits]]
        name = "aya-trial"
        arms = {{ nllb = 90, aya = 10 }}
        header = "X-Arm"
        [flags]
        shadow = true
        """,
    )
    configuration = load(GatewaySettings(file=file))
    assert configuration.names == ("aya", "nllb")
    assert configuration.routes[0].target == ("fra_Latn", "deu_Latn")
    assert configuration.splits[0].arms == {"nllb": 90, "aya": 10}
    assert (configuration.flag("shadow"), configuration.flag("other")) == (True, False)


def test_without_any_both_models_are_started_on_demand() -> None:
    configuration = load(GatewaySettings())
    assert configuration.names == ("nllb", "aya")
    assert all(each.on_demand for each in configuration.backends.values())
    assert configuration.find("aya-expanse-8b") == "aya"


def test_the_short_form_names_backends_and_their_urls() -> None:
    settings = GatewaySettings(backends="nllb=http://a:1;http://b:2, aya = https://c/x ")
    configuration = load(settings)
    assert configuration.names == ("nllb", "aya")
    assert configuration.backends["nllb"].urls == ("http://a:1", "http://b:2")
    assert configuration.backends["aya"].urls == ("https://c/x",)


@pytest.mark.parametrize(
    ("short", "fault"),
    [
        ("http://secret", "entry 1 is not NAME=URL"),
        ("a=http://a,", "entry 2 is not NAME=URL"),
        ("=http://secret", "entry 1 is not NAME=URL"),
        ("a=http://a,a=http://b", "entry 2 is a once more"),
        ("a=", "backends.a.urls[0]: must be http"),
        ("a=http://u:secret@h", "backends.a.urls[0]: must not hold a user or a password"),
        ("A=http://a", "backends.A: String should match pattern"),
    ],
)
def test_a_short_form_that_is_none_is_refused(short: str, fault: str) -> None:
    with pytest.raises(InvalidConfigurationError) as raised:
        load(GatewaySettings(backends=short))
    [line] = raised.value.faults
    assert line.startswith("LINGUA_NEXUS_GATEWAY_BACKENDS: ")
    assert fault in line
    assert "secret" not in line


def test_a_file_and_the_short_form_together_are_refused(tmp_path: Path) -> None:
    settings = GatewaySettings(file=written(tmp_path, TWO), backends="a=http://a")
    with pytest.raises(InvalidConfigurationError, match="not beside a file"):
        load(settings)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "backends: is missing"),
        ("[backends]", "backends: Dictionary should have at least 1 item"),
        ("backends = 7", "backends: must be a table"),
        (f"{TWO}\n[other]", "other: there is no such key"),
        (f'{TWO}\napi_key = "secret"', "backends.aya.api_key: there is no such key"),
        (f'default = "x"\n{TWO}', "default: there is no backend 'x', only nllb, aya"),
        (
            f'{TWO}\n[[routes]]\nmodels = ["aya", "x"]',
            "routes[0].models: there is no backend 'x', only nllb, aya",
        ),
        (
            f'{TWO}\n[[splits]]\nname = "s"\narms = {{ x = 1 }}',
            "splits[0].arms: there is no backend 'x', only nllb, aya",
        ),
        (
            f'{TWO}\n[[routes]]\nsource = "xx"\nmodels = ["aya"]',
            "routes[0].source: knows no language 'xx'",
        ),
        (
            f'{TWO}\n[backends.b]\non_demand = true\naliases = ["aya"]',
            "backends.b.aliases: 'aya' is another's name already",
        ),
        (
            f'{TWO}\n[backends.b]\non_demand = true\naliases = ["aya-expanse-8b"]',
            "backends.b.aliases: 'aya-expanse-8b' is another's name already",
        ),
        (
            f'{TWO}\n[[routes]]\nmodels = ["aya"]\n[[routes]]\nsource = "en"\nmodels = ["nllb"]',
            "routes[1]: is never reached, routes[0] matches all of it",
        ),
        (
            f'{TWO}\n[[routes]]\nmodels = ["aya"]\nflag = "trials"',
            "routes[0].flag: there is no flag 'trials'",
        ),
        (
            f"{TWO}pinned = true\n[backends.b]\non_demand = true\npinned = true\n{ONE_AT_A_TIME}",
            "on_demand.max_models: 2 backends are pinned",
        ),
        ("backends = { a = 7 }", "backends.a: must be a table"),
        ('backends.a.urls = "http://a"', "backends.a.urls: must be a list"),
        (f"{TWO}api_key_file = 7", "backends.aya.api_key_file: must be a path"),
        (f'{TWO}\n[flags]\nshadow = "yes"', "flags.shadow: Input should be a valid boolean"),
        (f"{TWO}\n[backends.b]", "backends.b: needs either urls or on_demand = true"),
        (f'{TWO}\n[backends."A B"]\non_demand = true', "backends.A B: String should match"),
    ],
)
def test_a_file_with_one_fault_says_which(tmp_path: Path, text: str, fault: str) -> None:
    [found] = faults(tmp_path, text)
    assert found.startswith(fault)


def test_every_fault_has_a_line(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        """
        [backends.nllb]
        urls = ["http://u:secret@h", "secret"]
        queue = "secret"
        environment = { A = 1 }
        [[routes]]
        models = []
        """,
    )
    assert [fault.partition(":")[0] for fault in found] == [
        "backends.nllb.urls[0]",
        "backends.nllb.urls[1]",
        "backends.nllb.environment.A",
        "backends.nllb.queue",
        "routes[0].models",
    ]


def test_parts_that_do_not_fit_together_are_all_named(tmp_path: Path) -> None:
    split = '[[splits]]\nname = "s"\narms = { aya = 1, y = 1 }\n'
    found = faults(tmp_path, f'default = "x"\n{TWO}\n{split}{split}')
    assert [fault.partition(":")[0] for fault in found] == [
        *("default", "splits[0].arms", "splits[1].arms"),
        *("splits[1].name", "splits[1]"),
    ]


def test_a_split_that_is_off_hides_no_other(tmp_path: Path) -> None:
    split = '[[splits]]\nname = "{}"\narms = {{ aya = 1 }}\nenabled = {}\n'
    text = f"{TWO}\n{split.format('a', 'false')}{split.format('b', 'true')}"
    assert len(read(written(tmp_path, text)).splits) == 2


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, 'api_key = "secret')
    assert fault.startswith("is no TOML: ")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_bytes(b'# "secret" \xff')
    with pytest.raises(InvalidConfigurationError) as raised:
        read(file)
    assert raised.value.faults == (f"{file}: is not UTF-8: byte 12",)
    assert raised.value.__cause__ is None


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match="cannot be read: No such file"):
        read(tmp_path / "none.toml")


def test_a_model_is_found_by_any_of_its_names_in_any_case(tmp_path: Path) -> None:
    configuration = read(written(tmp_path, TWO))
    assert configuration.find("NLLB") == "nllb"
    assert configuration.find(" Aya-Expanse-8B ") == "aya"
    assert configuration.find("other") is None


def test_only_what_it_says_is_in_the_digest(tmp_path: Path) -> None:
    first = read(written(tmp_path, TWO))
    commented = read(written(tmp_path, f"# a comment\n{TWO}"))
    other = read(written(tmp_path, f"{TWO}\n[flags]\nshadow = true"))
    assert first == commented
    assert first.digest == commented.digest != other.digest


def test_nothing_of_it_changes(tmp_path: Path) -> None:
    configuration: Any = read(written(tmp_path, TWO))
    with pytest.raises(ValidationError, match="frozen"):
        configuration.default = "aya"
    assert isinstance(configuration, Configuration)
