import pytest

from bentos.migration.composition import CompositionError, parse
from tests.bentos.migration.old import COMPOSE, KEY


def test_services_are_read_with_their_variables_replaced() -> None:
    nllb, aya, redis = parse(COMPOSE, {"API_KEY": KEY, "REDIS_URL": "redis://r"})
    assert nllb.environment == {
        "API_KEY": KEY,
        "MODEL_NAME": "facebook/nllb-200-distilled-600M",
        "REDIS_URL": "redis://r",
    }
    assert (nllb.ports, aya.ports, redis.ports) == ((8001,), (8002,), ())
    assert "uvicorn app.main:app" in nllb.text
    assert aya.environment["USE_GGUF"] == "true"
    assert aya.environment["N_GPU_LAYERS"] == "20"
    assert parse(COMPOSE, {})[1].environment["API_KEY"] == "1234567"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("['8001:8000']", (8001,)),
        ("['127.0.0.1:8001:8000']", (8001,)),
        ("['${PORT:-8001}:8000']", (8001,)),
        ("['8000']", ()),
        ("['8000-8005:8000-8005']", ()),
        ("[{target: 8000}]", ()),
    ],
)
def test_ports_are_those_of_the_host(written: str, expected: tuple[int, ...]) -> None:
    [service] = parse(f"services: {{a: {{ports: {written}}}}}", {})
    assert service.ports == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [("a.env", ("a.env",)), ("[a.env, {path: b.env}]", ("a.env", "b.env")), ("null", ())],
)
def test_files_of_variables_are_named(written: str, expected: tuple[str, ...]) -> None:
    [service] = parse(f"services: {{a: {{env_file: {written}}}}}", {})
    assert service.files == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("services: [", "no YAML at line 1"),
        ("services: \x00", "no YAML"),
        ("[]", "no services"),
        ("services: []", "no services"),
        ("services: {a: 1}", "service a is no mapping"),
        ("services: {a: {environment: 3}}", "service a: environment is neither"),
        ("services: {a: {environment: {K: '${K:?secret}'}}}", "service a: K is not set"),
    ],
)
def test_what_is_no_compose_file_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(CompositionError, match=complaint):
        parse(text, {})
