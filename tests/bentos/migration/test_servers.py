import pytest

from tests.bentos.migration.old import server


@pytest.mark.parametrize(
    ("text", "values", "profile", "models"),
    [
        ("uvicorn app.main:app", {}, "main", ("nllb",)),
        ("uvicorn app.main_aya:app", {}, "aya", ("aya",)),
        ("uvicorn app.main_multimodel:app", {}, "multimodel", ("nllb",)),
        ("", {"APP_MODULE": "app.main_aya:app"}, "aya", ("aya",)),
        ("", {"APP_MODULE": "app.single_model_main:app"}, "single", ("nllb",)),
        ("", {"MODELS_TO_LOAD": "nllb,aya"}, "multimodel", ("nllb", "aya")),
        ("app.main_multimodel", {"MODELS_TO_LOAD": "aya"}, "multimodel", ("aya",)),
        ("", {"LINGUA_NEXUS_SERVER_TYPE": "legacy"}, "main", ("nllb",)),
        ("", {"LINGUA_NEXUS_SERVER_TYPE": "multimodel"}, "multimodel", ("nllb",)),
        ("", {"LINGUA_NEXUS_SERVER_TYPE": "whatever"}, "single", ("nllb",)),
        ("python -m app.main_new", {}, "single", ("nllb",)),
        ("", {"LINGUA_NEXUS_MODEL": "aya-expanse-8b"}, "single", ("aya",)),
        ("aya-service lingua-nexus-aya", {}, "aya", ("aya",)),
        ("nllb-service", {"LINGUA_NEXUS_MODEL": "nllb"}, "main", ("nllb",)),
        ("python server.py", {}, "main", ("nllb",)),
        ("", {}, "main", ("nllb",)),
    ],
)
def test_server_is_told_by_command_variables_and_name(
    text: str, values: dict[str, str], profile: str, models: tuple[str, ...]
) -> None:
    found = server(text, **values)
    assert (found.profile, found.models) == (profile, models)


def test_value_is_empty_where_it_is_not_set() -> None:
    assert server(A=" a ").value("A") == "a"
    assert server().value("A") == ""
