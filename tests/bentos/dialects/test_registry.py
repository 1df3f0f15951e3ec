from bentos.dialects.registry import DIALECTS, dialect_at


def test_every_dialect_has_its_paths() -> None:
    """One that stands within another's, as OpenAI's within Ollama's, comes before it."""
    for dialect in DIALECTS:
        for base in dialect.bases:
            for start in dialect.starts:
                assert dialect_at(f"{base}{start}/x") is dialect


def test_our_own_paths_are_nobody_elses() -> None:
    for path in ("/", "/translate", "/api/v1/translate", "/health", "/v", "/translate_batch"):
        assert dialect_at(path) is None
