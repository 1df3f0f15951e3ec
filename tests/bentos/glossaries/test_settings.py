from bentos.glossaries.settings import GlossarySettings
from tests.test_docs import ROOT, rows_of, settings_rows


def test_the_page_has_exactly_the_settings_that_exist() -> None:
    page = (ROOT / "docs" / "glossaries.md").read_text("utf-8")
    assert rows_of(page) == settings_rows(GlossarySettings)
