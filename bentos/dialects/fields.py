"""What a request says in its query, as JSON or as a form, read alike; not what any of it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import parse_qs

from pydantic_core import from_json
from starlette.requests import Request

from bentos.errors import InvalidRequestError

_STATE: Final = "lingua_nexus_fields"
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
_MAX_FIELDS: Final = 1000
_MAX_FILES: Final = 1


@dataclass(frozen=True, slots=True)
class Fields:
    """By name; those of the body stand before those of the query."""

    values: Mapping[str, list[object]]
    """A list in JSON is its items, as is a name that a form or a query repeats."""
    lists: frozenset[str] = frozenset()
    """Names of those that were lists in JSON, of however many items."""
    is_json: bool = False

    def get(self, name: str) -> object:
        """The first of its values; None: there is none."""
        return next(iter(self.values.get(name, ())), None)

    def every(self, name: str) -> list[object]:
        """All of its values."""
        return list(self.values.get(name, ()))

    def text(self, name: str) -> str | None:
        """The first of its values, where that is a text with anything in it.

        Raises:
            InvalidRequestError: It is something else.
        """
        value = self.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or name in self.lists:
            raise InvalidRequestError(f"{name} must be a string.")
        return value


async def fields_of(request: Request) -> Fields:
    """All of them, read once however often they are asked for.

    Raises:
        InvalidRequestError: The body is not what its type says.
    """
    state = request.scope.setdefault("state", {})
    if _STATE not in state:
        body = await _body_of(request)
        query = _repeated(request.scope["query_string"])
        state[_STATE] = Fields({**query, **body.values}, body.lists, body.is_json)
    return cast("Fields", state[_STATE])


async def _body_of(request: Request) -> Fields:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _MULTIPART:
        return Fields(await _multipart(request))
    if kind == _FORM:
        return Fields(_repeated(await request.body()))
    if not kind or kind == "application/json" or kind.endswith("+json"):
        body = await request.body()
        return _json(body) if body.strip() else Fields({}, is_json=True)
    return Fields({})


def _json(body: bytes) -> Fields:
    try:
        found = from_json(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidRequestError("Invalid JSON format")
    values = {
        name: value if isinstance(value, list) else [value]
        for name, value in found.items()
        if value is not None
    }
    lists = frozenset(name for name, value in found.items() if isinstance(value, list))
    return Fields(values, lists, is_json=True)


def _repeated(encoded: bytes) -> dict[str, list[object]]:
    """Of a query or a form: UTF-8 as such is understood there too, as `curl -d` sends it."""
    try:
        text = encoded.decode("utf-8")
        found = parse_qs(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:  # of decoding, too
        message = f"Query and form must be UTF-8, of at most {_MAX_FIELDS} fields."
        raise InvalidRequestError(message) from None
    return {name: list(values) for name, values in found.items()}


async def _multipart(request: Request) -> dict[str, list[object]]:
    """Whoever serves the request closes it, and the form's file with it."""
    most = request.app.state.backing.settings.max_body_bytes
    form = await request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS, max_part_size=most)
    return {name: list(form.getlist(name)) for name in form}
