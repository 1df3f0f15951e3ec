"""The whole put together; what each part does is tested with it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from starlette.requests import Request

from bentos.auth import InvalidKeysError, label_of
from bentos.errors import InvalidRequestError
from bentos.gateway.cache import MemoryCache
from bentos.gateway.cache_redis import RedisCache
from bentos.gateway.configuration import InvalidConfigurationError
from bentos.gateway.gateway import Gateway
from bentos.gateway.metered import MeteredModels
from bentos.gateway.routed import RoutedModels
from bentos.gateway.settings import GatewaySettings
from bentos.management.errors import UnknownModelError
from common.settings import ServiceSettings
from tests.bentos.gateway.ondemand.trees import command
from tests.bentos.gateway.services import unused_url
from tests.bentos.gateway.whole import ASKED, KEYS, READER, before, before_echoes, whole, written

OTHER = "not-a-key-of-this-gateway"


def request(**headers: str) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    state = {"request_id": "abc"}
    return Request(
        {"type": "http", "headers": raw, "client": ("10.0.0.1", 1), "state": state, "path": "/"}
    )


def gateway_of(own: GatewaySettings | None = None, **settings: str) -> Gateway:
    return Gateway(ServiceSettings.model_validate(settings), own or before({"a": unused_url()}))


async def test_with_keys_a_caller_is_known_by_the_keys_label() -> None:
    call = gateway_of(api_keys=KEYS).call_of(request(**{"X-API-Key": READER}))
    assert call.caller == label_of(READER.encode())
    assert call.request_id == "abc"


@pytest.mark.parametrize(
    "headers", [{}, {"X-API-Key": OTHER}, {"Authorization": f"Bearer {OTHER}"}]
)
async def test_without_keys_a_caller_is_known_by_his_address(headers: dict[str, str]) -> None:
    assert gateway_of().call_of(request(**headers)).caller == "10.0.0.1"


async def test_no_secret_goes_on_with_a_call() -> None:
    sent = {"X-API-Key": "a", "Authorization": "Bearer b", "Cookie": "c", "X-Arm": "d"}
    assert gateway_of().call_of(request(**sent)).headers == {"x-arm": "d"}


async def test_what_it_is_told_to_keep_and_count() -> None:
    url = unused_url()
    plain = gateway_of(before({"a": url}))
    assert plain.cache is None
    assert isinstance(plain.models, RoutedModels)
    assert plain.switch is None
    assert plain.root is plain.legacy
    own = before({"a": url}, cache="memory", quota_characters_per_day=5, old_url=url, weight_new=7)
    told = gateway_of(own)
    assert isinstance(told.cache, MemoryCache)
    assert isinstance(told.models, MeteredModels)
    assert told.switch is not None
    assert told.switch.weight_new == 7
    assert told.root is told.switch


async def test_a_redis_that_is_not_there_keeps_nobody_from_starting() -> None:
    url = unused_url().replace("http", "redis")
    async with whole(before({"a": unused_url()}, cache=f"{url}/0")) as gateway:
        assert isinstance(gateway.gateway.cache, RedisCache)
        assert gateway.gateway.states()[0].name == "a"


@pytest.mark.parametrize(
    ("own", "headers"),
    [
        ({"deprecation_date": None}, {}),
        ({"deprecation_date": date(2027, 1, 1)}, {"Deprecation": "@1798761600"}),
        (
            {
                "deprecation_date": date(2027, 1, 1),
                "sunset_date": date(2027, 7, 1),
                "deprecation_link": "/guide",
            },
            {
                "Deprecation": "@1798761600",
                "Sunset": "Thu, 01 Jul 2027 00:00:00 GMT",
                "Link": '</guide>; rel="deprecation", </guide>; rel="sunset"',
            },
        ),
    ],
)
async def test_paths_that_will_go_say_what_was_decided(
    own: dict[str, object], headers: dict[str, str]
) -> None:
    settings = before({"nllb": unused_url()}, profile="multimodel", **own)
    async with whole(settings) as gateway:
        answer = await gateway.get("/models")
    for name in ("Deprecation", "Sunset", "Link"):
        assert answer.headers.get(name) == headers.get(name)


async def test_states_are_found_by_name_and_alias(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    lines = ["[backends.nllb]", f'urls = ["{unused_url()}"]', 'aliases = ["small"]']
    file.write_text("\n".join(lines))
    gateway = gateway_of(GatewaySettings(file=file))
    assert [state.name for state in gateway.states()] == ["nllb"]
    assert [state.name for state in gateway.states("SMALL")] == ["nllb"]
    with pytest.raises(UnknownModelError):
        gateway.states("large")


async def test_a_bad_file_names_its_faults_and_changes_nothing(tmp_path: Path) -> None:
    file = written(tmp_path / "gateway.toml", [unused_url()])
    async with whole(GatewaySettings(file=file)) as one:
        file.write_text("[backends]")
        with pytest.raises(InvalidRequestError) as raised:
            await one.gateway.reload()
        assert [state.name for state in one.gateway.states()] == ["nllb"]
    assert raised.value.details["faults"]


async def test_a_reload_forgets_splits_that_are_gone(tmp_path: Path) -> None:
    split = '[[splits]]\nname = "trial"\narms = { nllb = 1 }'
    async with before_echoes("nllb") as other:
        [url] = other.gateway.reloader.configuration.backends["nllb"].urls
        file = written(tmp_path / "gateway.toml", [url], split)
        async with whole(GatewaySettings(file=file)) as one:
            await one.post("/api/v1/translate", ASKED)
            assert one.gateway.arms.statistics()["trial"]["nllb"]["requests"] == 1
            written(file, [url])
            await one.gateway.reload()
            assert one.gateway.arms.statistics() == {}


async def test_it_starts_although_no_backend_is_up_and_stops_what_it_started(
    tmp_path: Path,
) -> None:
    started: list[str] = []

    def starter(name: str) -> Sequence[str]:
        started.append(name)
        return command()

    file = tmp_path / "gateway.toml"
    lines = ["[backends.nllb]", "on_demand = true", "[backends.far]", f'urls = ["{unused_url()}"]']
    file.write_text("\n".join(lines))
    async with whole(GatewaySettings(file=file), starter) as one:
        state = await one.gateway.models.load("nllb")
        assert (state.status, started) == ("ready", ["nllb"])
    assert one.gateway.states("nllb")[0].status != "ready"


async def test_a_quota_survives_a_restart(tmp_path: Path) -> None:
    async with before_echoes("nllb") as other:
        [url] = other.gateway.reloader.configuration.backends["nllb"].urls
        own = before({"nllb": url}, quota_characters_per_day=10)
        answers = []
        for _ in range(2):
            async with whole(own, state_file=tmp_path / "state.sqlite3") as one:
                answers.append(await one.post("/api/v1/translate", ASKED))
    assert [answer.status_code for answer in answers] == [200, 429]


async def test_what_cannot_be_used_ends_it_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError):
        gateway_of(GatewaySettings(file=tmp_path / "none.toml"))
    with pytest.raises(InvalidKeysError):
        gateway_of(api_keys="a-key-of-some-length:fly")
