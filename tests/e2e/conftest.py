"""The served demo that every end-to-end test shares; nothing of what is asked of it."""

from collections.abc import Iterator

import pytest

from load_tests.server import Server


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """NLLB's embedded demo, in a BENTOML_HOME of its own: nothing pulled, no mixed metrics."""
    folder = tmp_path_factory.mktemp("demo")
    with Server("bentos.nllb:NLLBService", log=folder / "log", home=folder / "home") as server:
        yield server
