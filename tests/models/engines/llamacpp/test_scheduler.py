from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engines.llamacpp.contract import GenerationRequest, PromptTooLongError
from models.engines.llamacpp.scheduler import Scheduler, Stage, Step, Ticket, share
from tests.models.engines.llamacpp.memory import Run, written_alone

SHARED = list(range(10, 20))
LONG = [n % 90 for n in range(60)]


def tokens_of(step: Step, ticket: Ticket) -> int:
    """Prompt tokens of a request in a step."""
    return sum(count for _, owner, count in step.chunks if owner is ticket)


def test_everyone_writes_what_he_writes_alone() -> None:
    run = Run(slots=3)
    tickets = [run.submit(SHARED, [n], max_tokens=3 + n) for n in range(10)]
    run.finish()
    for ticket in tickets:
        assert run.texts[ticket] == written_alone(ticket.request)


def test_newcomer_joins_between_two_steps_of_another() -> None:
    run = Run()
    first = run.submit([1, 2], max_tokens=10)
    run.step()
    run.step()
    second = run.submit([3, 4], max_tokens=10)
    step = run.step()
    assert step
    assert step.writers == [first, second]


def test_who_is_done_leaves_his_slot_to_the_next() -> None:
    run = Run(slots=1)
    first, second = run.submit([1], max_tokens=2), run.submit([2], max_tokens=2)
    run.step()
    assert (first.stage, second.stage) == (Stage.RUNNING, Stage.WAITING)
    run.step()
    run.step()
    assert (first.stage, second.stage) == (Stage.DONE, Stage.RUNNING)
    run.assert_nothing_is_held()


def test_all_who_write_are_in_every_step() -> None:
    run = Run()
    writing = [run.submit([n], max_tokens=8) for n in range(3)]
    run.step()
    run.submit(LONG)
    for _ in range(4):
        step = run.step()
        assert step
        assert set(writing) <= set(step.writers)


def test_long_prompt_is_computed_in_chunks() -> None:
    run = Run(prefill=16)
    ticket = run.submit(LONG, max_tokens=1)
    chunks = [tokens_of(step, ticket) for step in run.finish()]
    assert chunks == [16, 16, 16, 12, 0]
    assert run.texts[ticket] == written_alone(ticket.request)


def test_short_prompt_does_not_wait_for_a_long_one_to_be_computed() -> None:
    run = Run(prefill=16)
    run.submit(LONG)
    run.step()
    short = run.submit([1, 2, 3, 4])
    step = run.step()
    assert step
    assert short in step.writers
    assert len(step.tokens) == 16


