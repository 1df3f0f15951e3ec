"""Sequences and their cells as llama.cpp holds them, for tests that run without it."""

from collections.abc import Sequence

from models.engines.llamacpp.contract import GenerationRequest
from models.engines.llamacpp.scheduler import Scheduler, Step, Ticket


def next_token(seen: Sequence[int]) -> int:
    """What this model writes after those tokens: another for any other text before it."""
    state = 7
    for token in seen:
        state = (state * 31 + token + 1) % 1_000_003
    return state


def written_alone(request: GenerationRequest) -> list[int]:
    seen = [token for part in request.prompt for token in part]
    first = len(seen)
    while len(seen) < first + request.max_tokens:
        seen.append(next_token(seen))
    return seen[first:]


class Memory:
    """Computes steps, and holds each to what llama.cpp asks of it."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self._sequences: dict[int, list[list[int]]] = {}

    @property
    def used(self) -> int:
        """A cell that several sequences have is one cell."""
        return len({id(cell) for cells in self._sequences.values() for cell in cells})

    def run(self, step: Step) -> list[int]:
        for sequence in step.removals:
            self._sequences.pop(sequence, None)
        for copy in step.copies:
            assert copy.target not in self._sequences, "a sequence is used before it was emptied"
            source = self._sequences[copy.source]
            assert len(source) == copy.length, "a prefix is copied before it is complete"
            self._sequences[copy.target] = source[: copy.length]
        for token, position, sequence in zip(
            step.tokens, step.positions, step.sequences, strict=True
        ):
            cells = self._sequences.setdefault(sequence, [])
            assert position == len(cells), "a position is left out or written twice"
            cells.append([token])
        assert self.used <= self.cells, "more cells are used than there are"
        return [self._next(step, row) for row in step.outputs]

    def _next(self, step: Step, row: int) -> int:
        cells = self._sequences[step.sequences[row]][: step.positions[row] + 1]
        return next_token([token for (token,) in cells])


class Run:
    """A scheduler and a memory, stepped by hand."""

    def __init__(
        self,
        *,
        slots: int = 4,
        prefixes: int = 4,
        cells: int = 200,
        prefill: int = 16,
        most: int = 100,
    ) -> None:
        self.scheduler = Scheduler(
            slots=slots, prefixes=prefixes, cells=cells, prefill=prefill, most=most
        )
        self.memory = Memory(cells)
        self.cells = cells
        self.texts: dict[Ticket, list[int]] = {}

    def submit(self, *prompt: Sequence[int], max_tokens: int = 4) -> Ticket:
        ticket = Ticket(GenerationRequest(tuple(map(tuple, prompt)), max_tokens))
        self.scheduler.submit(ticket)
        self.texts[ticket] = []
        return ticket

    def step(self) -> Step | None:
        step = self.scheduler.plan()
        if step is None:
            return None
        self.scheduler.advance(step, self.memory.run(step))
        for ticket in step.writers:
            self.texts[ticket].append(ticket.last)
            if ticket.written == ticket.request.max_tokens:
                self.scheduler.remove(ticket)
        return step

    def finish(self, most: int = 2000) -> list[Step]:
        """All steps until nothing is left to do."""
        steps: list[Step] = []
        while step := self.step():
            steps.append(step)
            assert len(steps) < most, "it never ends"
        return steps

    def assert_nothing_is_held(self) -> None:
        """Of all cells, those that are not free are those of prefixes kept for later."""
        self.finish()
        assert (self.scheduler.running, self.scheduler.waiting) == (0, 0)
        assert self.scheduler.free_cells + self.scheduler.unused_cells == self.cells
        assert self.memory.used == self.scheduler.unused_cells
