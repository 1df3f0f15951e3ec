"""What the API says of the models behind the gateway, and how they are managed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bentos.gateway.settings import GatewaySettings
from tests.bentos.gateway.ondemand.trees import command
from tests.bentos.gateway.services import Service, unused_url
from tests.bentos.gateway.test_api import API, code_of
from tests.bentos.gateway.whole import (
    KEYS,
    MANAGER,
    Whole,
    before,
    before_echoes,
    before_service,
    whole,
    written,
)

ON_DEMAND = "[backends.nllb]\non_demand = true\n[backends.aya]\non_demand = true"


def stand_in(name: str) -> Sequence[str]:
    del name
    return command()


def on_demand(folder: Path) -> GatewaySettings:
    file = folder / "gateway.toml"
    file.write_text(ON_DEMAND, "utf-8")
    return GatewaySettings(file=file)


async def polled(service: Service) -> None:
    """Once more from now on."""
    polls = len(service.polls)
    await service.until(lambda: len(service.polls) > polls)


async def backend(gateway: Whole, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (await gateway.get(f"{API}/backends/{name}")).json()
    return found


async def test_the_backends_are_listed_with_what_is_known_of_them() -> None:
    async with before_echoes() as gateway:
        listed = (await gateway.get(f"{API}/backends")).json()["backends"]
        assert [one["name"] for one in listed] == ["nllb", "aya"]
        assert listed[0]["status"] == "ready"
        assert listed[0]["on_demand"] is False
        assert listed[0]["languages"] == 4
        assert listed[0]["details"]["engine"] == "echo"
        assert await backend(gateway, "NLLB") == listed[0]


async def test_a_backend_that_is_down_says_why() -> None:
    async with before_service(Service()) as gateway, Service() as service:
        service.ready = False
        async with whole(before({"other": service.url, "gone": unused_url()})) as other:
            assert (await backend(gateway, "nllb"))["message"] is None
            assert (await backend(other, "other"))["status"] == "starting"
            gone = await backend(other, "gone")
    assert gone["status"] == "down"
    assert gone["message"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "backends/gpt", None),
        ("POST", "backends/gpt/load", None),
        ("POST", "backends/gpt/unload", None),
        ("PUT", "backends/gpt/keep_alive", {"seconds": 1}),
        ("GET", "languages?model=gpt", None),
        ("GET", "model?model=gpt", None),
    ],
)
async def test_a_backend_that_nobody_knows(method: str, path: str, body: Any) -> None:
    async with before_echoes("nllb", api_keys=KEYS) as gateway:
        answer = await gateway.ask(method, f"{API}/{path}", body, MANAGER)
    assert (answer.status_code, code_of(answer)) == (404, "unknown_model")


async def test_the_languages_of_all_and_of_one() -> None:
    async with before_echoes("nllb") as echoes, Service() as service:
        [url] = echoes.gateway.reloader.configuration.backends["nllb"].urls
        async with whole(before({"nllb": url, "demo": service.url})) as gateway:
            spoken = (await gateway.get(f"{API}/languages")).json()["languages"]
            one = (await gateway.get(f"{API}/languages?model=demo")).json()["languages"]
    assert [each["code"] for each in spoken] == ["arb_Arab", "deu_Latn", "eng_Latn", "fra_Latn"]
    assert spoken[2]["models"] == ["nllb", "demo"]
    assert spoken[0]["models"] == ["nllb"]
    assert spoken[0]["direction"] == "rtl"
    assert [each["code"] for each in one] == ["eng_Latn"]


async def test_the_model_is_what_the_backend_says_of_itself() -> None:
    async with before_echoes() as gateway:
        for query in ("", "?model=aya"):
            found = (await gateway.get(f"{API}/model{query}")).json()
            assert (found["name"], found["demo"]) == ("echo", True)


async def test_a_model_that_was_never_ready_is_503_and_one_that_lies_502() -> None:
    async with before_service(Service()) as gateway:
        odd = await gateway.get(f"{API}/model?model=nllb")
    async with whole(before({"gone": unused_url()})) as gateway:
        gone = await gateway.get(f"{API}/model?model=gone")
    assert (odd.status_code, code_of(odd)) == (502, "backend")
    assert (gone.status_code, code_of(gone)) == (503, "model_not_ready")
    assert int(gone.headers["Retry-After"]) > 0


async def test_the_catalogue_comes_with_the_backends() -> None:
    async with before_echoes() as gateway:
        found = (await gateway.get(f"{API}/models")).json()
        assert [one["name"] for one in found["backends"]] == ["nllb", "aya"]
        assert found["default_model"] in {one["id"] for one in found["models"]}
        chat = (await gateway.get(f"{API}/models?family=chat")).json()
        assert {one["family"] for one in chat["models"]} == {"chat"}
        one = await gateway.get(f"{API}/models/{found['default_model']}")
        assert one.json()["id"] == found["default_model"]


async def test_a_model_on_demand_is_loaded_kept_and_unloaded(tmp_path: Path) -> None:
    async with whole(on_demand(tmp_path), stand_in, api_keys=KEYS) as gateway:
        cold = await gateway.get(f"{API}/backends/aya", MANAGER)
        loaded = await gateway.post(f"{API}/backends/aya/load", key=MANAGER)
        body = {"seconds": None}
        kept = await gateway.ask("PUT", f"{API}/backends/aya/keep_alive", body, MANAGER)
        other = await gateway.get(f"{API}/backends/nllb", MANAGER)
        unloaded = await gateway.post(f"{API}/backends/aya/unload", key=MANAGER)
    statuses = [one.json()["status"] for one in (cold, loaded, kept, other, unloaded)]
    assert statuses == ["cold", "ready", "ready", "cold", "cold"]
    assert loaded.json()["on_demand"] is True


async def test_a_model_that_cannot_be_started_is_503(tmp_path: Path) -> None:
    def ending(name: str) -> Sequence[str]:
        return command("--end", "3") if name == "aya" else command()

    async with whole(on_demand(tmp_path), ending, api_keys=KEYS) as gateway:
        failed = await gateway.post(f"{API}/backends/aya/load", key=MANAGER)
    assert (failed.status_code, code_of(failed)) == (503, "model_not_ready")


async def test_a_model_that_runs_elsewhere_is_left_as_it_is() -> None:
    async with before_echoes("nllb", api_keys=KEYS) as gateway:
        for action in ("load", "unload"):
            answer = await gateway.post(f"{API}/backends/nllb/{action}", key=MANAGER)
            assert (answer.status_code, answer.json()["status"]) == (200, "ready")


@pytest.mark.parametrize("body", [{}, {"seconds": -1}, {"seconds": "x"}, {"seconds": 1, "x": 1}])
async def test_keep_alive_needs_seconds(body: Any) -> None:
    async with before_echoes("nllb", api_keys=KEYS) as gateway:
        answer = await gateway.ask("PUT", f"{API}/backends/nllb/keep_alive", body, MANAGER)
    assert (answer.status_code, code_of(answer)) == (422, "invalid_request")


async def test_the_gateway_says_what_is_in_force() -> None:
    async with before_echoes("nllb", own={"profile": "aya"}) as gateway:
        status = (await gateway.get(f"{API}/gateway")).json()
        assert status["profile"] == "aya"
        assert status["configuration"]["digest"] == gateway.gateway.reloader.configuration.digest
        assert status["configuration"]["error"] is None
        assert (status["flags"], status["splits"], status["cache"]) == ({}, {}, None)
        assert status["deprecated_use"] == []


async def test_who_still_asks_for_what_will_go_is_told() -> None:
    async with before_echoes(own={"profile": "multimodel"}) as gateway:
        marked = await gateway.get("/models")
        assert marked.headers["Deprecation"].startswith("@")
        [use] = (await gateway.get(f"{API}/gateway")).json()["deprecated_use"]
    assert (use["path"], use["caller"], use["requests"]) == ("/models", "anonymous", 1)


async def test_a_reload_takes_what_is_new_and_says_so(tmp_path: Path) -> None:
    async with Service() as service:
        file = written(tmp_path / "gateway.toml", [service.url])
        async with whole(GatewaySettings(file=file), api_keys=KEYS) as gateway:
            earlier = gateway.gateway.reloader.configuration.digest
            written(file, [service.url, service.url], "[flags]\nbold = true")
            answer = await gateway.post(f"{API}/gateway/reload", key=MANAGER)
            assert answer.status_code == 200
            assert answer.json()["flags"] == {"bold": True}
            assert answer.json()["configuration"]["digest"] != earlier
            names = [state.name for state in gateway.gateway.states()]
    assert names == ["nllb", "aya"]


async def test_a_bad_file_is_422_with_its_faults_and_the_old_one_stays(tmp_path: Path) -> None:
    async with Service() as service:
        file = written(tmp_path / "gateway.toml", [service.url])
        async with whole(GatewaySettings(file=file), api_keys=KEYS) as gateway:
            earlier = gateway.gateway.reloader.configuration.digest
            written(file, [service.url], 'default = "gpt"', "[[routes]]\nmodels = []")
            answer = await gateway.post(f"{API}/gateway/reload", key=MANAGER)
            assert (answer.status_code, code_of(answer)) == (422, "invalid_request")
            faults = answer.json()["error"]["details"]["faults"]
            assert faults
            assert all(str(file) in fault for fault in faults)
            status = (await gateway.get(f"{API}/gateway", MANAGER)).json()["configuration"]
            assert status["digest"] == earlier
            assert status["error"].splitlines() == faults
            written(file, [service.url])
            mended = await gateway.post(f"{API}/gateway/reload", key=MANAGER)
    assert mended.json()["configuration"]["error"] is None


async def test_a_key_file_that_is_not_there_is_no_500(tmp_path: Path) -> None:
    async with Service() as service:
        file = written(tmp_path / "gateway.toml", [service.url])
        async with whole(GatewaySettings(file=file), api_keys=KEYS) as gateway:
            written(file, [service.url])
            with file.open("a") as more:
                more.write(f'\napi_key_file = "{tmp_path / "none"}"')
            answer = await gateway.post(f"{API}/gateway/reload", key=MANAGER)
            assert (answer.status_code, code_of(answer)) == (422, "invalid_request")
            assert "none: cannot be read" in str(gateway.gateway.reloader.status().error)


async def test_health_is_ok_while_any_model_can_be_asked(tmp_path: Path) -> None:
    async with whole(on_demand(tmp_path), stand_in) as gateway:
        cold = await gateway.get(f"{API}/health")
    assert cold.status_code == 200
    assert cold.json() == {
        "status": "ok",
        "ready": True,
        "backends": {"nllb": "cold", "aya": "cold"},
    }


async def test_health_is_503_once_no_model_can_be_asked() -> None:
    service = Service()
    async with before_service(service) as gateway:
        assert (await gateway.get(f"{API}/health")).json()["status"] == "ok"
        service.ready = False
        async with asyncio.timeout(5):
            while (await gateway.get(f"{API}/health")).status_code != 503:
                await polled(service)
    async with whole(before({"nllb": unused_url()})) as gateway:
        down = await gateway.get(f"{API}/health")
    assert down.status_code == 503
    assert down.json() == {"status": "down", "ready": False, "backends": {"nllb": "down"}}


async def test_health_is_open_to_everybody() -> None:
    async with before_echoes("nllb", api_keys=KEYS) as gateway:
        assert (await gateway.get(f"{API}/health")).status_code == 200
