"""What a load test asks beforehand: is it a gateway, whose models, and are they warm."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence

from load_tests.server import ServerError

API = "/api/v1"
"""Where a gateway offers what a model's service offers at its root."""

_COLD_START_S = 600
_ASKED = {"text": "Good morning.", "source_lang": "en", "target_lang": "fr"}


def models_of(url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the models behind a gateway; of another service there are none."""
    request = urllib.request.Request(f"{url}{API}/backends", headers=dict(headers))  # noqa: S310  # http, the user's
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # http, the user's
            said = json.load(answer)
    except urllib.error.HTTPError as error:
        error.close()
        return ()
    return tuple(backend["name"] for backend in said["backends"])


def warm(url: str, models: Sequence[str], headers: Mapping[str, str]) -> None:
    """Has each translate once, however long it takes to start it: what is measured is the load.

    Raises:
        ServerError: One did not; the message has its answer.
    """
    for model in models:
        body = json.dumps({**_ASKED, "model": model}).encode()
        request = urllib.request.Request(f"{url}{API}/translate", body, dict(headers))  # noqa: S310  # http, the user's
        try:
            with urllib.request.urlopen(request, timeout=_COLD_START_S) as answer:  # noqa: S310  # http, the user's
                answer.read()
        except urllib.error.HTTPError as error:
            with error:
                said = error.read().decode(errors="replace")
            raise ServerError(f"{model} was answered with {error.code}: {said}") from error
