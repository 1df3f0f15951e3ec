"""Where DeepL's API is, who may call it, and how its errors look; answers nothing."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.types import Scope
from typing_extensions import override

from bentos.auth import sent_key
from bentos.dialects.deepl import (
    documents,
    glossaries,
    multilingual,
    refusals,
    service,
    texts,
)
from bentos.dialects.dialect import Dialect
from models.base.exceptions import LinguaNexusError

_SCHEME: Final = b"deepl-auth-key "

_router = APIRouter(strict_content_type=False)
for _part in (texts, documents, glossaries, multilingual, service):
    _router.routes.extend(_part.router.routes)


class DeepL(Dialect):
    """Also at the root: the client drops what a server's URL has behind its last slash."""

    name = "DeepL"
    bases = ("/deepl", "")
    starts = ("/v2", "/v3")
    router = _router

    @override
    def key_of(self, scope: Scope) -> bytes | None:
        for name, value in scope["headers"]:
            if name == b"authorization" and value[: len(_SCHEME)].lower() == _SCHEME:
                return bytes(value[len(_SCHEME) :].strip()) or None
        return sent_key(scope["headers"])

    @override
    def status_of(self, error: LinguaNexusError) -> int:
        return refusals.status_of(error)

    @override
    def body_of(self, error: LinguaNexusError, request_id: str | None) -> Mapping[str, Any]:
        return refusals.body_of(error)
