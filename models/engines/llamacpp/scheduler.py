"""Decides what each decode step holds; pure: it knows no library, no text and no thread."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import chain
from typing import Any

from models.engines.llamacpp.contract import (
    GenerationRequest,
    PromptTooLongError,
    prompt_share,
    total_tokens,
)
from models.engines.llamacpp.prefixes import Cells, PrefixCache, Row


class Stage(Enum):
    """Where a request is."""

    WAITING = auto()
    """It has neither a slot nor cells."""
    RUNNING = auto()
    """It has both, and may still wait for a prefix that another request computes."""
    DONE = auto()
    """It has left."""


class Ticket:
    """A request on its way. `tag` is the submitter's."""

    __slots__ = ("cached", "cells", "last", "request", "row", "stage", "tag", "written")
    tag: Any

    def __init__(self, request: GenerationRequest, tag: object = None) -> None:
        self.request, self.tag = request, tag
        self.stage = Stage.WAITING
        self.row: Row | None = None
        self.cells = self.cached = self.written = self.last = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """The first `length` positions of a sequence, to be those of another."""

    source: int
    target: int
    length: int


@dataclass(slots=True)
class Step:
    """One decode: removals first, then copies, then all rows at once."""

    removals: list[int] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    """Rows whose scores are wanted, in order."""
    writers: list[Ticket] = field(default_factory=list)
    """Whose next token each of `outputs` is."""
    chunks: list[tuple[Row, Ticket | None, int]] = field(default_factory=list)
    """Prompts in this step, and how many tokens of each."""


