"""One request to the hub, and what its failures mean; keeps nothing of what arrives."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2  # half a second with huggingface_hub, of no use while serving

_PARTIAL_CONTENT = 206
_RANGE_NOT_SATISFIABLE = 416
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500


class DownloadError(Exception):
    """The files are not there; the message is one line and says what can be done."""


class DownloadInterruptedError(DownloadError):
    """The connection broke too often; the same download goes on from what is there."""


class InterruptedTransferError(Exception):
    """The connection broke; what arrived is kept."""


class WrongSizeError(Exception):
    """The content is longer or shorter than the hub says; what arrived is of no use."""


@contextmanager
def stream(url: str, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """The content from `start` on, or from the first byte where the server ignores ranges."""
    import httpx2  # noqa: PLC0415 - comes with huggingface_hub
    from huggingface_hub.constants import HF_HUB_DOWNLOAD_TIMEOUT  # noqa: PLC0415
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # noqa: PLC0415 - it has no __all__
        build_hf_headers,
        hf_raise_for_status,
    )

    # Unpacked content would have another size than the one that ranges count in.
    headers = {**build_hf_headers(), "accept-encoding": "identity"}
    if start:
        headers["range"] = f"bytes={start}-"
    request = session().stream(
        "GET", url, headers=headers, timeout=HF_HUB_DOWNLOAD_TIMEOUT, follow_redirects=True
    )
    try:
        with request as response:
            _retry_on_trouble(response.status_code)
            if start and response.status_code == _RANGE_NOT_SATISFIABLE:
                raise WrongSizeError(f"at most {start} bytes")
            hf_raise_for_status(response)
            content_range = response.headers.get("content-range", "")
            continues = _continues(response.status_code, content_range, start)
            yield (start if continues else 0), response.iter_bytes()
    except (httpx2.RequestError, httpx2.StreamError) as error:
        raise InterruptedTransferError(type(error).__name__) from error


def session() -> "httpx2.Client":
    """huggingface_hub's, which leaves the token behind on the way to another host."""
    from huggingface_hub import get_session  # noqa: PLC0415

    client = get_session()
    hooks = client.event_hooks
    if refuse_downgrade not in hooks["response"]:
        client.event_hooks = {**hooks, "response": [*hooks["response"], refuse_downgrade]}
    return client


def refuse_downgrade(response: "httpx2.Response") -> None:
    """Raises `DownloadError` where an encrypted request is sent on to where none is."""
    asked = response.request.url
    if response.has_redirect_location and asked.scheme == "https":
        target = asked.join(response.headers["location"])
        if target.scheme != "https":
            raise DownloadError(f"{asked.host} redirects to {target.host} unencrypted; refused.")


def _retry_on_trouble(status: int) -> None:
    """A server that is busy or broken may be well again in a moment."""
    if status == _TOO_MANY_REQUESTS or status >= _SERVER_ERRORS:
        raise InterruptedTransferError(f"the hub answered {status}")


def _continues(status: int, content_range: str, start: int) -> bool:
    """Whether the answer goes on from `start`; a server that ignores ranges sends everything."""
    return status == _PARTIAL_CONTENT and content_range.startswith(f"bytes {start}-")


@contextmanager
def named_errors(name: str) -> Iterator[None]:
    """Says in one line what the hub's many exceptions mean for whoever typed `name`."""
    from huggingface_hub import errors  # noqa: PLC0415

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise DownloadError("HF_HUB_OFFLINE is set: nothing can be downloaded.") from error
    except errors.GatedRepoError as error:
        raise DownloadError(
            f"{name} is gated: accept its terms on the hub, then set HF_TOKEN."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise DownloadError(
            f"{name} is not on the hub, or is private and HF_TOKEN gives no access."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise DownloadError(f"{name} has no such revision.") from error
    except errors.RemoteEntryNotFoundError as error:
        raise DownloadError(
            f"{name} lacks a file that is needed: {error.response.url.path}."
        ) from error
    except errors.HFValidationError as error:
        raise DownloadError(
            f"{name!r} is not the name of a hub repository, like facebook/nllb-200-1.3B."
        ) from error
    except errors.HfHubHTTPError as error:
        raise DownloadError(
            f"The hub answered {error.response.status_code} for {name}; try again later."
        ) from error
