import hmac
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bentos import auth
from bentos.auth import (
    MANAGE,
    TRANSLATE,
    InvalidKeysError,
    Keyring,
    digest_of,
    needed_scope,
    parse,
    sent_key,
)
from common.settings import ServiceSettings

ONE = "one-key-of-twenty-chars"
TWO = "two-key-of-twenty-chars"
OPEN = (
    "/",
    "/livez",
    "/readyz",
    "/healthz",
    "/metrics",
    "/health",
    "/api/v1/health",
    "/page/page.js",
    "/docs",
    "/openapi.json",
    "/docs.json",
)
CLOSED = (
    "/translate",
    "/translate/batch",
    "/translate/stream",
    "/detect",
    "/languages",
    "/languages/fr",
    "/model",
    "/bento/translate",
    "/schema.json",
    "/livez/",
    "//",
    "/pagex",
    "/page",
    "/new",
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_a_second(self) -> None:
        self.now += 1.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


def scopes(keyring: Keyring, key: str) -> frozenset[str] | None:
    return keyring.scopes_of(digest_of(key.encode()))


@pytest.mark.parametrize("path", OPEN)
def test_probes_page_and_documentation_are_open(path: str) -> None:
    assert needed_scope(path, "GET") is None


@pytest.mark.parametrize("path", CLOSED)
def test_everything_else_needs_a_key_to_translate(path: str) -> None:
    assert needed_scope(path, "POST") == needed_scope(path, "GET") == TRANSLATE


def test_changing_models_needs_the_scope_to_manage() -> None:
    assert needed_scope("/api/v1/models", "POST") == MANAGE
    assert needed_scope("/api/v1/models/nllb", "DELETE") == MANAGE
    assert needed_scope("/api/v1/models", "GET") == TRANSLATE
    assert needed_scope("/api/v1/models/export", "GET") == MANAGE


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/backends/nllb/load"),
        ("POST", "/api/v1/backends/nllb/unload"),
        ("PUT", "/api/v1/backends/nllb/keep_alive"),
        ("POST", "/api/v1/gateway/reload"),
        ("PUT", "/api/v1/switch"),
    ],
)
def test_changing_a_gateway_needs_the_scope_to_manage(method: str, path: str) -> None:
    assert needed_scope(path, method) == MANAGE
    assert needed_scope(path, "GET") == TRANSLATE


@pytest.mark.parametrize("path", ["/api/v1/translate", "/api/v1/detect", "/api/v1/gateways"])
def test_asking_a_gateway_needs_the_scope_to_translate(path: str) -> None:
    assert needed_scope(path, "POST") == TRANSLATE


@pytest.mark.parametrize("question", ["recommend", "check", "plan"])
def test_asking_about_models_is_open_to_translators(question: str) -> None:
    assert needed_scope(f"/api/v1/models/{question}", "POST") == TRANSLATE
    assert needed_scope(f"/api/v1/models/{question}/more", "POST") == MANAGE
    assert needed_scope(f"/api/v1/models/{question}", "DELETE") == MANAGE


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ([], None),
        ([(b"x-api-key", b"k")], b"k"),
        ([(b"authorization", b"Bearer k")], b"k"),
        ([(b"authorization", b"bearer  k ")], b"k"),
        ([(b"authorization", b"Basic k")], None),
        ([(b"authorization", b"Bearer ")], None),
        ([(b"x-api-key", b"")], None),
        ([(b"authorization", b"Bearer other"), (b"x-api-key", b"k")], b"k"),
    ],
)
def test_a_key_comes_in_either_header(headers: Any, key: bytes | None) -> None:
    assert sent_key(headers) == key


def test_a_key_without_scopes_may_translate() -> None:
    keys = parse([f" {ONE} # of the web shop", "", "# none", f"{TWO}:manage+translate"])
    assert keys == {
        digest_of(ONE.encode()): frozenset({TRANSLATE}),
        digest_of(TWO.encode()): frozenset({TRANSLATE, MANAGE}),
    }


