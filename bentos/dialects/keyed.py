"""What APIs have in common whose keys may stand in a field, of the query or of the body."""

from typing import ClassVar
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.types import Scope
from typing_extensions import override

from bentos.dialects.dialect import Dialect
from bentos.dialects.fields import fields_of


class KeyedDialect(Dialect):
    """Nothing of how else a key may be sent."""

    key_field: ClassVar[str]
    has_body_key = True

    def query_key(self, scope: Scope) -> bytes | None:
        """The key in the query; None: there is none, or it is empty."""
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        return query.get(self.key_field, [""])[0].encode() or None

    @override
    async def body_key(self, request: Request) -> bytes | None:
        key = (await fields_of(request)).text(self.key_field)
        return key.encode() if key else None
