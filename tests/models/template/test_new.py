import subprocess
import sys
from pathlib import Path

import pytest

from models.template.new import NewModelError, create, fill

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("# Shared.\nshared==1.0\n")
    return tmp_path


def test_every_place_a_model_needs_is_written(root: Path) -> None:
    created = {str(path.relative_to(root)) for path in create("new", root)}
    assert created == {
        "bentofile.new.yaml",
        "bentos/new.py",
        "models/new/README.md",
        "models/new/__init__.py",
        "models/new/model.py",
        "models/new/requirements.txt",
        "models/new/settings.py",
        "tests/models/new/__init__.py",
        "tests/models/new/test_model.py",
    }
    assert all((root / path).exists() for path in created)


def test_no_mark_is_left(root: Path) -> None:
    for path in create("new", root):
        text = path.read_text()
        assert not {"@name@", "@Name@", "@NAME@"} & {text[at : at + 6] for at in range(len(text))}


def test_shared_requirements_are_shipped(root: Path) -> None:
    create("new", root)
    assert "shared==1.0" in (root / "models/new/requirements.txt").read_text().splitlines()


@pytest.mark.parametrize("name", ["", "New", "new-model", "new_model", "1new", "../new", "class"])
def test_name_that_is_no_lowercase_word_is_refused(name: str, root: Path) -> None:
    with pytest.raises(NewModelError):
        create(name, root)
    assert [path.name for path in root.iterdir()] == ["requirements.txt"]


def test_name_that_is_taken_is_refused_and_nothing_is_written(root: Path) -> None:
    (root / "bentos").mkdir()
    (root / "bentos" / "new.py").write_text("mine")
    with pytest.raises(NewModelError, match=r"bentos/new\.py exists"):
        create("new", root)
    assert (root / "bentos" / "new.py").read_text() == "mine"
    assert not (root / "models").exists()


@pytest.mark.parametrize(("name", "first"), [("a", "models.a"), ("z", "models.base")])
def test_imports_are_sorted_whatever_the_name(name: str, first: str) -> None:
    text = "from models.base import x\nfrom models.@name@ import y\n"
    assert fill(text, name).startswith(f"from {first} ")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "models.template.new", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603  # ours


def test_command_lists_what_it_wrote(root: Path) -> None:
    done = run("new", cwd=root)
    assert done.returncode == 0
    assert "models/new/model.py" in done.stdout.splitlines()


def test_command_says_why_it_did_nothing(root: Path) -> None:
    done = run("Wrong", cwd=root)
    assert done.returncode == 2
    assert done.stderr == "A model's name is one lowercase word, not 'Wrong'.\n"
