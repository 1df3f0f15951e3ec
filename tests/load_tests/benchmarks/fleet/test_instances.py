from load_tests.benchmarks.fleet import instances
from load_tests.benchmarks.fleet.asking import Asked
from load_tests.benchmarks.fleet.instances import Death, Shape
from load_tests.benchmarks.fleet.machine import Memory

OLD = Shape(
    {"nllb": 60.0, "aya": 60.0},
    {"both in one": Memory(1000, 500, 1)},
    {"nllb": [100.0, 110.0], "aya": [1000.0]},
)
DEATH = Death(Asked(60, 1, 0, [1.0]), 12.0)


def ours(
    aya: int = 450, ready_s: float = 30.0, answer_ms: float = 100.0, together: int = 2
) -> Shape:
    return Shape(
        {"nllb": 5.0, "aya": ready_s},
        {"aya": Memory(aya, 400, 3), "nllb": Memory(80, 80, 3), "gateway": Memory(20, 20, 2)},
        {"nllb": [answer_ms], "aya": [900.0]},
        together,
    )


def missed(new: Shape, death: Death = DEATH) -> list[str]:
    return [goal.name for goal in instances.goals(OLD, new, death) if not goal.reached]


def test_half_the_memory_and_nothing_slower_is_what_is_wanted() -> None:
    assert missed(ours()) == []
    assert missed(ours(aya=510)) == ["instances, memory of the largest over before"]
    assert missed(ours(ready_s=61)) == ["instances, until both are ready over before"]
    assert missed(ours(answer_ms=120)) == ["instances, one caller's nllb over before"]
    assert missed(ours(together=1)) == ["instances, models starting at once"]


def test_a_death_must_cost_the_other_model_nothing() -> None:
    death = Death(Asked(59, 1, 0, [1.0], errors={"503": 1}), 12.0)
    assert missed(ours(), death) == ["instances, errors of nllb as aya died"]


def test_the_table_has_both_shapes() -> None:
    table = instances.table(OLD, ours(), DEATH)
    assert "both in one" in table
    assert "memory, gateway" in table
    assert "60 of nllb answered, 0 failed as aya was killed, which was back after 12 s" in table
