"""A gateway of one profile in this process, and one row of its server's contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
from starlette.types import ASGIApp
from typing_extensions import override

from bentos.auth import Keyring
from bentos.contract import Models
from bentos.gateway.legacy.app import LegacyApp, create
from bentos.gateway.legacy.profiles import Profile
from tests.bentos.gateway.fakes import Echo

KEY = "a-key-that-is-long-enough"
READER = "another-key-without-managing"
KEYS = f"{KEY}:translate+manage,{READER}"
SPOKEN = (
    *("eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn", "rus_Cyrl", "zho_Hans", "nob_Latn"),
    *("ell_Grek", "ind_Latn", "zsm_Latn", "srp_Cyrl", "slk_Latn", "lit_Latn", "lvs_Latn"),
    "est_Latn",
)


def legacy(profile: str, models: Models | None = None, keys: str = KEYS, **more: Any) -> LegacyApp:
    more = {"limits_on": False, **more}
    return create(
        Profile(profile),
        models or Echo("nllb", "aya", languages=SPOKEN),
        keyring=Keyring(keys),
        **more,
    )


def client_of(app: ASGIApp, key: str | None = KEY, address: str = "10.0.0.1") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
    headers = {"X-API-Key": key} if key else {}
    return httpx2.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)


@dataclass(frozen=True)
class Row:
    """What is sent, and what of the answer must be so; `...` stands for any value."""

    send: str
    """`METHOD /path`"""
    status: int
    body: Any = ...
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str | None = KEY

    @override
    def __str__(self) -> str:
        return f"{self.send} {self.json if self.json is not None else ''} -> {self.status}"[:90]


async def check(app: LegacyApp, row: Row) -> httpx2.Response:
    method, _, path = row.send.partition(" ")
    sent = {} if row.json is None else {"json": row.json}
    async with client_of(app, row.key) as client:
        response = await client.request(method, path, headers=dict(row.headers), **sent)
    assert response.status_code == row.status, response.text
    if row.body is not ...:
        assert_like(response.json(), row.body)
    return response


def assert_like(found: Any, wanted: Any, where: str = "body") -> None:
    """Objects may have further members; lists and values must be equal; `...` is anything."""
    if wanted is ...:
        return
    if isinstance(wanted, type):
        assert type(found) is wanted, f"{where}: {found!r}"
    elif isinstance(wanted, Mapping):
        assert isinstance(found, dict), f"{where}: {found!r}"
        for name, value in wanted.items():
            assert name in found, f"{where} has no {name}: {found}"
            assert_like(found[name], value, f"{where}.{name}")
    elif isinstance(wanted, Sequence) and not isinstance(wanted, str):
        assert len(found) == len(wanted), f"{where}: {found!r}"
        for i, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert_like(one, other, f"{where}[{i}]")
    else:
        assert found == wanted, where
