from datetime import UTC, datetime
from pathlib import Path

import pytest

from bentos.management.errors import (
    UnknownModelError,
    UnknownQuantizationError,
)
from bentos.management.manager import Manager
from bentos.management.settings import ManagementSettings
from bentos.management.shapes import (
    CheckRequest,
    PlanRequest,
    RecommendRequest,
    SyncReport,
    UseRequest,
    Verdict,
)
from common.catalogue.entry import Family, Purpose
from common.settings import ServiceSettings
from common.state.file import StateFile
from common.state.recorder import Recorder
from common.state.records import Use, Weights
from models.base.exceptions import UnsupportedLanguageError
from tests.bentos.management.server import running
from tests.bentos.management.shelf import GIGABYTE, SMALL, install, machine

NLLB, NLLB_LARGE = "nllb-200-distilled-600m", "nllb-200-1.3b"


def ids(manager: Manager, **wanted: object) -> list[str]:
    return [each.id for each in manager.models(**wanted).models]  # type: ignore[arg-type]  # a table's row


def test_list_holds_the_catalogue_and_a_default_for_each_family(manager: Manager) -> None:
    found = manager.models()
    assert {NLLB, NLLB_LARGE, "aya"} <= {each.id for each in found.models}
    assert found.default_model == found.defaults[Family.TRANSLATION] == NLLB
    assert set(found.defaults) == set(Family)
    by_id = {each.id: each for each in found.models}
    assert [each.id for each in found.models if each.default] == [
        found.defaults[family] for family in Family if found.defaults[family] in by_id
    ] or sum(each.default for each in found.models) == len(Family)
    assert by_id[NLLB].servable
    assert not by_id[found.defaults[Family.CHAT]].servable


