"""Writes the files of a new model from the templates beside it; changes no file that exists.

Run by `make new:<name>` before anything is installed, so it uses nothing but the standard library.
"""

import argparse
import keyword
import re
import sys
from pathlib import Path

TEMPLATES = Path(__file__).parent
# Where each template goes; the rest of a package lies in its own folder.
ELSEWHERE = {
    "bentofile.yaml": "bentofile.@name@.yaml",
    "service.py": "bentos/@name@.py",
    "test_model.py": "tests/models/@name@/test_model.py",
}
_NAME = re.compile(r"[a-z][a-z0-9]*")


class NewModelError(Exception):
    """The name cannot be used; the message says why."""


def fill(text: str, name: str) -> str:
    """The text with the name in place of @name@, @Name@ and @NAME@, its imports sorted again."""
    for mark, value in (("name", name), ("Name", name.capitalize()), ("NAME", name.upper())):
        text = text.replace(f"@{mark}@", value)
    return _sort_imports(text)


def _sort_imports(text: str) -> str:
    """Where a model's own name comes in the alphabet decides the order of its imports."""
    runs = re.compile(r"(?:^from (?:bentos|common|models)\b.*\n){2,}", re.MULTILINE)
    return runs.sub(lambda run: "".join(sorted(run[0].splitlines(keepends=True))), text)


def files_of(name: str, root: Path) -> dict[Path, str]:
    """Every file of the new model and what it holds."""
    files = {root / "tests/models" / name / "__init__.py": ""}
    for template in sorted(TEMPLATES.glob("*.template")):
        kind = template.name.removesuffix(".template")
        path = root / fill(ELSEWHERE.get(kind, f"models/@name@/{kind}"), name)
        files[path] = fill(template.read_text(), name)
    shared = (root / "requirements.txt").read_text().splitlines(keepends=True)
    files[root / "models" / name / "requirements.txt"] += "".join(
        line for line in shared if not line.startswith("#")
    )
    return files


def create(name: str, root: Path) -> list[Path]:
    """Writes all files, or none.

    Raises:
        NewModelError: the name is no lowercase word, or something has it already.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise NewModelError(f"A model's name is one lowercase word, not {name!r}.")
    files = files_of(name, root)
    taken = sorted(path for path in files if path.exists())
    if taken:
        raise NewModelError(f"{taken[0].relative_to(root)} exists.")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return sorted(files)


def main() -> None:
    """The command `python -m models.template.new NAME`."""
    parser = argparse.ArgumentParser(prog="make new:<name>", description=__doc__)
    parser.add_argument("name")
    try:
        created = create(parser.parse_args().name, Path.cwd())
    except NewModelError as error:
        parser.exit(2, f"{error}\n")
    sys.stdout.writelines(f"{path.relative_to(Path.cwd())}\n" for path in created)


if __name__ == "__main__":
    main()
