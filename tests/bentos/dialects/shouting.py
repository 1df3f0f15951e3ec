"""A dialect that nobody has, to hang where dialects hang."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from typing_extensions import override

from bentos.auth import MANAGE, TRANSLATE
from bentos.backing import Backing
from bentos.dialects.dialect import Dialect
from models.base.exceptions import LinguaNexusError
from models.base.request_models import TranslationRequest

router = APIRouter()


class Shout(BaseModel):
    """A text, and perhaps a key."""

    words: str
    key: str | None = None


@router.post("/v9/shout")
async def shout(body: Shout, request: Request) -> dict[str, str]:
    """Loud words."""
    backing: Backing = request.app.state.backing
    call = backing.call_of(request)
    asked = TranslationRequest(text=body.words, source_lang="en", target_lang="fr")
    answer = await backing.models.translate(asked, call)
    return {"shouted": answer.response.translated_text, "by": call.caller}


@router.get("/v9/break")
async def break_down() -> None:
    """Nothing."""
    message = "of no concern to callers"
    raise RuntimeError(message)


@router.delete("/v9/shout")
async def hush() -> dict[str, str]:
    """No words."""
    return {"shouted": ""}


class Shouting(Dialect):
    """With its key in a header, in the query or in the body."""

    name = "Shouting"
    bases = ("/shouting", "")
    starts = ("/v9",)
    router = router
    has_body_key = True

    @override
    async def body_key(self, request: Request) -> bytes | None:
        key = (await request.json()).get("key") if request.method == "POST" else None
        return key.encode() if isinstance(key, str) else None

    @override
    def scope_of(self, path: str, method: str) -> str | None:
        if path == "/v9/break":
            return None
        return MANAGE if method == "DELETE" else TRANSLATE

    @override
    def body_of(self, error: LinguaNexusError, request_id: str | None) -> Mapping[str, Any]:
        return {"oops": error.code, "id": request_id}
