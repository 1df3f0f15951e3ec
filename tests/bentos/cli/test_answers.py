from bentos.cli import answers
from bentos.management.manager import Manager
from bentos.management.shapes import (
    ImportReport,
    PlanRequest,
    RecommendRequest,
    SyncReport,
)
from common.catalogue.entry import Family
from tests.bentos.cli.test_pages import LONG_TAG, text_of, words


def test_plan_and_recommendations_of_the_real_catalogue_fit_80_columns(manager: Manager) -> None:
    plans = [manager.plan(PlanRequest(model=each.id)) for each in manager.models().models]
    shown = [answers.planned(plan) for plan in plans]
    for family in Family:
        request = RecommendRequest(family=family, servable_only=False)
        shown.append(answers.recommended(manager.recommend(request)))
    for page in shown:
        assert [line for line in text_of(page).splitlines() if len(line.rstrip()) > 80] == []


def test_plan_names_what_it_takes(manager: Manager) -> None:
    plan = manager.plan(PlanRequest(model="nllb"))
    plan.memory.measured_bytes = 812_000_000
    plan.tokens_per_second = 48.26
    plan.disk_bytes = plan.download_bytes = None
    text = words(text_of(answers.planned(plan)))
    for part in (
        "nllb-200-distilled-600m int8",
        "Download unknown",
        "Disk unknown needed, ",
        "once loaded: weights ",
        "; 812 MB measured",
        "Available 8.00 GB (main memory)",
        "Processor avx2",
        "about 48.3 tokens/s for one caller",
        "CC-BY-NC-4.0, no commercial use",
        "warning: ",
    ):
        assert part in text


def test_sync_shows_each_name_whole_and_moves_no_cursor() -> None:
    report = SyncReport(
        installed=["aya"], unknown=[LONG_TAG], missing=[], ollama=["llama3:8b", "evil\x1b[2J"]
    )
    text = text_of(answers.synced(report))
    assert f"  {LONG_TAG}\n" in text
    assert "Chosen, but not in the store any more: none" in text
    assert "On the Ollama server\n  llama3:8b\n  evil\ufffd[2J\n" in text
    empty = report.model_copy(update={"ollama": []})
    assert "On the Ollama server: none" in text_of(answers.synced(empty))
    failed = report.model_copy(update={"ollama": None, "ollama_error": "It does not answer."})
    assert "Ollama" not in text_of(answers.synced(failed))


def test_import_says_what_came_and_what_stays() -> None:
    report = ImportReport(
        entries=["mine"], choices=[], statistics=3, weights=[LONG_TAG], skipped=["mine: is here"]
    )
    assert text_of(answers.imported(report)).splitlines() == [
        "Models of the catalogue",
        "  mine",
        "Choices: none",
        "Weights",
        f"  {LONG_TAG}",
        "Statistics of 3 weights",
        "Left as it was",
        "  mine: is here",
    ]