@pytest.mark.parametrize(("prefill", "of_prompts"), [(16, 13), (6, 3), (4, 1), (1, 1)])
def test_prompts_have_what_those_who_write_leave_of_a_step(prefill: int, of_prompts: int) -> None:
    run = Run(prefill=prefill)
    for number in range(3):
        run.submit([number], max_tokens=30)
    for _ in range(4):
        run.step()
    long = run.submit(LONG)
    step = run.step()
    assert step
    assert tokens_of(step, long) == of_prompts
    assert len(step.tokens) <= max(prefill, 4 + prefill // 4)


def test_nobody_starves_while_newcomers_keep_coming() -> None:
    run = Run(slots=2, prefill=4)
    long = run.submit(LONG, max_tokens=2)
    for number in range(60):
        run.submit([number, number + 1], max_tokens=1)
        run.step()
        if long.stage is Stage.DONE:
            return
    pytest.fail("The long prompt is still not computed.")


def test_first_come_is_first_admitted() -> None:
    run = Run(slots=1)
    tickets = [run.submit([n], max_tokens=1) for n in range(5)]
    order = [ticket for step in run.finish() for ticket in step.writers]
    assert order == tickets


@pytest.mark.parametrize("steps", range(8))
def test_cancelled_request_frees_what_it_holds_at_any_stage(steps: int) -> None:
    run = Run(slots=2, prefill=4)
    other = run.submit([5, 6], max_tokens=20)
    cancelled = run.submit(SHARED, [1, 2, 3, 4, 5], max_tokens=5)
    for _ in range(steps):
        run.step()
    run.scheduler.remove(cancelled)
    run.scheduler.remove(cancelled)
    others = len(other.request.prompt[0]) + other.request.max_tokens
    in_use = others if steps else 0
    assert run.scheduler.free_cells + run.scheduler.unused_cells == run.cells - in_use
    run.assert_nothing_is_held()
    assert run.texts[other] == written_alone(other.request)


def test_cancelled_prefix_is_not_computed_for_nobody() -> None:
    run = Run(prefill=4)
    ticket = run.submit(SHARED, LONG[:20], [1])
    run.step()
    run.scheduler.remove(ticket)
    assert run.scheduler.free_cells == run.cells
    step = run.step()
    assert step
    assert (step.tokens, len(step.removals)) == ([], 1)


def test_cancelled_computer_of_a_prefix_leaves_it_to_those_who_wait_for_it() -> None:
    run = Run(prefill=4)
    first, second = run.submit(SHARED, [1]), run.submit(SHARED, [2])
    run.step()
    run.scheduler.remove(first)
    run.finish()
    assert run.texts[second] == written_alone(second.request)
    run.assert_nothing_is_held()


def test_shared_part_is_computed_once_for_all() -> None:
    run = Run()
    for number in range(4):
        run.submit(SHARED, [number], max_tokens=1)
    assert sum(len(step.tokens) for step in run.finish()) == len(SHARED) + 4


def test_later_request_begins_with_what_is_kept() -> None:
    run = Run()
    first = run.submit(SHARED, [1], max_tokens=1)
    run.finish()
    second = run.submit(SHARED, [2], max_tokens=1)
    steps = run.finish()
    assert (first.cached, second.cached) == (0, len(SHARED))
    assert steps[0].tokens == [2]
    assert run.texts[second] == written_alone(second.request)


def test_parts_nest() -> None:
    run = Run()
    for other in ([30, 31], [40, 41, 42]):
        run.submit(SHARED, other, [1], max_tokens=1)
        run.finish()
    third = run.submit(SHARED, [40, 41, 42], [2], max_tokens=2)
    run.finish()
    assert third.cached == len(SHARED) + 3
    assert run.texts[third] == written_alone(third.request)


def test_empty_parts_are_nothing() -> None:
    run = Run()
    ticket = run.submit(SHARED, [], [1], max_tokens=2)
    run.finish()
    assert run.texts[ticket] == written_alone(ticket.request)
    assert run.scheduler.unused_cells == len(SHARED)


def test_full_cache_lets_the_newest_wait() -> None:
    run = Run(slots=4, cells=100, most=60)
    first, second = run.submit(LONG[:40], max_tokens=10), run.submit(LONG[:50], max_tokens=10)
    third = run.submit([1], max_tokens=5)
    run.step()
    assert [t.stage for t in (first, second, third)] == [
        Stage.RUNNING,
        Stage.WAITING,
        Stage.WAITING,
    ]
    run.finish()
    for ticket in (first, second, third):
        assert run.texts[ticket] == written_alone(ticket.request)


def test_unused_prefix_makes_room_for_a_request() -> None:
    run = Run(cells=60, most=60)
    run.submit(LONG[:30], [1], max_tokens=1)
    run.finish()
    assert run.scheduler.unused_cells == 30
    ticket = run.submit(LONG[5:50], max_tokens=10)
    run.finish()
    assert run.texts[ticket] == written_alone(ticket.request)
    assert run.scheduler.free_cells == 60


def test_prefix_in_use_does_not_make_room() -> None:
    run = Run(cells=60, most=60)
    user = run.submit(LONG[:30], [1], max_tokens=8)
    run.step()
    ticket = run.submit([1, 2], max_tokens=20)
    steps = [run.step() for _ in range(5)]
    assert all(step and ticket not in step.writers for step in steps)
    run.finish()
    assert run.texts[user] == written_alone(user.request)
    assert run.texts[ticket] == written_alone(ticket.request)


def test_request_makes_room_without_dropping_its_own_prefix() -> None:
    run = Run(cells=60, most=60)
    for start in (0, 5):
        run.submit(LONG[start : start + 20], [1], max_tokens=1)
        run.finish()
    ticket = run.submit(LONG[:20], LONG[40:50], max_tokens=25)
    run.finish()
    assert ticket.cached == 20
    assert run.texts[ticket] == written_alone(ticket.request)


def test_prefix_used_longest_ago_goes_first() -> None:
    run = Run(prefixes=2)
    for part in ([1, 1], [2, 2], [1, 1], [3, 3]):
        run.submit(part, [9], max_tokens=1)
        run.finish()
    kept = {part: run.submit([part, part], [9], max_tokens=1) for part in (1, 3)}
    run.finish()
    assert {part: ticket.cached for part, ticket in kept.items()} == {1: 2, 3: 2}
    gone = run.submit([2, 2], [9], max_tokens=1)
    run.finish()
    assert gone.cached == 0


@pytest.mark.parametrize("prefixes", [0, 1])
def test_prompt_is_computed_whole_when_no_more_prefixes_may_be_kept(prefixes: int) -> None:
    run = Run(prefixes=prefixes)
    first = run.submit([1, 1], [2, 2], [9])
    second = run.submit([3, 3], [4, 4], [9])
    run.finish()
    for ticket in (first, second):
        assert run.texts[ticket] == written_alone(ticket.request)
    run.assert_nothing_is_held()


def test_too_long_a_request_is_refused() -> None:
    run = Run(most=50)
    with pytest.raises(PromptTooLongError) as refused:
        run.submit(SHARED, [1] * 36, max_tokens=5)
    assert (refused.value.needed, refused.value.most) == (51, 50)
    run.submit(SHARED, [1] * 35, max_tokens=5)


@pytest.mark.parametrize(
    "request_",
    [GenerationRequest(((1,),), 0), GenerationRequest((), 1), GenerationRequest(((),), 1)],
)
def test_request_for_nothing_is_refused(request_: GenerationRequest) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        Run().scheduler.submit(Ticket(request_))


def test_scheduler_with_too_few_cells_for_one_request_is_refused() -> None:
    with pytest.raises(ValueError, match="101 cells of 100"):
        Scheduler(slots=1, prefixes=0, cells=100, prefill=1, most=101)


def test_reset_forgets_who_ran_and_keeps_who_waits() -> None:
    run = Run(slots=2)
    first, second = run.submit(SHARED, [1]), run.submit(SHARED, [2])
    third = run.submit(SHARED, [3])
    run.step()
    assert run.scheduler.reset() == [first, second]
    assert run.scheduler.free_cells == run.cells
    run.memory = type(run.memory)(run.cells)
    run.scheduler.remove(first)
    run.finish()
    assert run.texts[third] == written_alone(third.request)
    assert first.stage is second.stage is Stage.DONE
    run.assert_nothing_is_held()


def test_nothing_to_do_is_no_step() -> None:
    assert Run().step() is None


PARTS = st.sampled_from([(1, 2, 3), (4, 5), tuple(range(20)), (6,) * 9])
PROMPTS = st.builds(
    lambda parts, own: (*parts, own),
    st.lists(PARTS, max_size=3),
    st.lists(st.integers(0, 9), min_size=1, max_size=25).map(tuple),
)
ACTIONS = st.one_of(
    st.tuples(st.just("submit"), PROMPTS, st.integers(1, 12)),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("step"), st.integers(1, 6)),
)


