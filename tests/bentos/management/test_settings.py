import pytest

from bentos.management.settings import ManagementSettings


def test_ollama_server_is_the_one_that_ollamas_own_programs_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    assert ManagementSettings().ollama_host is None
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:11434")
    assert ManagementSettings().ollama_host == "127.0.0.1:11434"
