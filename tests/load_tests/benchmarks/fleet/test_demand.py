from load_tests.benchmarks.fleet import demand
from load_tests.benchmarks.fleet.demand import Round
from load_tests.benchmarks.fleet.machine import Memory


def measured(after: int) -> Round:
    memory = {
        "alone": Memory(100, 90, 2),
        "with nllb": Memory(600, 500, 5),
        "after": Memory(after, 90, 2),
    }
    times = {"nllb": 1.5, "aya": 2.5}
    return Round(times, times, times, 0.25, memory)


def test_memory_counts_as_returned_beside_what_the_model_took() -> None:
    (goal,) = demand.goals([measured(110), measured(125), measured(600)])
    assert goal.value == 0.95
    assert goal.reached
    (goal,) = demand.goals([measured(200)])
    assert not goal.reached


def test_the_table_holds_each_models_waiting() -> None:
    lines = demand.table([measured(110)]).splitlines()
    assert len(lines) == 1 + 3 + 1 + 3
    assert lines[1].split()[-2:] == ["1.50", "2.50"]
