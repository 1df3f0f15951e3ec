"""`/languages` as each of the predecessor's servers answered it; what is in it is elsewhere."""

from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from bentos.gateway.legacy.endpoint import Asked
from bentos.gateway.legacy.errors import Json, RefusedError
from bentos.gateway.legacy.languages import catalogue, codes_of, entry_of, iso_of, name_of
from bentos.gateway.legacy.models import AYA
from bentos.gateway.legacy.multimodel import find_model
from bentos.gateway.legacy.profiles import Profile
from bentos.gateway.legacy.translation import require_usable

_CONVERTED: Final = "Language codes automatically converted for Aya model compatibility"


async def main(asked: Asked) -> Response:
    """The object that all clients read."""
    return Json(catalogue(asked.states))


async def main_one(asked: Asked) -> Response:
    """By exactly the code that the list has."""
    code = asked.request.path_params["name"]
    if (entry := entry_of(code, asked.states)) is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"Language code '{code}' not found")
    return Json(entry)


async def multimodel(asked: Asked) -> Response:
    """A list by language, with the models that speak it."""
    require_usable(asked.states, Profile.MULTIMODEL)
    listed = [
        {
            "iso_code": iso_of(code),
            "name": name_of(code),
            "models_supporting": [s.name for s in asked.states if code in s.languages],
        }
        for code in codes_of(asked.states)
    ]
    return Json(sorted(listed, key=lambda one: str(one["iso_code"])))


async def multimodel_one(asked: Asked) -> Response:
    """A model's languages, or a language by its code; no model is named like one."""
    name = asked.request.path_params["name"]
    if (entry := entry_of(name, asked.states)) is not None:
        return Json(entry)
    asked.deprecated = True
    require_usable(asked.states, Profile.MULTIMODEL)
    state = find_model(asked, name)
    names = {iso_of(code): name_of(code) for code in state.languages}
    return Json({"model": name, "supported_languages": list(names), "language_names": names})


async def aya(asked: Asked) -> Response:
    """As `main`'s, but for what was about caching."""
    listed = catalogue(asked.states)
    del listed["cache_headers"]
    return Json({**listed, "supported_models": [AYA], "primary_model": AYA, "note": _CONVERTED})
