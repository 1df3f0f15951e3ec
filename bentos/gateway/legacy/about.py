"""What the predecessor's servers said of themselves and their models; languages are elsewhere."""

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import JsonValue
from starlette.responses import Response

from bentos.contract import ModelState
from bentos.gateway.legacy.endpoint import Asked
from bentos.gateway.legacy.errors import Json, RefusedError
from bentos.gateway.legacy.languages import iso_of
from bentos.gateway.legacy.models import AYA, device_of, memory_of, prefers, ready, usable
from bentos.gateway.legacy.profiles import Profile
from bentos.gateway.legacy.translation import require_usable

_INFO: Final[Mapping[str, JsonValue]] = {
    "version": "",
    "max_tokens": 0,
    "memory_requirements": "",
    "description": "",
}
_ROOT: Final = {
    "message": "Aya Translation API",
    "model": "aya-101",
    "format": "GGUF-optimized",
    "endpoints": {
        "translate": "/translate",
        "health": "/health",
        "models": "/models",
        "languages": "/languages",
    },
}


async def root(asked: Asked) -> Response:
    """The page for a browser, else a few words in JSON."""
    if asked.page and "text/html" in asked.request.headers.get("accept", ""):
        return await asked.page(asked.request)
    return Json(_ROOT, headers={"Vary": "Accept"})


async def main_health(asked: Asked) -> Response:
    """Healthy whatever is loaded, as it was: whether it is ready is told elsewhere."""
    up = ready(asked.states)
    return Json(
        {
            "status": "healthy",
            "model_loaded": bool(up),
            "device": device_of(_first(up)),
            "memory_usage": memory_of(up),
        }
    )


async def multimodel_health(asked: Asked) -> Response:
    """Starting while no model can answer."""
    up = ready(asked.states)
    if not any(map(usable, asked.states)):
        return Json({"status": "starting", "models_loaded": 0, "models_available": []})
    return Json(
        {
            "status": "healthy",
            "models_loaded": len(up),
            "models_available": [state.name for state in up],
            "device": device_of(_first(up)),
            "memory_usage": memory_of(up),
        }
    )


async def single_health(asked: Asked) -> Response:
    """Says what is known; asks no model."""
    state = _first(asked.states)
    healthy = state is not None and usable(state)
    return Json(
        {
            "status": "healthy" if healthy else "unhealthy",
            "model_name": state.name if state else "unknown",
            "model_info": _info_of(state) if state and state.details else None,
            "timestamp": time.time(),
            "details": _details_of(state, healthy=healthy),
        }
    )


async def aya_health(asked: Asked) -> Response:
    """200 either way: the body tells."""
    state = _aya(asked.states)
    healthy = state is not None and usable(state)
    said = {
        "status": "healthy" if healthy else "unhealthy",
        "model": AYA,
        "format": _format_of(state),
        "available": healthy,
    }
    if not healthy:
        said["error"] = (state.message if state else None) or "Model not loaded"
    return Json(said)


async def model_info(asked: Asked) -> Response:
    """The first model's description of itself."""
    state = _first(asked.states)
    if state is None or not usable(state):
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "Model not ready")
    return Json(_info_of(state))


async def multimodel_models(asked: Asked) -> Response:
    """Those that are loaded."""
    require_usable(asked.states, Profile.MULTIMODEL)
    return Json(
        [
            {
                "name": state.name,
                "type": state.name,
                "available": True,
                "supported_languages": [iso_of(code) for code in state.languages],
                "device": state.details.get("device"),
                "model_size": _size_of(state),
                "metadata": dict(state.details),
            }
            for state in ready(asked.states)
        ]
    )


async def aya_models(asked: Asked) -> Response:
    """An object, not `multimodel`'s list."""
    state = _aya(asked.states)
    return Json({"models": {AYA: _loaded(state)} if state else {}})


def _first(states: Sequence[ModelState]) -> ModelState | None:
    return states[0] if states else None


def _aya(states: Sequence[ModelState]) -> ModelState | None:
    return prefers(states, AYA) or _first(states)


def _details_of(state: ModelState | None, *, healthy: bool) -> str:
    if state is None:
        return "Server not initialized"
    return "Model ready" if healthy else "Model not responding"


def _info_of(state: ModelState) -> dict[str, Any]:
    given = {name: state.details.get(name, default) for name, default in _INFO.items()}
    languages = list(dict.fromkeys(iso_of(code) for code in state.languages))
    name = state.details.get("name", state.name)
    return {"name": name, "supported_languages": languages, **given}


def _format_of(state: ModelState | None) -> str:
    engine = str(state.details.get("engine") or "llama.cpp") if state else "llama.cpp"
    return "GGUF" if "llama" in engine else "transformers"


def _size_of(state: ModelState) -> str | None:
    size = memory_of([state])
    return None if size == "N/A" else size


def _loaded(state: ModelState) -> dict[str, Any]:
    """What was set by hand there and follows from the weights here is null."""
    details = state.details
    return {
        "name": state.name,
        "type": AYA,
        "model_path": details.get("weights"),
        "device": device_of(state),
        "max_length": details.get("max_tokens"),
        "temperature": None,
        "top_p": None,
        "available": usable(state),
        "model_size": _size_of(state),
        "format": _format_of(state),
        "gguf_filename": None,
        "n_ctx": None,
        "n_gpu_layers": None,
    }
