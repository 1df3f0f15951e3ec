from pathlib import Path

import pytest

from bentos.gateway import configuration
from load_tests.benchmarks.fleet import demand, instances, served
from load_tests.benchmarks.fleet.instant import Instant


@pytest.mark.parametrize(
    "written",
    [demand.CONFIGURATION, instances.CONFIGURATION.format(nllb="/nllb", aya="/aya.gguf")],
    ids=["demand", "instances"],
)
def test_the_gateway_takes_what_it_is_configured_with(written: str, tmp_path: Path) -> None:
    served.starting(tmp_path / "gateway", written)
    read = configuration.read(tmp_path / "gateway" / "gateway.toml")
    assert set(read.backends) == {"nllb", "aya"}
    assert all(backend.on_demand for backend in read.backends.values())


def test_one_who_does_not_translate_is_told_from_one_who_does(tmp_path: Path) -> None:
    server = Instant(log=tmp_path / "log")
    assert not served.translates(server.url, "nllb")


def test_waiting_ends_with_what_did_not_happen() -> None:
    with pytest.raises(TimeoutError, match="Spring did not happen within 0 s"):
        served.wait_for(lambda: False, "Spring", 0)
    seen = iter([False, False, True])
    served.wait_for(lambda: next(seen), "The third time")
    assert next(seen, None) is None
