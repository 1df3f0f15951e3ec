"""The predecessor's callers, for locust; any answer but 200 is a failure."""

from locust import FastHttpUser, constant, task

from tests.bentos.gateway.switched import BODY, KEY


class OldCaller(FastHttpUser):
    wait_time = constant(0.02)

    @task(8)
    def translate(self) -> None:
        self.client.post("/translate", json=BODY, headers={"X-API-Key": KEY})

    @task(1)
    def languages(self) -> None:
        self.client.get("/languages", headers={"X-API-Key": KEY})

    @task(1)
    def health(self) -> None:
        self.client.get("/health")
