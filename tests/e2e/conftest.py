"""The served demos that the end-to-end tests share; nothing of what is asked of them."""

from collections.abc import Iterator

import pytest

from tests.e2e.found import DEMOS, Demo


@pytest.fixture(scope="session", params=DEMOS)
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """Each model's, one after the other."""
    with Demo(request.param, tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture(params=DEMOS)
def model(request: pytest.FixtureRequest) -> str:
    """The name of each, for tests that serve it themselves."""
    name: str = request.param
    return name
