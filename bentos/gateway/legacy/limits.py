"""How often a caller may ask for one path, as the predecessor counted; not who he is."""

from typing import Final

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from bentos.gateway.legacy.errors import LimitedError

_MAX_BUCKETS: Final = 100_000


class Limits:
    """A fixed window for each path, as written, and address."""

    def __init__(self, *, on: bool = True) -> None:
        self._on = on
        self._storage = MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)

    def count(self, rate: str, path: str, address: str) -> None:
        """One more.

        Raises:
            LimitedError: It is one too many.
        """
        if not self._on:
            return
        if len(self._storage.storage) > _MAX_BUCKETS:
            self._storage.reset()  # better to forgive everybody than to grow
        limit = parse(rate)
        if not self._limiter.hit(limit, path, address):
            raise LimitedError(f"Rate limit exceeded: {limit}")
