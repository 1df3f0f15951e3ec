"""The paths of each of the predecessor's servers, as tables; what they do is with the handlers."""

from collections.abc import Iterator, Sequence
from typing import Final

from bentos.auth import MANAGE
from bentos.gateway.legacy import about, listing, multimodel, translate
from bentos.gateway.legacy.endpoint import Endpoint, Handler
from bentos.gateway.legacy.profiles import Profile, order_of
from bentos.gateway.legacy.reading import Reader, mapping_reader, reader_of
from bentos.gateway.legacy.shapes import (
    AyaRequest,
    DetectRequest,
    LegacyRequest,
    MainRequest,
    MultimodelRequest,
    SingleRequest,
)


def _get(server: Profile, path: str, handler: Handler, limit: str | None = None) -> Endpoint:
    return Endpoint(server=server, method="GET", path=path, handler=handler, limit=limit)


def _post(
    server: Profile, path: str, handler: Handler, reader: Reader, limit: str | None = None
) -> Endpoint:
    return Endpoint(
        server=server, method="POST", path=path, handler=handler, reader=reader, limit=limit
    )


def _open(server: Profile, path: str, handler: Handler) -> Endpoint:
    return Endpoint(server=server, method="GET", path=path, handler=handler, scope=None)


def _spanning(
    method: str,
    path: str,
    handler: Handler,
    *,
    reader: Reader | None = None,
    limit: str | None = None,
    scope: str = "translate",
) -> Endpoint:
    """A path that spans several models: it will go."""
    return Endpoint(
        server=Profile.MULTIMODEL,
        method=method,
        path=path,
        handler=handler,
        reader=reader,
        limit=limit,
        scope=scope,
        deprecated=True,
    )


_A, _B, _C, _D = Profile
_ONE: Final = reader_of(MultimodelRequest)
_MANY: Final = reader_of(list[MultimodelRequest])
_OLD: Final = mapping_reader(LegacyRequest)

ENDPOINTS: Final[Sequence[Endpoint]] = (
    _open(_A, "/health", about.main_health),
    _get(_A, "/languages", listing.main, "30/minute"),
    _get(_A, "/languages/{name}", listing.main_one, "60/minute"),
    _post(_A, "/translate", translate.main, reader_of(MainRequest), "10/minute"),
    _open(_B, "/health", about.multimodel_health),
    _spanning("GET", "/models", about.multimodel_models),
    _spanning("POST", "/models/{name}/load", multimodel.load, scope=MANAGE),
    _spanning("DELETE", "/models/{name}", multimodel.unload, scope=MANAGE),
    _get(_B, "/languages", listing.multimodel, "30/minute"),
    _get(_B, "/languages/{name}", listing.multimodel_one, "60/minute"),
    _post(_B, "/translate", multimodel.translate_one, _ONE, "10/minute"),
    _spanning(
        "POST", "/translate/batch", multimodel.translate_batch, reader=_MANY, limit="5/minute"
    ),
    _spanning(
        "POST", "/translate/legacy", multimodel.translate_legacy, reader=_OLD, limit="10/minute"
    ),
    _open(_C, "/health", about.single_health),
    _get(_C, "/model/info", about.model_info, "30/minute"),
    _post(_C, "/translate", translate.single, reader_of(SingleRequest), "10/minute"),
    _post(_C, "/detect", translate.detect, reader_of(DetectRequest), "20/minute"),
    _open(_D, "/", about.root),
    _open(_D, "/health", about.aya_health),
    _get(_D, "/models", about.aya_models),
    _get(_D, "/languages", listing.aya),
    _post(_D, "/translate", translate.aya, reader_of(AyaRequest)),
)


def endpoints_of(profile: Profile) -> Iterator[Endpoint]:
    """Of each method and path the profile's own, else that of the next server that has it."""
    taken: set[tuple[str, str]] = set()
    for server in order_of(profile):
        for endpoint in ENDPOINTS:
            key = (endpoint.method, endpoint.path)
            if endpoint.server is server and key not in taken:
                taken.add(key)
                yield endpoint
