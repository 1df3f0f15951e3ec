import httpx2
import pytest

from common.hub import DownloadError, refuse_downgrade


def redirect(asked: str, target: str) -> httpx2.Response:
    request = httpx2.Request("GET", asked)
    return httpx2.Response(302, headers={"location": target}, request=request)


def test_encrypted_request_is_not_sent_on_unencrypted() -> None:
    with pytest.raises(DownloadError, match="hub redirects to storage unencrypted"):
        refuse_downgrade(redirect("https://hub/file", "http://storage/file"))


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("https://hub/file", "https://storage/file"),
        ("https://hub/file", "/elsewhere"),
        ("http://mirror/file", "http://storage/file"),
        ("http://mirror/file", "https://storage/file"),
    ],
)
def test_other_redirects_are_followed(asked: str, target: str) -> None:
    refuse_downgrade(redirect(asked, target))


def test_answer_that_is_no_redirect_passes() -> None:
    request = httpx2.Request("GET", "https://hub/file")
    refuse_downgrade(httpx2.Response(200, headers={"location": "http://x/"}, request=request))
