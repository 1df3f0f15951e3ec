"""Asks a Bento whether it is ready, and for its first translation; starts none."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import aiohttp

_PROBE: Final = aiohttp.ClientTimeout(total=2)
_NO_LIMIT: Final = aiohttp.ClientTimeout(total=None)
_SPOKEN: Final = "eng_Latn"
_TEXT: Final = "Where is the train station?"
_TOKENS: Final = 4
"""Enough to see that it writes."""
_PAIR: Final = 2


class WarmUpError(Exception):
    """The first translation failed; the message goes on after the model's name."""


class Prober:
    """Asks one Bento; `async with` holds its connections."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        self._session = aiohttp.ClientSession(base_url, headers=headers, timeout=_PROBE)

    async def __aenter__(self) -> "Prober":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()

    async def is_ready(self) -> bool:
        try:
            async with self._session.get("/readyz") as answer:
                return answer.status == HTTPStatus.OK
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def warm_up(self) -> None:
        """Translate once, from English where it speaks that; takes as long as it takes.

        Raises:
            WarmUpError: It did not answer, or not with a translation.
        """
        try:
            source, target = _pair((await self._json("/languages"))["languages"])
            pair = {"source_lang": source, "target_lang": target}
            options = {"max_output_tokens": _TOKENS}
            await self._json("/translate", {"text": _TEXT, **pair, "options": options})
        except (aiohttp.ClientError, TimeoutError) as error:
            kind = type(error).__name__
            raise WarmUpError(f"did not answer its first translation ({kind})") from error
        except (KeyError, TypeError, ValueError) as error:
            raise WarmUpError("answers in a form that is not a translation Bento's") from error

    async def _json(self, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        method = "GET" if body is None else "POST"
        asked = self._session.request(method, path, json=body, timeout=_NO_LIMIT)
        async with asked as answer:
            if answer.status != HTTPStatus.OK:
                raise WarmUpError(f"answered {answer.status} to {method} {path}")
            return await answer.json()


def _pair(languages: list[dict[str, str]]) -> tuple[str, str]:
    codes = sorted((each["code"] for each in languages), key=lambda code: code != _SPOKEN)
    if len(codes) < _PAIR:
        raise WarmUpError("speaks fewer than two languages")
    return codes[0], codes[1]
