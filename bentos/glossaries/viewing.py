"""Who looks at stored glossaries, by the key of his request; reads none."""

from starlette.requests import Request

from bentos.auth import MANAGE, digest_of, sent_key
from bentos.backing import KEY, Backing
from bentos.glossaries.glossary import Viewer


def viewer_of(request: Request, backing: Backing) -> Viewer:
    """Nobody in particular where no key is in force; a key that may manage sees everybody's."""
    if not backing.keyring.configured:
        return Viewer("")
    key = request.scope.get("state", {}).get(KEY) or sent_key(request.scope["headers"])
    scopes = backing.keyring.scopes_of(digest_of(key)) if key else None
    return Viewer(backing.owner_of(request), is_manager=MANAGE in (scopes or ()))
