"""The gateway as it is really served, and how it is asked; not what it must answer."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from load_tests.server import Server, free_port
from tests.bentos.gateway.services import Answer, Service
from tests.e2e.found import service_of
from tests.e2e.light import translate

SECONDS = 30
KEY, OPERATOR = "translator-of-twenty-chars", "operator-of-twenty-chars"
KEYS = {"LINGUA_NEXUS_API_KEYS": f"{KEY},{OPERATOR}:translate+manage"}
# What the light services say they speak.
ASKED = {"text": "good", "source_lang": "en", "target_lang": "en"}


class Gateway(Server):
    """Configured by a file in its folder, which may be written again."""

    def __init__(self, folder: Path, content: str, env: Mapping[str, str] | None = None) -> None:
        self.file = folder / "gateway.toml"
        self.configure(content)
        env = {"LINGUA_NEXUS_GATEWAY_FILE": str(self.file), **(env or {})}
        super().__init__(
            service_of("gateway"), log=folder / "gateway.log", env=env, home=folder / "home"
        )

    def wait(self) -> int:
        """For its end, and how it ended."""
        return self._process.wait(SECONDS)

    def configure(self, content: str) -> None:
        """As the guide says: nobody reads half a file."""
        new = self.file.with_suffix(".new")
        new.write_text(content)
        new.replace(self.file)


class Places:
    """Ports for services that are not there yet, by the names of their backends."""

    def __init__(self, *names: str) -> None:
        self.ports = {name: free_port() for name in names}

    def toml(self, name: str, **keys: object) -> str:
        lines = [f"[backends.{name}]", f'urls = ["http://127.0.0.1:{self.ports[name]}"]']
        return "\n".join([*lines, *(f"{key} = {value}" for key, value in keys.items()), "", ""])

    @contextlib.asynccontextmanager
    async def service(
        self, client: "Client", name: str, answer: Answer = translate, version: str = "1"
    ) -> AsyncIterator[Service]:
        """One at its place, ready as the gateway sees it."""
        service = Service(answer, name=name)
        service.model = json.dumps({"name": name, "version": version}).encode()
        service.port = self.ports[name]
        async with service:
            await client.until(name, "ready")
            yield service


@dataclass(frozen=True)
class Said:
    """A whole answer, read as JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str:
        """Of the one error body, which it has to be."""
        assert set(self.body) == {"error"}, self.body
        code: str = self.body["error"]["code"]
        return code


class Client:
    """Many requests at once to one gateway."""

    def __init__(self, gateway: Server, session: aiohttp.ClientSession) -> None:
        self.url, self.port = gateway.url, gateway.port
        self.session = session

    async def ask(
        self, path: str, body: Any = None, method: str | None = None, **headers: str
    ) -> Said:
        chosen = method or ("GET" if body is None else "POST")
        async with self.session.request(
            chosen, f"{self.url}{path}", json=body, headers=headers
        ) as answer:
            return Said(answer.status, answer.headers, await answer.json())

    async def translate(self, model: str | None = None, **changes: object) -> Said:
        named = {} if model is None else {"model": model}
        return await self.ask("/api/v1/translate", {**ASKED, **named, **changes})

    async def status_of(self, backend: str) -> str:
        status: str = (await self.ask(f"/api/v1/backends/{backend}")).body["status"]
        return status

    async def until(self, backend: str, status: str) -> float:
        """The seconds until the gateway says so of a backend."""
        began = time.monotonic()
        async with asyncio.timeout(SECONDS):
            while await self.status_of(backend) != status:  # noqa: ASYNC110 - in a process
                await asyncio.sleep(0.02)
        return time.monotonic() - began


@contextlib.asynccontextmanager
async def client_of(gateway: Server, key: str = "") -> AsyncIterator[Client]:
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    headers = {"X-API-Key": key} if key else {}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        timeout=timeout, connector=connector, headers=headers
    ) as session:
        yield Client(gateway, session)


class Load:
    """Callers who ask one after the other, for as long as the block runs."""

    def __init__(self, client: Client, callers: int, model: str | None = None) -> None:
        self.said: list[Said] = []
        self._client = client
        self._callers = callers
        self._model = model
        self._came = asyncio.Event()
        self._stopped = False
        self._tasks: Sequence[asyncio.Task[None]] = ()

    async def __aenter__(self) -> "Load":
        self._tasks = [asyncio.create_task(self._call()) for _ in range(self._callers)]
        await self.more()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        await asyncio.gather(*self._tasks)

    async def more(self, answers: int | None = None) -> None:
        """Goes on until so many more came in, each caller's twice by default."""
        wanted = len(self.said) + (answers or 2 * self._callers)
        async with asyncio.timeout(SECONDS):
            while len(self.said) < wanted:
                self._came.clear()
                await self._came.wait()

    async def _call(self) -> None:
        while not self._stopped:
            self.said.append(await self._client.translate(self._model))
            self._came.set()
