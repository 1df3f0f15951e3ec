"""What the served gateway keeps: quotas across a restart, translations, never an old model's."""

from pathlib import Path

from tests.e2e.gateways import KEY, KEYS, OPERATOR, Gateway, Places, client_of

places = Places("demo")


async def test_a_quota_outlives_a_restart_and_a_translation_never_its_model(tmp_path: Path) -> None:
    env = {
        **KEYS,
        "LINGUA_NEXUS_GATEWAY_CACHE": "memory",
        "LINGUA_NEXUS_GATEWAY_QUOTA_CHARACTERS_PER_DAY": "20",
    }
    with Gateway(tmp_path, places.toml("demo"), env) as gateway:
        async with client_of(gateway, OPERATOR) as client:
            async with places.service(client, "demo") as service:
                said = [await client.translate() for _ in range(2)]
                assert [one.headers["X-Cache"] for one in said] == ["MISS", "HIT"]
                assert said[0].body["translated_text"] == said[1].body["translated_text"] == "GOOD"
                assert len(service.requests) == 1
            await client.until("demo", "down")
            async with places.service(client, "demo", version="2"):
                assert (await client.translate()).headers["X-Cache"] == "MISS"
                assert (await client.translate()).headers["X-Cache"] == "HIT"
            await client.until("demo", "down")
        async with client_of(gateway, KEY) as client, places.service(client, "demo"):
            assert (await client.translate(text="a" * 20)).status == 200
            said_last = await client.translate(text="b")
            assert (said_last.status, said_last.code) == (429, "quota_exceeded")
    with Gateway(tmp_path, places.toml("demo"), env) as gateway:
        async with client_of(gateway, KEY) as client, places.service(client, "demo"):
            said_last = await client.translate(text="b")
            assert (said_last.status, said_last.code) == (429, "quota_exceeded")
            assert int(said_last.headers["Retry-After"]) > 0
