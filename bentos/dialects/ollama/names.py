"""Models as Ollama names and describes them, and ours by such a name; loads none."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue

from bentos.backing import Backing
from bentos.contract import ModelState
from bentos.dialects.conversing import STARTED
from bentos.dialects.ollama.responses import Details, ModelFile, RunningModel, TaggedModel
from bentos.management.errors import UnknownModelError

_LATEST: Final = ":latest"
_FORMATS: Final = {"llama.cpp": "gguf"}
_FOR_GOOD: Final = "2318-01-01T00:00:00Z"
"""As Ollama says of what is never unloaded."""
_MODIFIED: Final = datetime.fromtimestamp(STARTED, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(name: str) -> str:
    """Without the tag that goes without saying."""
    return name.removesuffix(_LATEST)


def written(name: str) -> str:
    """With a tag, as Ollama lists its models."""
    return name if ":" in name else f"{name}{_LATEST}"


def in_catalogue(name: str) -> Iterator[str]:
    """What a model may be called in the catalogue: Ollama's `aya:8b` is `aya-8b` there."""
    yield from dict.fromkeys((plain(name), plain(name).replace(":", "-")))


def state_of(backing: Backing, name: str) -> ModelState:
    """The model of that name.

    Raises:
        UnknownModelError: There is none.
    """
    states = backing.models.states()
    found = next((one for one in states if one.name in {name, plain(name)}), None)
    if found is None:
        raise UnknownModelError(name)
    return found


def tagged(state: ModelState) -> TaggedModel:
    """As a list has it."""
    return TaggedModel(
        name=written(state.name),
        model=written(state.name),
        modified_at=_MODIFIED,
        size=_memory(state),
        digest=_digest(state),
        details=_details(state.details),
    )


def running(state: ModelState) -> RunningModel:
    """As the list of those in memory has it."""
    on_gpu = state.details.get("device") == "gpu"
    return RunningModel(
        **tagged(state).model_dump(),
        expires_at=_FOR_GOOD,
        size_vram=_memory(state) if on_gpu else 0,
    )


def described(state: ModelState) -> ModelFile:
    """In full."""
    details = state.details
    chats = details.get("chat") is True
    return ModelFile(
        license=_text(details, "license"),
        modelfile="",
        parameters="",
        template="",
        details=_details(details),
        model_info={
            "general.architecture": _text(details, "name"),
            "general.name": _text(details, "name"),
            "general.description": _text(details, "description"),
            "general.languages": list(state.languages),
        },
        capabilities=["completion", "translation"] if chats else ["translation"],
        modified_at=_MODIFIED,
    )


def _details(details: Mapping[str, JsonValue]) -> Details:
    engine, family = _text(details, "engine"), _text(details, "name")
    return Details(
        format=_FORMATS.get(engine, engine),
        family=family,
        families=[family],
        quantization_level=_text(details, "quantization"),
    )


def _memory(state: ModelState) -> int:
    found = state.details.get("memory_bytes")
    return found if isinstance(found, int) else 0


def _digest(state: ModelState) -> str:
    """Changes with what is served."""
    names = ("name", "version", "engine", "quantization", "weights", "weights_revision")
    said = "\n".join(_text(state.details, name) for name in names)
    return hashlib.sha256(f"{state.name}\n{said}".encode()).hexdigest()


def _text(details: Mapping[str, JsonValue], name: str) -> str:
    found = details.get(name)
    return found if isinstance(found, str) else ""
