"""Ends this process soon after the one that started it; that one's other children it leaves alone.

BentoML's worker would go on for ever without the process that watches over it, and with it the
memory of its model, or the models that a gateway has started.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from typing import Final

_EVERY_S: Final = 0.5
_GRACE_S: Final = 5.0

logger = logging.getLogger(__name__)


def _end(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


async def end_with_parent(
    *,
    every_s: float = _EVERY_S,
    grace_s: float = _GRACE_S,
    parent: Callable[[], int] = os.getppid,
    end: Callable[[signal.Signals], None] = _end,
) -> None:
    """Goes on until then: what has begun has `grace_s` to come to its end."""
    began_under = parent()
    while parent() == began_under:  # noqa: ASYNC110 - the end of a parent is no event
        await asyncio.sleep(every_s)
    logger.error("The process that had started this one has ended, and so does this one.")
    end(signal.SIGTERM)
    await asyncio.sleep(grace_s)
    end(signal.SIGKILL)
