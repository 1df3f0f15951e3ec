import math

import pytest

from bentos.dialects.ollama.keeping import Keeping, seconds_of
from bentos.errors import InvalidRequestError
from tests.bentos.dialects.places import at


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (0, 0.0),
        (90, 90.0),
        (1.5, 1.5),
        (-1, None),
        ("0", 0.0),
        ("-1", None),
        ("300", 300.0),
        (" 10 ", 10.0),
        ("0s", 0.0),
        ("10m", 600.0),
        ("1h30m", 5400.0),
        ("1.5h", 5400.0),
        ("250ms", 0.25),
        ("-1m", None),
        (1e30, 31_536_000.0),
    ],
)
def test_a_time_is_read_as_there(written: str | float, seconds: float | None) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "soon", "10x", "\u0661s", "1h30", "m", "1 m", "1" * 100, math.nan, math.inf]
)
def test_what_is_no_time_is_refused(written: str | float) -> None:
    with pytest.raises(InvalidRequestError):
        seconds_of(written)


async def test_only_a_gateway_keeps_models() -> None:
    async with at("bento") as bento, at("gateway") as gateway:
        assert not isinstance(bento.backing.models, Keeping)
        assert isinstance(gateway.backing.models, Keeping)