@pytest.mark.parametrize("entry", [":translate", "s3cret:all", "s3cret:", "two words", "clé"])
def test_a_malformed_entry_is_named_by_number_and_never_quoted(entry: str) -> None:
    with pytest.raises(InvalidKeysError, match="entry 2") as caught:
        parse([ONE, entry])
    assert "s3cret" not in str(caught.value)


def test_malformed_keys_in_the_environment_stop_the_service() -> None:
    with pytest.raises(InvalidKeysError, match="LINGUA_NEXUS_API_KEYS: entry 1"):
        Keyring.of(ServiceSettings(api_keys=SecretStr("a:b")))


def test_every_key_is_compared_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return hmac.compare_digest(one, other)

    class Recording:
        compare_digest = staticmethod(compare)

    monkeypatch.setattr(auth, "hmac", Recording)
    keyring = Keyring(f"{ONE},{TWO}")
    for key in (ONE, TWO, "neither"):
        scopes(keyring, key)
    assert len(compared) == 6


def test_no_key_means_open_and_is_said(caplog: pytest.LogCaptureFixture) -> None:
    keyring = Keyring("")
    keyring.announce()
    assert not keyring.configured
    assert "translating is open, managing is closed" in caplog.text


def test_short_keys_are_warned_of_without_showing_them(caplog: pytest.LogCaptureFixture) -> None:
    Keyring("s3cret")
    assert "guessable" in caplog.text
    assert "s3cret" not in caplog.text


def test_keys_of_both_places_are_in_force(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{TWO}:manage\n{ONE}:manage\n")
    keyring = Keyring(ONE, file, clock)
    assert scopes(keyring, ONE) == frozenset({TRANSLATE, MANAGE})
    assert scopes(keyring, TWO) == frozenset({MANAGE})


def test_a_changed_file_counts_within_a_second(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "keys"
    file.write_text(ONE)
    keyring = Keyring("", file, clock)
    file.write_text(TWO + "-longer")
    keyring.refresh()
    assert scopes(keyring, ONE), "looked again too early"
    clock.pass_a_second()
    keyring.refresh()
    assert scopes(keyring, ONE) is None
    assert scopes(keyring, TWO + "-longer") == frozenset({TRANSLATE})


def test_a_swapped_link_counts_as_a_change(tmp_path: Path, clock: Clock) -> None:
    for name, key in (("v1", ONE), ("v2", TWO)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "keys").write_text(key)
    (tmp_path / "data").symlink_to("v1")
    (tmp_path / "keys").symlink_to("data/keys")
    keyring = Keyring("", tmp_path / "keys", clock)
    assert scopes(keyring, ONE)
    (tmp_path / "new").symlink_to("v2")
    (tmp_path / "new").rename(tmp_path / "data")
    clock.pass_a_second()
    keyring.refresh()
    assert scopes(keyring, ONE) is None
    assert scopes(keyring, TWO)


@pytest.mark.parametrize("broken", [b"s3cret:nonsense", b"\xff\xfe s3cret", None])
def test_a_broken_file_leaves_the_old_keys_and_is_logged_once(
    broken: bytes | None, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys"
    file.write_text(ONE)
    keyring = Keyring("", file, clock)
    if broken is None:
        file.unlink()
    else:
        file.write_bytes(broken)
    for _ in range(3):
        clock.pass_a_second()
        keyring.refresh()
    assert scopes(keyring, ONE)
    errors = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "s3cret" not in caplog.text
    file.write_text(TWO)
    clock.pass_a_second()
    keyring.refresh()
    assert scopes(keyring, TWO)


def test_a_file_that_never_was_readable_lets_nobody_in(tmp_path: Path, clock: Clock) -> None:
    assert Keyring("", tmp_path / "missing", clock).configured


def test_an_emptied_file_lets_nobody_in(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "keys"
    file.write_text(ONE)
    keyring = Keyring("", file, clock)
    file.write_text("")
    clock.pass_a_second()
    keyring.refresh()
    assert keyring.configured
    assert scopes(keyring, ONE) is None


def test_a_file_without_keys_is_no_key_configured(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "keys"
    file.write_text("# later\n")
    keyring = Keyring("", file, clock)
    assert not keyring.configured
    file.write_text(ONE)
    clock.pass_a_second()
    keyring.refresh()
    assert keyring.configured
