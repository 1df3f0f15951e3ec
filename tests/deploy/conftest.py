"""An engine, the images of all Bentos, and nothing of it where the tests as a whole are run."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.containers import Container
from tests.deploy.engine import Engine, NoEngineError, base_image, engine
from tests.deploy.images import VERSION, build


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Unless this folder or something below it was named."""
    return None if any("deploy" in Path(one).parts for one in config.args) else True


@pytest.fixture(scope="session")
def docker() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="lingua-nexus-test-") as folder:
        try:
            with engine(Path(folder)) as found:
                yield found
        except NoEngineError as error:
            pytest.skip(str(error))


@pytest.fixture(scope="session")
def images(docker: Engine) -> Callable[[str], str]:
    """Builds an image when it is first asked for."""
    built: dict[str, str] = {}
    try:
        base = base_image(docker)
    except NoEngineError as error:
        pytest.skip(str(error))

    def image(name: str) -> str:
        if name not in built:
            build(docker, name, base)
            built[name] = f"localhost/lingua-nexus-{name}:{VERSION}"
        return built[name]

    return image


@pytest.fixture
def run(docker: Engine, images: Callable[[str], str]) -> Iterator[Callable[..., Container]]:
    """Runs a Bento's image as hardened as the documentation says; removed with the test."""
    running: list[Container] = []

    def start(name: str, *options: str) -> Container:
        running.append(Container.start(docker, images(name), *options))
        return running[-1]

    yield start
    for container in running:
        container.remove()