class Scheduler:
    """Who is computed when. One owner calls all of it; `plan` and `advance` alternate.

    A request is admitted, first come first served, when a slot is free and so are the cells for
    all it may come to need: what runs never runs out of room.
    """

    def __init__(self, *, slots: int, prefixes: int, cells: int, prefill: int, most: int) -> None:
        if most > cells:
            raise ValueError(f"A request may take {most} cells of {cells}.")
        self._slots, self._prefill, self._most = slots, prefill, most
        self._cells = Cells(cells)
        self._prefixes = PrefixCache(self._cells, range(slots, slots + prefixes), self._drop)
        self._waiting: dict[Ticket, None] = {}
        self._clear()

    def _clear(self) -> None:
        self._cells.clear()
        self._prefixes.clear()
        self._free_slots = list(reversed(range(self._slots)))
        self._prefilling: dict[Row, Ticket | None] = {}
        self._decoding: dict[Ticket, Row] = {}
        self._running: dict[Ticket, None] = {}
        self._removals: list[int] = []

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def free_cells(self) -> int:
        """Cells that nothing is or will be written to; prefixes kept for later hold theirs."""
        return self._cells.free

    @property
    def unused_cells(self) -> int:
        """Cells of prefixes that no running request begins with."""
        return self._prefixes.unused_cells

    def submit(self, ticket: Ticket) -> None:
        """Lines it up behind those who wait.

        Raises:
            PromptTooLongError: It could never run.
            ValueError: It asks for nothing, or gives nothing to go on from.
        """
        check(ticket.request, self._most)
        self._waiting[ticket] = None

    def remove(self, ticket: Ticket) -> None:
        """Frees all that it holds, at whatever stage it is; again is allowed."""
        if ticket.stage is Stage.WAITING:
            self._waiting.pop(ticket, None)
        elif ticket.stage is Stage.RUNNING and (row := ticket.row):
            del self._running[ticket]
            self._decoding.pop(ticket, None)
            self._free_slots.append(row.sequence)
            self._cells.free += ticket.cells
            self._drop(row)
            self._prefixes.release(row.base)
        ticket.stage, ticket.row = Stage.DONE, None

    def reset(self) -> list[Ticket]:
        """Forgets all that was computed; gives those who ran. Those who wait go on waiting."""
        failed = list(self._running)
        for ticket in failed:
            ticket.stage, ticket.row = Stage.DONE, None
        self._clear()
        return failed

    def plan(self) -> Step | None:
        """The next step; None when there is nothing to do."""
        self._admit()
        step = Step(removals=self._removals)
        self._removals = []
        for ticket, row in self._decoding.items():
            step.outputs.append(len(step.tokens))
            step.writers.append(ticket)
            step.tokens.append(ticket.last)
            step.positions.append(row.end + ticket.written - 1)
            step.sequences.append(row.sequence)
        self._plan_prompts(step)
        return step if step.tokens or step.removals else None

    def advance(self, step: Step, tokens: Sequence[int]) -> None:
        """The step was computed: each writer goes on from its token."""
        for row, ticket, count in step.chunks:
            row.computed += count
            if row.complete:
                del self._prefilling[row]
                if ticket:
                    self._decoding[ticket] = row
        for ticket, token in zip(step.writers, tokens, strict=True):
            ticket.last = token
            ticket.written += 1

    def _plan_prompts(self, step: Step) -> None:
        rows = [row for row in self._prefilling if row.can_go_on]
        budget = max(self._prefill - len(self._decoding), prompt_share(self._prefill))
        counts = share([len(row.tokens) - row.computed for row in rows], budget)
        for row, count in zip(rows, counts, strict=True):
            if count:
                self._plan_chunk(step, row, count)

    def _plan_chunk(self, step: Step, row: Row, count: int) -> None:
        ticket = self._prefilling[row]
        if not row.begun and row.base:
            step.copies.append(Copy(row.base.sequence, row.sequence, row.base.end))
        row.begun = True
        first = row.start + row.computed
        step.tokens += row.tokens[row.computed : row.computed + count]
        step.positions += range(first, first + count)
        step.sequences += [row.sequence] * count
        step.chunks.append((row, ticket, count))
        if ticket and row.computed + count == len(row.tokens):
            step.outputs.append(len(step.tokens) - 1)
            step.writers.append(ticket)

    def _admit(self) -> None:
        while self._waiting and self._free_slots:
            ticket = next(iter(self._waiting))
            if not self._place(ticket):
                return
            del self._waiting[ticket]

    def _place(self, ticket: Ticket) -> bool:
        """Gives it a slot, its cells and its prefixes; False when there is no room."""
        *shared, own = (part for part in ticket.request.prompt if part)
        known = self._prefixes.hold(shared)
        missing = shared[len(known) :]
        if not self._prefixes.make_room(
            total_tokens(missing) + len(own) + ticket.request.max_tokens
        ):
            self._prefixes.release(known[-1] if known else None)
            return False
        base = known[-1] if known else None
        ticket.cached = base.end if base else 0
        while missing and (prefix := self._prefixes.add(base, missing[0])):
            self._prefilling[prefix] = None
            base = prefix
            del missing[0]
        own = (*chain.from_iterable(missing), *own)
        row = ticket.row = Row(self._free_slots.pop(), base, own)
        ticket.stage = Stage.RUNNING
        ticket.cells = len(own) + ticket.request.max_tokens
        self._cells.free -= ticket.cells
        self._prefilling[row] = ticket
        self._running[ticket] = None
        return True

    def _drop(self, row: Row) -> None:
        """A sequence is not computed any further, and emptied before the next step."""
        self._prefilling.pop(row, None)
        if row.begun:
            self._removals.append(row.sequence)


def check(request: GenerationRequest, most: int) -> None:
    """Raises what `submit` does, for requests of at most `most` tokens."""
    if request.max_tokens < 1 or not request.prompt or not request.prompt[-1]:
        raise ValueError("A request has a last part and writes at least one token.")
    needed = total_tokens(request.prompt) + request.max_tokens
    if needed > most:
        raise PromptTooLongError(needed, most)


def share(wants: Sequence[int], budget: int) -> list[int]:
    """Splits the budget evenly; what one does not need goes to others, odd ones to the first."""
    given = [0] * len(wants)
    hungry = [index for index, want in enumerate(wants) if want]
    while hungry and budget:
        each = max(1, budget // len(hungry))
        for index in hungry:
            more = min(each, wants[index] - given[index], budget)
            given[index] += more
            budget -= more
        hungry = [index for index in hungry if given[index] < wants[index]]
    return given
