import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from bentos.application import application
from bentos.gateway.switch import Switch
from bentos.gateway.switching import PATH, router
from tests.bentos.gateway.switched import refusing

WRONG: list[object] = [
    *({"weight_new": weight} for weight in (101, -1, True, "5")),
    *({"shadow": shadow} for shadow in ("yes", 1)),
    {"weight": 1},
    [],
]


@pytest.fixture
def switch() -> Switch:
    return Switch(FastAPI(), old_url=refusing(), owns=lambda path: path == "/translate")


@pytest.fixture
def client(switch: Switch) -> TestClient:
    app = FastAPI()
    app.include_router(router)
    app.state.switch = switch
    return TestClient(app)


def test_switch_is_read_and_set(client: TestClient, switch: Switch) -> None:
    assert client.get(PATH).json()["weight_new"] == 0
    assert client.put(PATH, json={"weight_new": 10}).json()["weight_new"] == 10
    assert client.put(PATH, json={"shadow": True}).json()["shadow"] is True
    assert (switch.weight_new, switch.shadow) == (10, True)


@pytest.mark.parametrize("body", WRONG)
def test_wrong_setting_changes_nothing(client: TestClient, switch: Switch, body: object) -> None:
    assert client.put(PATH, json=body).status_code == 422
    assert (switch.weight_new, switch.shadow) == (0, False)


def test_without_an_old_system_there_is_none() -> None:
    app = application("alone", router.routes)
    answer = TestClient(app).get(PATH)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
