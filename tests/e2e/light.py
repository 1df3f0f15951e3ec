"""A model's service without weights as a process of its own, to be killed; for tests beside it.

Its texts come back in capitals, by the name it was given.
"""

import asyncio
import json
import sys
from pathlib import Path

from typing_extensions import override

from load_tests.server import ServerProcess
from models.base.request_models import TranslationResponse
from tests.bentos.gateway.services import Exchange, Service


def translation(exchange: Exchange, model: str = "demo") -> bytes:
    """What a translation Bento answers."""
    asked = json.loads(exchange.request.body)
    response = TranslationResponse(
        translated_text=asked["text"].upper(),
        source_lang="eng_Latn",
        target_lang="eng_Latn",
        detected_source_lang=None,
        confidence=None,
        model_name=model,
        processing_time_ms=1,
        warnings=[],
        metadata={"segments": 1},
    )
    return response.model_dump_json().encode()


async def translate(exchange: Exchange) -> None:
    await exchange.reply(200, translation(exchange), "Content-Type: application/json")


class Light(ServerProcess):
    """May be killed, and started again where it was."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(log=folder / f"{name}.log")
        self.name = name

    @property
    @override
    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.e2e.light", str(self.port), self.name]

    @property
    @override
    def probe(self) -> str:
        return "/readyz"


async def serve(port: int, name: str) -> None:
    service = Service(translate, name=name)
    service.port = port
    async with service:
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
