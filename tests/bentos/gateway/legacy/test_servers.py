"""Which server answers a path in which profile."""

import pytest

from bentos.gateway.legacy.profiles import Profile, order_of
from bentos.gateway.legacy.servers import ENDPOINTS, endpoints_of

A, B, C, D = Profile
PATHS = {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


def server_of(profile: Profile, method: str, path: str) -> Profile:
    found = [e for e in endpoints_of(profile) if (e.method, e.path) == (method, path)]
    assert len(found) == 1
    return found[0].server


def test_the_order() -> None:
    assert order_of(C) == (C, A, B, D)


@pytest.mark.parametrize("profile", Profile)
def test_every_profile_has_every_path_once(profile: Profile) -> None:
    assert {(e.method, e.path) for e in endpoints_of(profile)} == PATHS
    assert len(PATHS) == 12


@pytest.mark.parametrize(
    ("method", "path", "servers"),
    [
        ("GET", "/", (D, D, D, D)),
        ("GET", "/health", (A, B, C, D)),
        ("GET", "/languages", (A, B, A, D)),
        ("GET", "/languages/{name}", (A, B, A, A)),
        ("POST", "/translate", (A, B, C, D)),
        ("GET", "/models", (B, B, B, D)),
        ("POST", "/models/{name}/load", (B, B, B, B)),
        ("DELETE", "/models/{name}", (B, B, B, B)),
        ("POST", "/translate/batch", (B, B, B, B)),
        ("POST", "/translate/legacy", (B, B, B, B)),
        ("GET", "/model/info", (C, C, C, C)),
        ("POST", "/detect", (C, C, C, C)),
    ],
)
def test_the_next_server_that_has_it(method: str, path: str, servers: tuple[Profile, ...]) -> None:
    assert tuple(server_of(profile, method, path) for profile in Profile) == servers


def test_open_are_health_and_the_root_alone() -> None:
    assert {e.path for e in ENDPOINTS if e.scope is None} == {"/", "/health"}


def test_managing_needs_its_scope() -> None:
    assert {e.path for e in ENDPOINTS if e.scope == "manage"} == {
        "/models/{name}",
        "/models/{name}/load",
    }
