import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from bentos.cli import main
from bentos.management import shapes
from bentos.management.manager import Manager
from bentos.management.settings import ManagementSettings
from common.settings import ServiceSettings
from tests.bentos.cli.conftest import Ended, Run
from tests.bentos.cli.typed import environment, python
from tests.bentos.management.shelf import GIGABYTE, LARGE, SMALL, install, machine

NLLB, NLLB_LARGE = "nllb-200-distilled-600m", "nllb-200-1.3b"


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ("list", shapes.ModelList),
        ("show nllb", shapes.ModelView),
        ("plan nllb --no-probe", shapes.Plan),
        ("pull nllb --dry-run", shapes.Plan),
        ("recommend", shapes.Recommendations),
        ("current", shapes.CurrentModels),
        ("check nllb", shapes.CheckReport),
        ("stats", shapes.StatisticsResponse),
        ("sync", shapes.SyncReport),
    ],
)
def test_json_is_the_shape_and_nothing_else(
    run: Run, arguments: str, shape: type[BaseModel]
) -> None:
    done = run("models", *arguments.split(), "--json")
    assert (done.code, done.error) == (0, "")
    shape.model_validate_json(done.out)
    assert set(json.loads(done.out)) == set(shape.model_fields)


def listed(done: Ended) -> list[str]:
    """The ids of a table."""
    assert done.code == 0, done.error
    rows = done.out.partition("\n\n* used of")[0].splitlines()[1:]
    return [row.removeprefix("*").split()[0] for row in rows if row.startswith(("* ", "  "))]


def test_list_shows_the_models_that_it_was_asked_for(run: Run, tmp_path: Path) -> None:
    install(tmp_path, "1", SMALL)
    assert {NLLB, "aya", "all-minilm-l6-v2"} <= set(listed(run("models", "list")))
    filters = "--family translation --purpose speed --max-memory 8GB --language fr --installed"
    assert listed(run("models", "list", *filters.split())) == [NLLB]
    assert NLLB not in listed(run("models", "list", "--not-installed"))
    done = run("models", "list", "--max-memory", "1MB")
    assert (done.code, done.out) == (0, "No model of the catalogue is like that.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("list --language klingon", 1, "Language 'klingon' is not known"),
        ("list --max-memory 8", 2, "'8' is not a size like 8GB, 512MB or 7.5GiB."),
        ("list --family poetry", 2, "'poetry' is not one of 'translation', 'embedding'"),
        ("show nothing", 1, "There is no model 'nothing'"),
        ("show", 2, "Missing argument 'MODEL'. (see lingua-nexus models show --help)"),
        ("plan nllb --quant Q9", 1, "has no quantization 'Q9'; there are int8"),
        ("plan nllb --slots 0", 2, "0 is not in the range 1<=x<=256"),
        ("check nothing", 1, "There is no model 'nothing'"),
    ],
)
def test_what_is_wrong_is_one_line(run: Run, arguments: str, code: int, said: str) -> None:
    done = run("models", *arguments.split())
    assert (done.code, done.out) == (code, "")
    assert done.error.startswith("error: ")
    assert done.error.count("\n") == 1
    assert said in done.error


@pytest.mark.parametrize(
    ("verdict", "begins"),
    [
        (shapes.Verdict.FITS, "Fits: float32"),
        (shapes.Verdict.FITS_SMALLER, "Fits only in another quantization: "),
        (shapes.Verdict.DOES_NOT_FIT, "Doesn't fit: "),
    ],
)
def test_plan_ends_in_whether_it_fits(
    run: Run, manager: Manager, verdict: shapes.Verdict, begins: str
) -> None:
    for quarter in range(1, 40):
        request = shapes.PlanRequest(
            model="nllb", quantization="float32", memory_bytes=quarter * GIGABYTE // 4
        )
        if manager.plan(request).verdict is verdict:
            break
    memory = f"{quarter * 250}MB"
    done = run("models", "plan", "nllb", "--no-probe", "--quant", "float32", "--memory", memory)
    assert (done.code, done.error) == (0, "")
    assert "Speed      not measured\n" in done.out
    end = done.out.rpartition("warning: ")[2].partition("\n")[2]
    assert any(line.startswith(begins) for line in end.splitlines()), done.out


def test_plan_probes_the_machine_unless_told_not_to(run: Run) -> None:
    found = shapes.Plan.model_validate_json(run("models", "plan", "nllb", "--json").out)
    assert found.tokens_per_second is not None
    assert found.tokens_per_second > 0


def test_recommendation_takes_what_was_asked_for(run: Run) -> None:
    arguments = "--memory 8GB --priority speed --language de --language fr --family translation"
    done = run("models", "recommend", *arguments.split())
    assert done.out.startswith(f" 1. {NLLB} int8  ")
    assert "Memory to fit: 8.00 GB (the size given)." in done.out
    assert "No model fits" in run("models", "recommend", "--memory", "100MB").out
    assert "No model fits" in run("models", "recommend", "--family", "embedding").out
    every = run("models", "recommend", "--family", "embedding", "--all")
    assert "all-minilm-l6-v2" in every.out


def test_check_of_damaged_files_ends_with_1(run: Run, tmp_path: Path) -> None:
    folder = install(tmp_path, "1", SMALL)
    done = run("models", "check", "nllb")
    assert (done.code, done.out.splitlines()[-1]) == (0, "All is well.")
    (folder / "model.bin").write_bytes(b"another")
    done = run("models", "check", "nllb")
    assert (done.code, done.out.splitlines()[-1]) == (1, "Something is wrong.")
    assert "BAD" in done.out
    assert run("models", "check", "nllb", "--json").code == 1


def test_sync_says_what_is_where(run: Run, tmp_path: Path) -> None:
    install(tmp_path, "1", LARGE)
    install(tmp_path, "2", "somebody/else")
    done = run("models", "sync")
    assert f"Installed\n  {NLLB_LARGE}\n" in done.out
    assert "In the store, but in no catalogue\n  nllb:2\n" in done.out
    assert "No Ollama server is set" in done.out


def test_ollama_server_that_does_not_answer_is_a_warning(
    settings: ServiceSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Manager(settings, ManagementSettings(ollama_host="127.0.0.1:1"), machine)
    assert main(["models", "sync"], lambda: asked) == 0
    said = capsys.readouterr()
    assert "Ollama" not in said.out
    assert said.err.startswith("warning: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("arguments", ["--help", "models --help", "models list", "models show aya"])
def test_asking_imports_no_engine(home: Path, arguments: str) -> None:
    program = (
        "import sys; from bentos.cli import main; main(sys.argv[1:]); "
        "print({'torch', 'ctranslate2', 'llama_cpp', 'transformers'} & sys.modules.keys())"
    )
    code, out, error = python(environment(home), "-c", program, *arguments.split())
    assert (code, out.splitlines()[-1]) == (0, "set()"), error


def test_help_waits_for_no_model_store(home: Path) -> None:
    program = (
        "import sys; from bentos.cli import main; main(['models', 'list', '--help']); "
        "print({'bentoml', 'numpy', 'bentos.store'} & sys.modules.keys())"
    )
    code, out, error = python(environment(home), "-c", program)
    assert (code, out.splitlines()[-1]) == (0, "set()"), error
