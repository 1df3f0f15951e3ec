from pathlib import Path

from bentos.migration.report import page, report_of
from tests.bentos.migration.old import KEY, planned, server

SECRET = "hf-secret"  # noqa: S105 - a test's
PLAN = planned(
    server("app.main:app", API_KEY=KEY, REDIS_URL="redis://:top-secret@r", HF_TOKEN=SECRET)
)


def test_report_says_what_becomes_of_each_variable_and_no_secret() -> None:
    report = report_of(PLAN, [Path(".env")], [Path("new/gateway.toml")], dry_run=True)
    text = page(report)
    assert [each.name for each in report.variables] == ["API_KEY", "HF_TOKEN", "REDIS_URL"]
    lines = text.splitlines()
    assert "Would be written" in lines
    assert "  new/gateway.toml" in lines
    assert "  lingua-nexus models pull nllb-200-distilled-600m" in lines
    [token] = [line for line in lines if "HF_TOKEN" in line]
    assert "the old system never read it" in token
    for secret in (KEY, "top-secret", SECRET):
        assert secret not in text
        assert secret not in report.model_dump_json()


def test_empty_parts_say_so_and_nothing_moves_the_cursor() -> None:
    plan = planned(server("app.main:app", **{"API_KEY": KEY, "X\x1b[2J": "1"}))
    text = page(report_of(plan, [], [], dry_run=False))
    assert "Read: nothing" in text
    assert "Written: nothing" in text
    assert "\x1b" not in text
