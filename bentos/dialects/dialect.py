"""What is common to all APIs of others: where they are, who may call, how errors look.

Nothing of what any of them answers.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from bentos import errors
from bentos.auth import TRANSLATE, sent_key
from models.base.exceptions import LinguaNexusError

ADMIT: Final = "lingua_nexus_admit"
"""Where the scope's state has what lets a caller in by a key that his request's body holds."""

Admit = Callable[[bytes | None], None]
"""Raises what is wrong with a key."""


class Dialect(ABC):
    """One API: its routes, below every one of `bases`, in paths that begin with one of `starts`."""

    name: ClassVar[str]
    bases: ClassVar[tuple[str, ...]]
    """What its paths stand below; "" is the service's root."""
    starts: ClassVar[tuple[str, ...]] = ("",)
    """What the paths of its router begin with, so that others can stand beside it."""
    router: APIRouter
    has_body_key: ClassVar[bool] = False
    """Whether the key may stand in the body."""

    def base_of(self, path: str) -> str | None:
        """The base of a path of its own; None: it is not."""
        for base in self.bases:
            for start in self.starts:
                whole = base + start
                if path == whole or path.startswith(f"{whole}/"):
                    return base
        return None

    def scope_of(self, path: str, method: str) -> str | None:
        """What a key must be good for; `path` is below the base. None: everybody may."""
        del path, method
        return TRANSLATE

    def key_of(self, scope: Scope) -> bytes | None:
        """The key that came with a request, but in its body."""
        return sent_key(scope["headers"])

    async def body_key(self, request: Request) -> bytes | None:
        """The key that its body holds, where that is one that may."""
        del request
        return None

    def status_of(self, error: LinguaNexusError) -> int:
        """The status that its clients understand."""
        return errors.status_of(error)

    @abstractmethod
    def body_of(self, error: LinguaNexusError, request_id: str | None) -> Mapping[str, Any]:
        """An error, as its clients read it."""

    def response_of(self, error: BaseException, request_id: str | None = None) -> Response:
        """The whole answer to a request that failed."""
        ours = error if isinstance(error, LinguaNexusError) else errors.InternalError()
        headers = errors.headers_of(ours)
        return JSONResponse(self.body_of(ours, request_id), self.status_of(ours), headers)


def path_of(scope: Scope) -> str:
    """The path as the router sees it."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path