def test_list_is_filtered_by_everything_at_once(manager: Manager, tmp_path: Path) -> None:
    install(tmp_path, "1", SMALL)
    translators = ids(manager, family=Family.TRANSLATION)
    assert "aya" in translators
    assert set(translators) < set(ids(manager))
    assert ids(manager, installed=True) == [NLLB]
    assert NLLB not in ids(manager, installed=False)
    small = ids(manager, family=Family.TRANSLATION, max_memory=GIGABYTE * 3 // 2)
    assert NLLB in small
    assert "aya" not in small
    assert "aya" not in ids(manager, family=Family.TRANSLATION, language="sw")
    assert NLLB in ids(manager, family=Family.TRANSLATION, language="swh_Latn")
    assert all(
        manager.model(each).purpose is Purpose.SPEED for each in ids(manager, purpose=Purpose.SPEED)
    )
    with pytest.raises(UnsupportedLanguageError):
        ids(manager, language="tlh")


def test_model_is_found_by_any_of_its_names_and_shows_what_is_installed(
    manager: Manager, tmp_path: Path
) -> None:
    folder = install(tmp_path, "1", SMALL)
    view = manager.model("NLLB")
    assert view.id == view.entry.id == NLLB
    [version] = view.installed
    assert (version.tag, version.source, version.quantization) == ("nllb:1", SMALL, "int8")
    assert (version.chosen, version.running, version.memory_bytes) == (True, False, None)
    files = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert 0 < version.size_bytes <= files
    assert {each.quantization for each in view.estimates} >= {"int8", "float32"}
    assert all(
        each.total_bytes == each.weights_bytes + each.cache_bytes + each.overhead_bytes
        for each in view.estimates
    )
    with pytest.raises(UnknownModelError) as raised:
        manager.model("gpt-9")
    assert raised.value.details == {"model": "gpt-9"}


def test_measured_memory_and_use_stand_beside_the_estimate(
    manager: Manager, settings: ServiceSettings, tmp_path: Path
) -> None:
    install(tmp_path, "1", SMALL)
    assert settings.state_file
    recorder = Recorder(StateFile(settings.state_file), Weights("nllb", "1", SMALL, "int8"))
    recorder.start()
    recorder.loaded(700_000_000)
    for number in range(20):
        recorder.used(Use(0.1 * (number + 1), succeeded=number > 0, tokens_in=5, tokens_out=7))
    recorder.stop()

    view = manager.model(NLLB)
    [int8] = [each for each in view.estimates if each.quantization == "int8"]
    assert int8.measured_bytes == view.installed[0].memory_bytes == 700_000_000
    assert (view.usage.uses, view.usage.success_rate) == (20, 0.95)
    assert (view.usage.tokens_in, view.usage.tokens_out) == (100, 140)
    assert view.usage.p95_ms == pytest.approx(2000, rel=0.06)
    assert view.usage.last_used
    assert (datetime.now(UTC) - view.usage.last_used).total_seconds() < 60
    [one] = manager.statistics().statistics
    assert (one.id, one.weights, one.uses) == (NLLB, "nllb:1", 20)


def test_use_of_all_weights_of_a_model_is_one(manager: Manager, settings: ServiceSettings) -> None:
    assert settings.state_file
    for version, seconds in (("1", 0.1), ("2", 1.0)):
        recorder = Recorder(StateFile(settings.state_file), Weights("nllb", version, SMALL, "int8"))
        recorder.start()
        for _ in range(50):
            recorder.used(Use(seconds, succeeded=True))
        recorder.stop()
    usage = manager.model(NLLB).usage
    assert usage.uses == 100
    assert usage.mean_ms == pytest.approx(550, rel=0.01)
    assert usage.p95_ms == pytest.approx(1000, rel=0.06)
    assert len(manager.statistics().statistics) == 2
    assert manager.model(NLLB_LARGE).usage.success_rate is None


def test_plan_says_whether_it_fits_before_anything_is_there(manager: Manager) -> None:
    fits = manager.plan(PlanRequest(model="nllb"))
    assert (fits.id, fits.verdict, fits.memory_of) == (NLLB, Verdict.FITS, "ram")
    assert fits.tokens_per_second is None
    none = manager.plan(PlanRequest(model="nllb", memory_bytes=1_000_000))
    assert (none.verdict, none.memory_of) == (Verdict.DOES_NOT_FIT, "given")
    with pytest.raises(UnknownQuantizationError) as raised:
        manager.plan(PlanRequest(model="aya", quantization="Q9_Z"))
    assert "Q4_K_M" in raised.value.message
    with pytest.raises(UnknownModelError):
        manager.plan(PlanRequest(model="gpt-9"))


def test_plan_with_a_probe_expects_a_speed(manager: Manager) -> None:
    expected = manager.plan(PlanRequest(model="nllb"), probe=True).tokens_per_second
    assert expected
    assert expected > 0


def test_recommendations_fit_and_speak_the_languages(manager: Manager) -> None:
    found = manager.recommend(RecommendRequest(languages=["sw", "fr"], memory_bytes=4 * GIGABYTE))
    assert found.recommendations
    assert {each.id for each in found.recommendations} <= {
        each.id for each in manager.models(language="sw").models
    }
    assert all(each.memory_bytes <= 4 * GIGABYTE for each in found.recommendations)


def test_check_reads_every_file(manager: Manager, tmp_path: Path) -> None:
    folder = install(tmp_path, "1", SMALL)
    report = manager.check(CheckRequest(model="nllb"))
    assert [each.name for each in report.items if "nllb:1" in each.name]
    assert report.ok, report
    content = bytearray((folder / "model.bin").read_bytes())
    content[3] ^= 1
    (folder / "model.bin").write_bytes(content)
    report = manager.check(CheckRequest(model="nllb:1"))
    assert not report.ok
    assert any("model.bin" in each.message for each in report.items if not each.ok)
    with pytest.raises(UnknownModelError):
        manager.check(CheckRequest(model="nllb:2"))


def test_sync_names_what_is_in_no_catalogue_and_what_is_gone(
    manager: Manager, tmp_path: Path
) -> None:
    install(tmp_path, "1", SMALL)
    install(tmp_path, "2", "someone/else")
    manager.use(UseRequest(model="nllb"))
    report = manager.sync()
    assert (report.installed, report.unknown) == ([NLLB], ["nllb:2"])
    assert (report.missing, report.ollama, report.ollama_error) == ([], None, None)


def test_sync_tells_what_ollama_has_or_why_it_cannot(settings: ServiceSettings) -> None:
    def report(host: str) -> SyncReport:
        asked = ManagementSettings(ollama_host=host)
        return Manager(settings, asked, machine).sync()

    with running() as server:
        host = f"127.0.0.1:{server.port}"
        assert report(host).ollama == ["aya:8b", "llama3.2:1b"]
    gone = report(host)
    assert gone.ollama is None
    assert gone.ollama_error
