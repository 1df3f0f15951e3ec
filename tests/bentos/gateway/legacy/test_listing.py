"""What is spoken beyond the predecessor's list can be chosen too."""

import pytest

from tests.bentos.gateway.legacy.asking import Row, check, legacy


@pytest.mark.parametrize("profile", ["main", "single", "aya"])
async def test_further_languages_stand_behind_the_predecessors(profile: str) -> None:
    body = (await check(legacy(profile), Row("GET /languages", 200))).json()
    codes = [one["code"] for one in body["languages"]]
    assert codes[31] == "auto"
    assert codes[32:] == [
        *("ell_Grek", "ind_Latn", "zsm_Latn", "srp_Cyrl", "slk_Latn", "lit_Latn"),
        *("lvs_Latn", "est_Latn"),
    ]
    assert body["total_count"] == len(codes)


@pytest.mark.parametrize("profile", ["main", "multimodel", "single", "aya"])
async def test_each_can_be_looked_up(profile: str) -> None:
    for code in ("eng_Latn", "nor_Latn", "ell_Grek", "auto"):
        await check(legacy(profile), Row(f"GET /languages/{code}", 200, {"code": code}))


@pytest.mark.parametrize("profile", ["main", "single", "aya"])
async def test_a_model_is_no_language(profile: str) -> None:
    body = {"detail": "Language code 'nllb' not found"}
    await check(legacy(profile), Row("GET /languages/nllb", 404, body))
