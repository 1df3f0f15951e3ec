"""Who calls and what he may: keys, their scopes, and which path needs which; nothing of ASGI."""

import hashlib
import hmac
import logging
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from common.settings import ServiceSettings

TRANSLATE: Final = "translate"
MANAGE: Final = "manage"
_SCOPES: Final = frozenset({TRANSLATE, MANAGE})

_OPEN: Final = frozenset(
    {"/", "/livez", "/readyz", "/healthz", "/metrics", "/health", "/api/v1/health"}
    | {"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json", "/docs.json", "/favicon.ico"}
)
_OPEN_BELOW: Final = ("/page/", "/static_content/")
_MODELS: Final = "/api/v1/models"
_MANAGED: Final = (_MODELS, "/api/v1/backends", "/api/v1/gateway", "/api/v1/switch")
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_EXPORT: Final = f"{_MODELS}/export"
_ASKING: Final = frozenset(f"{_MODELS}/{name}" for name in ("recommend", "check", "plan"))
"""Changes nothing, although it is POST."""

_SHORT_KEY: Final = 16
_LABEL_DIGITS: Final = 12
_CHECK_EVERY_S: Final = 1.0
_KEY: Final = re.compile(r"[!-~]+")

Scopes = frozenset[str]

logger = logging.getLogger(__name__)


class InvalidKeysError(ValueError):
    """A list of keys that cannot be read; says which entry, never what it holds."""


def needed_scope(path: str, method: str) -> str | None:
    """None for what is open to everybody. A path nobody knows is not: what is new is closed."""
    if path in _OPEN or path.startswith(_OPEN_BELOW):
        return None
    if not any(path == managed or path.startswith(f"{managed}/") for managed in _MANAGED):
        return TRANSLATE
    if method in _READING:
        return MANAGE if path == _EXPORT else TRANSLATE
    return TRANSLATE if method == "POST" and path in _ASKING else MANAGE


def sent_key(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The key a request carries; `X-API-Key` comes before `Authorization: Bearer`."""
    bearer = None
    for name, value in headers:
        if name == b"x-api-key":
            return value.strip() or None
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            bearer = value[7:].strip() or None
    return bearer


def digest_of(key: bytes) -> bytes:
    """What is kept and compared in a key's place: of one length, and no secret by itself."""
    return hashlib.sha256(key).digest()


def label_of(key: bytes | None, address: str = "") -> str:
    """Who calls, for counts and logs: the beginning of the key's SHA-256, which is no secret.

    Pass None where no key is configured: one that nobody checks makes nobody another caller.
    """
    return digest_of(key).hex()[:_LABEL_DIGITS] if key else address


def parse(entries: Iterable[str]) -> dict[bytes, Scopes]:
    """Scopes by digest of each `KEY` or `KEY:SCOPE+SCOPE`; blank ones and `# comments` are none.

    Raises:
        InvalidKeysError: Some entry is neither.
    """
    keys: dict[bytes, Scopes] = {}
    short = 0
    for number, entry in enumerate(entries, start=1):
        if not (entry := entry.partition("#")[0].strip()):
            continue
        key, colon, names = entry.partition(":")
        scopes = frozenset(names.split("+")) if colon else frozenset({TRANSLATE})
        if not _KEY.fullmatch(key) or not scopes <= _SCOPES:
            message = f"entry {number} is not KEY or KEY:SCOPE+SCOPE with translate, manage"
            raise InvalidKeysError(message)
        short += len(key) < _SHORT_KEY
        digest = digest_of(key.encode())
        keys[digest] = keys.get(digest, frozenset()) | scopes
    if short:
        logger.warning("%d API keys have less than %d characters: guessable.", short, _SHORT_KEY)
    return keys


class Keyring:
    """The keys in force: those of the environment, and those of a file that may change meanwhile.

    A file that cannot be read leaves what was in force. Where keys were in force, or a file was
    named that never could be read, having none means that nobody gets in, not everybody.
    """

    def __init__(
        self, inline: str, file: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        try:
            self._inline = parse(inline.split(","))
        except InvalidKeysError as error:
            message = f"LINGUA_NEXUS_API_KEYS: {error}"
            raise InvalidKeysError(message) from None
        self.configured = bool(self._inline)
        """Whether a key is needed at all."""
        self._file = file
        self._of_file: dict[bytes, Scopes] = {}
        self._read_as: tuple[int, ...] | None = None
        self._complaint: str | None = None
        self._clock = clock
        self._check_at = clock()
        self.refresh()

    @classmethod
    def of(cls, settings: ServiceSettings) -> "Keyring":
        inline = settings.api_keys.get_secret_value() if settings.api_keys else ""
        return cls(inline, settings.api_keys_file)

    def announce(self) -> None:
        """Say once, when the service starts, who may do what."""
        if self.configured:
            count = len({**self._inline, **self._of_file})
            logger.info("API keys are needed; %d in force.", count)
        else:
            logger.warning("No API key is configured: translating is open, managing is closed.")

    def scopes_of(self, digest: bytes) -> Scopes | None:
        """None: not one of ours. Takes as long for every key, known or not."""
        found: Scopes | None = None
        for keys in (self._inline, self._of_file):
            for known, scopes in keys.items():
                if hmac.compare_digest(known, digest):
                    found = scopes | (found or frozenset())
        return found

    def refresh(self) -> None:
        """Read the file again if it has changed; looks at most once a second."""
        if self._file is None or self._clock() < self._check_at:
            return
        self._check_at = self._clock() + _CHECK_EVERY_S
        try:
            # Follows links: a mounted Kubernetes secret changes by swapping one.
            status = self._file.stat()
            seen = (status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev)
            if seen == self._read_as:
                return
            keys = parse(self._file.read_text("utf-8").splitlines())
        except (OSError, UnicodeDecodeError, InvalidKeysError) as error:
            self._keep(error)
        else:
            self._read_as = seen
            self._take(keys)

    def _take(self, keys: dict[bytes, Scopes]) -> None:
        self._of_file = keys
        self._complaint = None
        self.configured = self.configured or bool(keys)
        logger.info("The API keys file was read; %d keys.", len(keys))
        if self.configured and not (keys or self._inline):
            logger.warning("The API keys file holds no key any more: nobody is let in.")

    def _keep(self, error: OSError | UnicodeDecodeError | InvalidKeysError) -> None:
        if self._read_as is None:
            self.configured = True
        reason = _reason_of(error)
        if reason != self._complaint:  # once, not once a second
            self._complaint = reason
            logger.error("The API keys file is not usable, the keys before stay: %s.", reason)


def _reason_of(error: OSError | UnicodeDecodeError | InvalidKeysError) -> str:
    """Free of what the file holds, unlike the message of a decoding error."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
