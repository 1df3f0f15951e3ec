"""LibreTranslate's endpoints that tell of the server; they translate nothing."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from bentos.contract import Status
from bentos.dialects.bound import Bound
from bentos.dialects.libretranslate.languages import first_target, listed
from bentos.dialects.libretranslate.shapes import (
    ChosenLanguages,
    Failure,
    FrontendSettings,
    Health,
    LanguageTargets,
    NamedLanguage,
    errors,
)
from common.files import registry

router = APIRouter(tags=["service"])

_FRONTEND_TIMEOUT_MS: Final = 500
"""How long a page waits for further typing; the original's default."""
_UP: Final = frozenset({Status.READY, Status.COLD})


@router.get(
    "/languages",
    operation_id="list_languages",
    response_model=list[LanguageTargets],
    responses=errors(500),
)
async def list_languages(backing: Bound) -> Response:
    """Every language, and those that it is translated to."""
    return Response(listed(backing.models.states()), media_type="application/json")


@router.get("/frontend/settings", operation_id="get_frontend_settings", responses=errors(500))
async def get_frontend_settings(request: Request, backing: Bound) -> FrontendSettings:
    """Limits, kinds of files, and whether a key is needed."""
    formats = registry.formats()
    accepted = request.headers.get("accept-language", "")
    return FrontendSettings(
        apiKeys=backing.keyring.configured,
        charLimit=backing.settings.max_text_chars,
        filesTranslation=True,
        frontendTimeout=_FRONTEND_TIMEOUT_MS,
        keyRequired=backing.keyring.configured,
        language=ChosenLanguages(
            source=NamedLanguage(code="auto", name="Auto Detect"),
            target=first_target(backing.models.states(), accepted),
        ),
        suggestions=False,
        supportedFilesFormat=sorted({suffix for kind in formats for suffix in kind.suffixes}),
    )


@router.post(
    "/suggest",
    operation_id="suggest",
    status_code=HTTPStatus.FORBIDDEN,
    response_description="Forbidden",
    responses=errors(500),
)
async def suggest() -> Failure:
    """403: suggestions are not taken, as where the original has them switched off."""
    return Failure(error="Suggestions are disabled on this server.")


@router.get(
    "/health",
    operation_id="get_health",
    responses={503: {"model": Health, "description": "Not now."}, **errors(500)},
)
async def get_health(backing: Bound, response: Response) -> Health:
    """`ok`, or 503 while no model can be asked."""
    states = [state.status for state in backing.models.states()]
    if _UP.intersection(states):
        return Health(status="ok")
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Health(status=next(iter(states), Status.DOWN).value)


@router.get("/spec", operation_id="get_specification", responses=errors(500))
async def get_specification(request: Request) -> dict[str, Any]:
    """The API's description, as at `/openapi.json`."""
    root = request.scope.get("root_path", "")
    return {**request.app.openapi(), "servers": [{"url": root}]}
