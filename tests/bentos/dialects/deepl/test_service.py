"""DeepL's languages and usage, as they are asked for."""

from tests.bentos.dialects.deepl.calling import Deepl, deepl_of


async def test_which_languages_is_in_the_query_or_a_form(deepl: Deepl) -> None:
    sources = (await deepl.client.get("/v2/languages")).json()
    assert {"language": "EN", "name": "English"} in sources
    targets = (await deepl.client.get("/v2/languages", params={"type": "target"})).json()
    assert {"language": "FR", "name": "French", "supports_formality": True} in targets
    form = await deepl.client.request("GET", "/v2/languages", data={"type": "target"})
    assert form.json() == targets
    wrong = await deepl.client.get("/v2/languages", params={"type": "all"})
    assert await deepl.refused(wrong) == "Value for 'type' not supported."


async def test_usage_is_the_callers() -> None:
    one, two = "a-key-of-twenty-chars", "another-key-of-twenty"
    async with deepl_of(api_keys=f"{one},{two}") as deepl:
        keys = [{"Authorization": f"DeepL-Auth-Key {key}"} for key in (one, two)]
        body = {"text": ["one", "two"], "source_lang": "EN", "target_lang": "FR"}
        await deepl.client.post("/v2/translate", json=body, headers=keys[0])
        used = [(await deepl.client.get("/v2/usage", headers=key)).json() for key in keys]
    assert [one["character_count"] for one in used] == [6, 0]


async def test_what_failed_costs_nothing(deepl: Deepl) -> None:
    await deepl.translate(text=["one", "poison"], source_lang="EN")
    assert (await deepl.client.get("/v2/usage")).json()["character_count"] == 0


async def test_texts_are_not_improved(deepl: Deepl) -> None:
    for what in ("rephrase", "correct"):
        answer = await deepl.client.post(f"/v2/write/{what}", json={"text": ["a"]})
        assert answer.status_code == 404
        assert "not improved" in answer.json()["message"]