@given(
    actions=st.lists(ACTIONS, max_size=40),
    slots=st.integers(1, 4),
    prefixes=st.integers(0, 4),
    cells=st.integers(100, 160),
    prefill=st.integers(1, 30),
)
def test_whatever_comes_and_goes_everyone_else_writes_what_he_writes_alone(
    actions: list[tuple[str, *tuple[object, ...]]],
    slots: int,
    prefixes: int,
    cells: int,
    prefill: int,
) -> None:
    run = Run(slots=slots, prefixes=prefixes, cells=cells, prefill=prefill, most=100)
    tickets: list[Ticket] = []
    cancelled: set[Ticket] = set()
    for action in actions:
        match action:
            case ("submit", tuple(prompt), int(most)):
                tickets.append(run.submit(*prompt, max_tokens=most))
            case ("cancel", int(number)) if tickets:
                ticket = tickets[number % len(tickets)]
                if ticket.stage is not Stage.DONE:
                    cancelled.add(ticket)
                run.scheduler.remove(ticket)
            case ("step", int(count)):
                for _ in range(count):
                    run.step()
            case _:
                """Nobody is there to cancel."""
    run.assert_nothing_is_held()
    for ticket in tickets:
        alone = written_alone(ticket.request)
        wanted = alone[: ticket.written] if ticket in cancelled else alone
        assert run.texts[ticket] == wanted


@given(wants=st.lists(st.integers(0, 50), max_size=8), budget=st.integers(0, 100))
def test_budget_is_shared_evenly_and_wholly(wants: list[int], budget: int) -> None:
    given = share(wants, budget)
    assert all(0 <= some <= want for some, want in zip(given, wants, strict=True))
    assert sum(given) == min(budget, sum(wants))
    unfilled = [some for some, want in zip(given, wants, strict=True) if some < want]
    most = max(given, default=0)
    assert all(some >= most - 1 for some in unfilled)
    assert all(before >= after for before, after in pairwise(unfilled))
