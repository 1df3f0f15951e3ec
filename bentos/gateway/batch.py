"""The first attempts of a batch's texts, in one request a model; decides nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from http import HTTPStatus

from bentos.contract import Call
from bentos.deadline import within
from bentos.errors import status_of
from bentos.gateway.asking import Asker, Outcome
from bentos.gateway.routes import Plan
from models.base.exceptions import LinguaNexusError
from models.base.request_models import TranslationRequest

Item = tuple[TranslationRequest, Call]
First = asyncio.Future[Outcome | None]
"""None: it is to be asked alone."""


def begin(
    group: asyncio.TaskGroup,
    asker: Asker,
    items: Sequence[Item],
    plans: Sequence[Plan | LinguaNexusError],
    timeout_s: float,
) -> Mapping[int, Awaitable[Outcome | None]]:
    """Those under way together, by the item's place; one that is alone is left alone."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, made in enumerate(plans):
        if isinstance(made, Plan):
            places[made.attempts[0].model].append(place)
    futures: dict[int, First] = {}
    loop = asyncio.get_running_loop()
    for model, own in places.items():
        if len(own) > 1:
            mine = {place: loop.create_future() for place in own}
            futures |= mine
            asked = [
                (items[place][0], made.attempts[0])
                for place in own
                if isinstance(made := plans[place], Plan)
            ]
            ask = partial(asker.ask_batch, model, asked, items[own[0]][1])
            group.create_task(_tell(mine.values(), ask, timeout_s))
    return futures


async def _tell(
    futures: Collection[First], ask: Callable[[], Awaitable[list[Outcome]]], timeout_s: float
) -> None:
    outcomes: Sequence[Outcome | None]
    try:
        # A model may take longer to start than any of its callers waits.
        async with within(timeout_s):
            outcomes = await ask()
    except LinguaNexusError as error:
        # What is wrong with all of them together, or with one, need not be with each.
        alone = status_of(error) < HTTPStatus.INTERNAL_SERVER_ERROR
        outcomes = [None if alone else error] * len(futures)
    for future, outcome in zip(futures, outcomes, strict=True):
        if not future.done():  # its caller may not have had the time
            future.set_result(outcome)
