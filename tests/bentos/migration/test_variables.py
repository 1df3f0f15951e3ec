import pytest
from pydantic_settings import BaseSettings

from bentos.migration.servers import MODELS
from bentos.migration.variables import RULES, Fate
from common.settings import ServiceSettings
from models.aya.settings import AyaSettings
from models.nllb.settings import NLLBSettings
from tests.bentos.migration.old import server

BOTH = "app.main_multimodel"
AYA = "bartowski/aya-expanse-8b-GGUF"
UNREAD = "the old system never read it"

ROWS = [
    ("API_KEY", "k", Fate.MAPPED, "an entry of LINGUA_NEXUS_API_KEYS_FILE"),
    ("API_KEY", "", Fate.NONE, "no key is asked for"),
    (
        "MODEL_NAME",
        "facebook/nllb-200-distilled-600M",
        Fate.COMMAND,
        "lingua-nexus models pull nllb-200-distilled-600m",
    ),
    (
        "MODEL_NAME",
        "facebook/nllb-200-3.3B",
        Fate.COMMAND,
        "lingua-nexus models pull nllb-200-3.3b",
    ),
    ("MODEL_NAME", "some/other; rm", Fate.COMMAND, "make pull:nllb MODEL='some/other; rm'"),
    ("MODEL_NAME", "/models/nllb", Fate.COMMAND, "make pull:nllb ARGS='--from /models/nllb'"),
    ("REDIS_URL", "redis://:top-secret@r", Fate.NONE, "LINGUA_NEXUS_GATEWAY_CACHE"),
    ("TESTING", "true", Fate.NONE, "it did nothing"),
    ("MODELS_TO_LOAD", "nllb,aya", Fate.MAPPED, "backends of gateway.toml: nllb, aya"),
    ("LINGUA_NEXUS_MODEL", "nllb", Fate.MAPPED, "backends of gateway.toml: nllb"),
    ("LINGUA_NEXUS_SERVER_TYPE", "legacy", Fate.MAPPED, "LINGUA_NEXUS_GATEWAY_PROFILE="),
    ("LINGUA_NEXUS_DEVICE", "auto", Fate.MAPPED, "NLLB_DEVICE=auto"),
    ("LINGUA_NEXUS_DEVICE", "CUDA:0", Fate.MAPPED, "NLLB_DEVICE=cuda"),
    ("LINGUA_NEXUS_DEVICE", "mps", Fate.NONE, "none of auto, cpu, cuda"),
    ("LINGUA_NEXUS_NLLB_MODEL_PATH", "facebook/nllb-200-1.3B", Fate.COMMAND, "nllb-200-1.3b"),
    ("LINGUA_NEXUS_NLLB_MAX_LENGTH", "512", Fate.MAPPED, "NLLB_MAX_OUTPUT_TOKENS=512"),
    ("LINGUA_NEXUS_NLLB_MAX_LENGTH", "9999", Fate.MAPPED, "NLLB_MAX_OUTPUT_TOKENS=1022, the"),
    ("LINGUA_NEXUS_NLLB_MAX_LENGTH", "long", Fate.NONE, "it is no number"),
    ("LINGUA_NEXUS_NLLB_NUM_BEAMS", "4", Fate.NONE, "had no effect in the pipeline"),
    ("LINGUA_NEXUS_NLLB_USE_PIPELINE", "true", Fate.NONE, "one way to compute"),
    ("LINGUA_NEXUS_AYA_MODEL_PATH", AYA, Fate.COMMAND, "make pull:aya"),
    ("LINGUA_NEXUS_AYA_MAX_LENGTH", "3072", Fate.MAPPED, "AYA_MAX_OUTPUT_TOKENS=3072"),
    ("LINGUA_NEXUS_AYA_TEMPERATURE", "0.1", Fate.MAPPED, "AYA_TEMPERATURE=0.1"),
    (
        "LINGUA_NEXUS_AYA_GGUF_FILENAME",
        "aya-expanse-8b-Q4_K_M.gguf",
        Fate.COMMAND,
        "make pull:aya QUANT=Q4_K_M",
    ),
    ("LINGUA_NEXUS_AYA_GPU_LAYERS", "20", Fate.MAPPED, "AYA_GPU_LAYERS=20"),
    ("MODEL_PATH", AYA, Fate.COMMAND, "make pull:aya"),
    ("MODEL_PATH", "~/aya.gguf", Fate.COMMAND, "--from"),
    ("MODEL_PATH", "CohereForAI/aya-101", Fate.NONE, "only bartowski/aya-expanse-8b-GGUF"),
    ("GGUF_FILENAME", "/m/aya-expanse-8b-Q8_0.gguf", Fate.COMMAND, "QUANT=Q8_0"),
    ("GGUF_FILENAME", "another.gguf", Fate.NONE, "none of the files"),
    ("DEVICE", "cpu", Fate.MAPPED, "NLLB_DEVICE=cpu, AYA_GPU_LAYERS=0"),
    ("FORCE_CPU", "true", Fate.MAPPED, "AYA_GPU_LAYERS=0"),
    ("FORCE_CPU", "false", Fate.MAPPED, "as by default"),
    ("N_CTX", "8192", Fate.NONE, "AYA_CONTEXT_TOKENS"),
    ("N_GPU_LAYERS", "-5", Fate.MAPPED, "AYA_GPU_LAYERS=-1, the nearest"),
    ("TEMPERATURE", "0.1", Fate.MAPPED, "AYA_TEMPERATURE=0.1"),
    ("TEMPERATURE", "nan", Fate.NONE, "it is no number"),
    ("TOP_P", "0.9", Fate.MAPPED, "AYA_TOP_P=0.9"),
    ("MAX_LENGTH", "3072", Fate.MAPPED, "AYA_MAX_OUTPUT_TOKENS=3072"),
    ("GGUF_DEBUG_MODE", "true", Fate.MAPPED, "LINGUA_NEXUS_LOG_LEVEL=DEBUG"),
    ("GGUF_DEBUG_MODE", "false", Fate.MAPPED, "as by default"),
    ("HF_HOME", "/app/.cache/huggingface", Fate.NONE, "BENTOML_HOME"),
    ("HOST", "0.0.0.0", Fate.MAPPED, "HOST of compose.yaml"),  # noqa: S104 - as they set it
    ("PORT", "8000", Fate.MAPPED, "PORT of compose.yaml, once the old server is stopped: 8000"),
    ("PORT", "some", Fate.MAPPED, "PORT of compose.yaml"),
    ("WORKERS", "1", Fate.NONE, "one process a model"),
    ("RELOAD", "false", Fate.NONE, "read again by itself"),
    ("APP_MODULE", "app.main:app", Fate.MAPPED, "LINGUA_NEXUS_GATEWAY_PROFILE="),
    *(
        (name, "x", Fate.NONE, UNREAD)
        for name in (
            "MODEL_TYPE", "ENABLE_MULTIMODEL", "USE_GGUF", "RATE_LIMIT_ENABLED",
            "RATE_LIMIT_REQUESTS", "RATE_LIMIT_WINDOW", "MODEL_CACHE_DIR", "NLLB_MODEL",
            "AYA_MODEL", "HF_TOKEN", "CACHE_TTL", "LOG_LEVEL", "CACHE_DIR",
        )
    ),
    ("OMP_NUM_THREADS", "1", Fate.NONE, "NLLB_THREADS"),
    ("TOKENIZERS_PARALLELISM", "false", Fate.NONE, "nothing here reads it"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "fate", "text"), ROWS)
