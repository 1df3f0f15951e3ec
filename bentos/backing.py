"""What stands behind the fronts of a service, one model's or a gateway's; no HTTP of its own."""

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.types import Scope

from bentos.auth import Keyring, label_of, sent_key
from bentos.chat import Chats
from bentos.contract import Call, Models
from bentos.files.jobs import FileJobs
from bentos.glossaries.store import GlossaryStore
from bentos.management.manager import Manager
from bentos.throttle import address_of
from bentos.usage import Usage
from common.settings import ServiceSettings

KEY = "lingua_nexus_key"
"""Where the scope's state has the key that a caller was let in with, in bytes."""

_SECRET = frozenset({"authorization", "cookie", "x-api-key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """Made when the service starts."""

    label: str
    """The service, in metrics."""
    models: Models
    chats: Chats
    manager: Manager
    settings: ServiceSettings
    keyring: Keyring
    files: FileJobs
    glossaries: GlossaryStore
    usage: Usage = field(default_factory=Usage)

    def call_of(self, request: Request, model: str | None = None) -> Call:
        """Who asks, and for which model."""
        return call_of(request, self.keyring, model)

    def owner_of(self, request: Request) -> str:
        """Whose what is left here is: a key's label; nobody's where no key is in force."""
        return caller_of(request.scope, self.keyring) if self.keyring.configured else ""


def call_of(request: Request, keyring: Keyring, model: str | None = None) -> Call:
    """Who asks: a key by its label where keys are in force, else an address."""
    scope = request.scope
    return Call(
        model=model,
        request_id=scope.get("state", {}).get("request_id"),
        caller=caller_of(scope, keyring),
        headers={name: value for name, value in request.headers.items() if name not in _SECRET},
    )


def caller_of(scope: Scope, keyring: Keyring) -> str:
    """The caller's label; a key that nobody checks makes nobody another caller."""
    key = None
    if keyring.configured:
        key = scope.get("state", {}).get(KEY) or sent_key(scope["headers"])
    return label_of(key, address_of(scope.get("client")))
