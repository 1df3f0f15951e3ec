"""Weights that were pulled reach a container: mounted, or inside an image of their own."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.containers import Container, ask
from tests.deploy.engine import Engine
from tests.deploy.images import ROOT

ON_TOP = "FROM {}\nCOPY --chown=1034 . /app/weights\nENV NLLB_MODEL_PATH=/app/weights\n"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A model store with other weights than the image's: the demo's, by another name."""
    folder = tmp_path / "models" / "nllb" / "1-int8"
    shutil.copytree(ROOT / "models" / "nllb" / "demo" / "weights", folder)
    card = folder / "lingua-nexus.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"source": "pulled"}))
    (folder.parent / "latest").write_text("1-int8")
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return tmp_path / "models"


@pytest.fixture
def image(docker: Engine, images: Callable[[str], str], store: Path) -> Iterator[str]:
    tag = "localhost/lingua-nexus-test-weights:tested"
    file = store.parent / "Dockerfile"
    file.write_text(ON_TOP.format(images("nllb")))
    docker("build", f"--tag={tag}", f"--file={file}", str(store / "nllb" / "1-int8"))
    yield tag
    docker("image", "rm", tag)


def served_by(container: Container) -> str:
    status, model = ask(f"{container.ready().url}/model")
    assert status == 200
    assert container.translate()["translated_text"]
    return str(model["weights"])


def test_mounted_store_is_served_and_cannot_be_written(
    run: Callable[..., Container], store: Path
) -> None:
    container = run("nllb", f"--volume={store}:/home/bentoml/models:ro")
    assert served_by(container) == "pulled"
    assert container.shell("touch /home/bentoml/models/x || echo kept", check=False) == "kept"


def test_weights_in_an_image_on_top_are_served(docker: Engine, image: str) -> None:
    container = Container.start(docker, image)
    try:
        assert served_by(container) == "pulled"
    finally:
        container.remove()
