import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from bentos.cli import pages
from bentos.management.manager import Manager
from bentos.management.shapes import (
    CheckItem,
    CheckReport,
    CurrentModel,
    CurrentModels,
    InstalledVersion,
    ModelStatistics,
    StatisticsResponse,
    UsageSummary,
    UseRequest,
)
from common.catalogue.entry import Family
from tests.bentos.management.shelf import SMALL, install

WHEN = datetime(2026, 11, 21, 11, 37, tzinfo=UTC)
LONG_TAG = "nllb:distilled-600m-int8_bfloat16-with-a-shortlist-of-languages-1a2b3c4d5e6f"
USAGE = UsageSummary(
    uses=12_345,
    success_rate=0.9987,
    mean_ms=84.6,
    p95_ms=1234.5,
    tokens_in=1_234_567,
    tokens_out=2_345_678,
    last_used=WHEN,
)
VERSION = InstalledVersion(
    tag=LONG_TAG,
    version=LONG_TAG.partition(":")[2],
    source=SMALL,
    revision=None,
    quantization="int8",
    size_bytes=623_000_000,
    installed_at=WHEN,
    chosen=True,
    running=True,
    memory_bytes=812_000_000,
)


def text_of(page: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=80, markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        console.print(page)
    return captured.get()


def words(text: str) -> str:
    return " ".join(text.split())


def test_no_line_of_the_real_catalogue_is_wider_than_80_columns(manager: Manager) -> None:
    found = manager.models()
    assert len(found.models) >= 15
    for page in [pages.listed(found), *(pages.shown(manager.model(m.id)) for m in found.models)]:
        assert [line for line in text_of(page).splitlines() if len(line.rstrip()) > 80] == []


def test_every_id_and_quantization_is_whole(manager: Manager) -> None:
    found = manager.models()
    rows = [line.removeprefix("*").split() for line in text_of(pages.listed(found)).splitlines()]
    for model in found.models:
        assert any(row[:1] == [model.id] and model.quantization in row for row in rows), model.id
        view = manager.model(model.id)
        shown = text_of(pages.shown(view)).replace("*", " ").split()
        for estimate in view.estimates:
            assert estimate.quantization in shown
        for part in (view.id, view.entry.repository, *view.aliases):
            assert any(word.strip(",") == part for word in shown), part


def test_list_marks_what_is_used_installed_and_not_to_be_had(
    manager: Manager, tmp_path: Path
) -> None:
    install(tmp_path, "1", SMALL)
    lines = text_of(pages.listed(manager.models())).splitlines()
    [small] = [line for line in lines if "nllb-200-distilled-600m" in line]
    assert small.startswith("* ")
    assert small.split()[-1] == "installed"
    [chat] = [line for line in lines if "llama-3.1-8b" in line]
    assert chat.rstrip().endswith("no Bento yet")
    found = manager.models(installed=True)
    found.models[0].installed[0].running = True
    assert "running" in text_of(pages.listed(found))


def test_page_of_a_model_says_what_is_here_of_it(manager: Manager) -> None:
    view = manager.model("nllb").model_copy(update={"installed": [VERSION], "usage": USAGE})
    view.estimates[0].measured_bytes = 812_000_000
    text = text_of(pages.shown(view))
    assert f"\n  {LONG_TAG}\n" in text
    assert (
        "in use, running, int8, 623 MB on disk, 812 MB of memory measured, since 2026-11-21"
        in words(text)
    )
    [first] = [line for line in text.splitlines() if line.startswith("* int8 ")]
    assert first.split()[-4:-2] == ["812", "MB"]
    assert (
        "12345 requests, 99.9 % succeeded; mean 85 ms, p95 1.23 s; 1.23M tokens in, 2.35M"
        in words(text)
    )
    assert "no commercial use" in text


def test_page_of_a_model_says_what_is_missing_and_unverified(manager: Manager) -> None:
    models = manager.models().models
    view = next(
        view for m in models if (view := manager.model(m.id)).entry.unverified and not m.servable
    )
    text = text_of(pages.shown(view))
    for expected in ("no Bento yet", "nothing yet", "never used here", "Unverified"):
        assert expected in text
    entry = view.entry.model_copy(update={"unverified": ()})
    assert "Unverified" not in text_of(pages.shown(view.model_copy(update={"entry": entry})))


def test_version_that_was_never_loaded_says_so(manager: Manager) -> None:
    version = VERSION.model_copy(update={"memory_bytes": None, "chosen": False, "running": False})
    text = words(
        text_of(pages.shown(manager.model("aya").model_copy(update={"installed": [version]})))
    )
    assert f"{LONG_TAG} int8, 623 MB on disk, never loaded here" in text


def test_statistics_have_a_line_each_and_whole_weights_below() -> None:
    weights = LONG_TAG
    used = ModelStatistics(
        id="nllb-200-distilled-600m", weights=weights, bento="nllb", **USAGE.model_dump()
    )
    stranger = used.model_copy(update={"id": None, "uses": 1, "p95_ms": None})
    lines = text_of(pages.used(StatisticsResponse(statistics=[used, stranger]))).splitlines()
    assert lines[1].split() == [
        "nllb-200-distilled-600m", "12.3k", "99.9", "%", "85", "ms", "1.23", "s", "1.23M", "2.35M",
    ]  # fmt: skip
    assert lines[2].strip() == weights
    assert lines[3].strip() == f"last used {WHEN.astimezone():%Y-%m-%d %H:%M}"
    assert lines[4].startswith("in no catalogue")
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert text_of(pages.used(StatisticsResponse(statistics=[]))) == "Nothing was used yet.\n"


def test_current_names_the_version_and_what_is_not_installed(
    manager: Manager, tmp_path: Path
) -> None:
    install(tmp_path, "1-int8", SMALL)
    before = text_of(pages.current(manager.current())).splitlines()
    assert before[1].split() == ["translation", "nllb-200-distilled-600m", "newest"]
    assert before[2].split()[-2:] == ["not", "installed"]
    manager.use(UseRequest(model="nllb"))
    [line] = [
        line for line in text_of(pages.current(manager.current())).splitlines() if "nllb" in line
    ]
    assert line.split() == ["translation", "nllb-200-distilled-600m", "1-int8"]
    long = CurrentModel(
        family=Family.TRANSLATION, id="a-model", version=VERSION.version[:48], installed=True
    )
    assert VERSION.version[:48] in text_of(pages.current(CurrentModels(current=[long])))


@pytest.mark.parametrize(("ok", "mark", "end"), [(True, "ok", "All"), (False, "BAD", "Something")])
def test_check_marks_each_item_in_words(*, ok: bool, mark: str, end: str) -> None:
    item = CheckItem(name="memory", ok=ok, message="It needs much. " * 10)
    text = text_of(pages.checked(CheckReport(id="aya", ok=ok, items=[item])))
    assert text.splitlines()[1].split()[:2] == [mark, "memory"]
    assert text.splitlines()[-1].startswith(end)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
