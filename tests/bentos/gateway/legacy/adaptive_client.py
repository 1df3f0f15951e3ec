"""A gateway of nothing but the adaptive paths, in this process."""

import json
from typing import Any

import httpx2
from fastapi import FastAPI

from bentos.auth import Keyring
from bentos.contract import Models
from bentos.gateway.legacy.adaptive import adaptive_routes
from tests.bentos.gateway.legacy.adaptive_models import ENGLISH

KEY = "a-key-that-is-long-enough"
ASKED = {"text": ENGLISH, "source_lang": "eng_Latn", "target_lang": "fra_Latn", "api_key": KEY}
PATHS = ["/adaptive/translate", "/adaptive/translate/progressive"]


def client_of(models: Models, *, keys: str = "", **options: Any) -> httpx2.AsyncClient:
    app = FastAPI()
    app.router.routes.extend(adaptive_routes(models, keyring=Keyring(keys), **options))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://gateway")


def events_of(response: httpx2.Response) -> list[dict[str, Any]]:
    frames = response.text.split("\n\n")
    assert frames.pop() == ""
    assert all(frame.startswith("data: ") and "\n" not in frame for frame in frames)
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]
