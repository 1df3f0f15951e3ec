"""A time within which something is to be done; not what becomes of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from models.base.exceptions import DeadlineExceededError


@asynccontextmanager
async def within(
    seconds: float, what: str = "The translation"
) -> AsyncGenerator[asyncio.Timeout, None]:
    """Ends the block when the time is over; gives what tells this from a caller that leaves.

    Raises:
        DeadlineExceededError: It was; `what` took longer.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield limit
    except TimeoutError as error:
        if not limit.expired():
            raise
        message = f"{what} took longer than {seconds:g} seconds."
        raise DeadlineExceededError(message, timeout_s=seconds) from error
