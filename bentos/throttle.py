"""How often one caller may come, by key or by address; not who he is."""

import ipaddress
import math
import time
from collections import OrderedDict
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from bentos.errors import RateLimitedError

_MAX_CALLERS: Final = 100_000
_MAX_TRUSTED: Final = 10_000


class Throttle:
    """Counts requests by key or address, and wrong keys by address; `None` is no limit at all.

    An address that has sent too many wrong keys is not told any more whether a key is right: only
    keys that were right from there before go on, so that one guesser behind a shared proxy does
    not lock the others out.
    """

    def __init__(self, rate: str | None) -> None:
        self._rate: RateLimitItem | None = parse(rate) if rate else None
        # Two counters a caller, however high the limit; the library forgets them after two windows.
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)
        self._trusted: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def count_key(self, digest: bytes) -> None:
        self._count("key", digest.hex())

    def count_address(self, address: str) -> None:
        self._count("address", address)

    def count_wrong_key(self, address: str) -> None:
        self._count("wrong", address)

    def trust(self, address: str, digest: bytes) -> None:
        """The key was right."""
        self._trusted[address, digest] = None
        self._trusted.move_to_end((address, digest))
        if len(self._trusted) > _MAX_TRUSTED:
            self._trusted.popitem(last=False)

    def refuse_guesser(self, address: str, digest: bytes) -> None:
        """Before a key is looked at.

        Raises:
            RateLimitedError: Too many wrong ones came from this address.
        """
        if self._rate is None or (address, digest) in self._trusted:
            return
        if not self._limiter.test(self._rate, "wrong", address):
            raise RateLimitedError(self._retry_after_s("wrong", address))

    def _count(self, kind: str, caller: str) -> None:
        if self._rate is None:
            return
        if len(self._storage.storage) > _MAX_CALLERS:
            self._storage.reset()  # better to forgive everybody than to grow
        if not self._limiter.hit(self._rate, kind, caller):
            raise RateLimitedError(self._retry_after_s(kind, caller))

    def _retry_after_s(self, kind: str, caller: str) -> int:
        if self._rate is None:
            return 0
        reset = self._limiter.get_window_stats(self._rate, kind, caller).reset_time
        return max(1, math.ceil(reset - time.time()))


def address_of(client: tuple[str, int] | None) -> str:
    """Whom an address stands for: an IPv6 caller owns a whole /64."""
    host = client[0] if client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    mapped = address.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(address), 64), strict=False))
