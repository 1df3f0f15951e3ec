"""A small real app with the page and answers of the API's shapes; not the service itself."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp
from typing_extensions import override

from bentos.errors import response_of
from bentos.middleware import install
from bentos.page import page_routes
from common.settings import ServiceSettings
from models.base.exceptions import UnsupportedLanguageError
from models.base.request_models import TranslationRequest, TranslationResponse
from models.base.translation_model import TranslationWarning, WarningCode

LANGUAGES = [
    {"code": code, "iso639_1": short, "bcp47": short, "name": name, "native_name": own}
    for code, short, name, own in (
        ("eng_Latn", "en", "English", "English"),
        ("fra_Latn", "fr", "French", "Français"),
        ("arb_Arab", "ar", "Arabic", "العربية"),
    )
]


def page_app(settings: ServiceSettings, *, loading: bool = False) -> FastAPI:
    app = FastAPI()
    app.router.routes.extend(page_routes())

    @app.get("/health")
    async def health() -> JSONResponse:
        status = 503 if loading else 200
        return JSONResponse({"status": "loading" if loading else "ok"}, status_code=status)

    @app.get("/model")
    async def model() -> dict[str, object]:
        return {"name": "echo", "version": "1", "engine": "none", "demo": True}

    @app.get("/languages")
    async def languages() -> dict[str, object]:
        return {"languages": LANGUAGES}

    @app.post("/translate")
    async def translate(request: TranslationRequest) -> JSONResponse:
        if request.text == "klingon":
            return response_of(UnsupportedLanguageError("tlh"), "r-1")
        answer = TranslationResponse(
            translated_text=f"<{request.text}>",
            source_lang="eng_Latn",
            target_lang=request.target_lang,
            detected_source_lang="eng_Latn",
            confidence=0.97,
            model_name="echo",
            processing_time_ms=12.0,
            warnings=[TranslationWarning(code=WarningCode.SEGMENT_SPLIT, message="Split.")],
            metadata={"confidence": 0.666, "confidence_calibrated": True},
        )
        return JSONResponse(answer.model_dump(mode="json"))

    install(app, settings, "echo")
    return app


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def served(app: ASGIApp, **options: Any) -> AsyncIterator[str]:
    """The app's address on a free port of loopback."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, lifespan="off", **options
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            await server.ready.wait()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running