def test_variable_becomes(name: str, value: str, fate: Fate, text: str) -> None:
    models = "nllb" if name == "LINGUA_NEXUS_MODEL" else "nllb,aya"
    outcome = RULES[name](value, server(BOTH, MODELS_TO_LOAD=models))
    assert outcome.fate is fate
    assert text in outcome.text
    assert "top-secret" not in outcome.text
    assert (fate is Fate.COMMAND) == bool(outcome.commands)


def test_every_variable_has_a_row() -> None:
    assert {name for name, *_ in ROWS} == RULES.keys()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, value, *_ in ROWS])
def test_settings_that_are_written_are_ours_and_valid(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = RULES[name](value, server(BOTH, MODELS_TO_LOAD="nllb,aya"))
    kinds: dict[str | None, type[BaseSettings]] = {
        None: ServiceSettings,
        "nllb": NLLBSettings,
        "aya": AyaSettings,
    }
    assert outcome.settings.keys() <= {None, *MODELS}
    for model, settings in outcome.settings.items():
        kind = kinds[model]
        for ours, text in settings.items():
            prefix = kind.model_config["env_prefix"]
            assert ours.removeprefix(prefix).lower() in kind.model_fields
            monkeypatch.setenv(ours, text)
        kind()


def test_beams_count_only_where_they_did() -> None:
    beams = RULES["LINGUA_NEXUS_NLLB_NUM_BEAMS"]
    assert beams("4", server(LINGUA_NEXUS_NLLB_USE_PIPELINE="false")).settings == {
        "nllb": {"NLLB_BEAM_SIZE": "4"}
    }


def test_gpu_of_aya_needs_no_setting() -> None:
    outcome = RULES["DEVICE"]("cuda", server("app.main_aya"))
    assert (outcome.fate, outcome.settings) == (Fate.MAPPED, {})
