from pathlib import Path

import pytest

from bentos.migration.planning import decide
from bentos.migration.sources import find, read
from bentos.migration.variables import Fate
from tests.bentos.migration.old import KEY, folder, planned, server


def test_one_gateway_stands_for_all_servers(tmp_path: Path) -> None:
    plan = decide(read(find(folder(tmp_path))))
    assert (plan.profile, plan.models, plan.keys) == ("main", ("nllb", "aya"), [KEY])
    assert plan.settings == {"nllb": {}, "aya": {"AYA_GPU_LAYERS": "20"}}
    assert plan.commands == [
        "lingua-nexus models pull nllb-200-distilled-600m",
        "make pull:aya QUANT=Q4_K_M",
    ]
    warnings = "\n".join(plan.warnings)
    assert "callers of aya need a second one" in warnings
    assert "nllb-server was on port 8001: set PORT=8001" in warnings
    assert "aya-server was on port 8002" in warnings
    assert KEY not in repr(plan)
    assert "old-secret" not in repr(plan)


def test_nothing_found_is_no_plan() -> None:
    assert planned().models == ()


@pytest.mark.parametrize("key", ["development-key", "1234567", "test-key-12345", "test-api-key"])
def test_default_keys_are_pointed_out_and_never_shown(key: str) -> None:
    plan = planned(server(API_KEY=key))
    assert plan.keys == [key]
    assert any("a default that everybody knows" in each for each in plan.warnings)
    assert not any(key in each for each in plan.warnings)
    assert not any(key in row.text for row in plan.rows)


def test_key_that_was_in_force_by_default_is_taken_and_pointed_out() -> None:
    plan = planned(server("app.main:app"))
    assert plan.keys == ["development-key"]
    assert len(plan.warnings) == 2
    assert planned(server("app.main_aya")).keys == []
    assert planned(server(API_KEY="")).keys == []


def test_short_key_and_one_that_cannot_be_written_are_pointed_out() -> None:
    assert "short enough" in planned(server(API_KEY="short")).warnings[0]
    for key in (
        "with:a-colon-in-between",
        "with a blank in between",
        "with#a-hash-in-it-too",
        "é" * 20,
    ):
        plan = planned(server(API_KEY=key))
        assert plan.keys == []
        assert "none of ours may have" in plan.warnings[0]


def test_key_of_a_server_that_loads_models_may_manage() -> None:
    plan = planned(server("app.main_multimodel", API_KEY=KEY), server(API_KEY=KEY))
    assert plan.keys == [f"{KEY}:translate+manage", KEY]


def test_forced_cpu_comes_before_layers_on_a_gpu() -> None:
    plan = planned(server("app.main_aya", FORCE_CPU="true", N_GPU_LAYERS="20", API_KEY=KEY))
    assert plan.settings["aya"]["AYA_GPU_LAYERS"] == "0"


def test_two_servers_that_disagree_are_pointed_out() -> None:
    first = server("app.main_aya", TEMPERATURE="0.1", API_KEY=KEY)
    plan = planned(first, server("app.main_aya", TEMPERATURE="0.3", API_KEY=KEY))
    assert "AYA_TEMPERATURE: 0.1 of one server gives way to 0.3." in plan.warnings
    assert plan.keys == [KEY]


def test_setting_of_a_model_that_the_server_lacks_is_left_out() -> None:
    plan = planned(server("app.main:app", TEMPERATURE="0.1", API_KEY=KEY))
    assert plan.settings == {"nllb": {}}


def test_unknown_variable_is_said_to_be_so() -> None:
    [row] = [row for row in planned(server(OWN_ONE="1", API_KEY=KEY)).rows if row.name == "OWN_ONE"]
    assert (row.fate, row.text) == (Fate.NONE, "none of the old system's variables")


def test_gateways_settings_are_its_own() -> None:
    plan = planned(server("app.main_aya", GGUF_DEBUG_MODE="true", API_KEY=KEY))
    assert plan.gateway == {"LINGUA_NEXUS_LOG_LEVEL": "DEBUG"}
    assert plan.commands == ["make pull:aya"]


def test_quantization_named_makes_the_plain_pull_needless() -> None:
    plan = planned(
        server(
            "app.main_aya",
            MODEL_PATH="bartowski/aya-expanse-8b-GGUF",
            GGUF_FILENAME="aya-expanse-8b-Q4_K_M.gguf",
            API_KEY=KEY,
        )
    )
    assert plan.commands == ["make pull:aya QUANT=Q4_K_M"]
