"""The models that translate out of the box, and how each is served; not what is asked of them."""

import re
from pathlib import Path

import pytest

from load_tests.server import ROOT, Server

DEMOS = sorted(
    bento.name.split(".")[1]
    for bento in ROOT.glob("bentofile.*.yaml")
    if (ROOT / "models" / bento.name.split(".")[1] / "demo/weights/lingua-nexus.json").exists()
)
"""Models with an embedded demo. One without is served by its own tests, as test_new_model does."""


ONE = DEMOS[-1]
any_demo = pytest.mark.parametrize("demo", [ONE], indirect=True)
"""For a test of what is no model's own."""


def service_of(model: str) -> str:
    """What `bentoml serve` is given, as make reads it from the bentofile."""
    bentofile = (ROOT / f"bentofile.{model}.yaml").read_text()
    [service] = re.findall(r'^service: *"?([^"\s]+)', bentofile, re.MULTILINE)
    return str(service)


def setting(model: str, name: str) -> str:
    """The environment variable of one of the model's own settings."""
    return f"{model.upper()}_{name}"


class Demo(Server):
    """A model's embedded demo from source, nothing pulled, its metrics its own."""

    def __init__(self, model: str, folder: Path, env: dict[str, str] | None = None) -> None:
        super().__init__(service_of(model), log=folder / "log", env=env, home=folder / "home")
        self.model = model
