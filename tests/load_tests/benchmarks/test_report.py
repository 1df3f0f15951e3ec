from load_tests.benchmarks import report
from load_tests.benchmarks.goals import Goal
from load_tests.benchmarks.workload import Run

ROUNDS = {
    "slow": [Run(10, 10, 100, [1000.0] * 10), Run(10, 5, 100, [500.0] * 10)],
    "fast": [Run(20, 2, 200, [100.0] * 20), Run(20, 2, 200, [100.0] * 20)],
}


def test_a_line_has_the_medians_and_the_ratio_to_the_reference() -> None:
    _, slow, fast = report.table("demo", ROUNDS, "fast").splitlines()
    assert slow.split() == ["slow", "750.0", "1.50", "15.0", "0.15", "10.0"]
    assert fast.split() == ["fast", "100.0", "10.00", "100.0", "1.00", "10.0"]


def test_memory_is_in_mebibytes() -> None:
    assert report.memory_table({"service": 3 << 20}).splitlines()[1].split() == [
        "service",
        "3",
        "MiB",
    ]


def test_json_keeps_every_round() -> None:
    found = report.as_json(ROUNDS, {"service": 1})
    assert [run["sentences_per_s"] for run in found["contestants"]["slow"]] == [1, 2]
    (goal,) = report.goals_as_json([Goal("speed", 0.5, 0.9, at_least=True)])
    assert goal == {"name": "speed", "value": 0.5, "limit": 0.9, "reached": False}
