from typing import Any

import pytest

from bentos.contract import ModelState, Status
from bentos.dialects.ollama import names
from bentos.management.errors import UnknownModelError
from tests.bentos.dialects.places import at


def state(**details: Any) -> ModelState:
    return ModelState(
        name="aya", status=Status.READY, languages=("eng_Latn",), details={"name": "a", **details}
    )


@pytest.mark.parametrize(
    ("given", "plain", "written"),
    [
        ("aya", "aya", "aya:latest"),
        ("aya:latest", "aya", "aya:latest"),
        ("aya:8b", "aya:8b", "aya:8b"),
    ],
)
def test_the_latest_goes_without_saying(given: str, plain: str, written: str) -> None:
    assert (names.plain(given), names.written(given)) == (plain, written)


def test_a_tag_may_be_part_of_a_name_in_the_catalogue() -> None:
    assert list(names.in_catalogue("aya:8b")) == ["aya:8b", "aya-8b"]
    assert list(names.in_catalogue("aya:latest")) == ["aya"]


def test_a_model_is_described_by_what_it_says_of_itself() -> None:
    said = names.tagged(state(engine="llama.cpp", quantization="Q4_K_M", memory_bytes=7))
    assert (said.details.format, said.details.quantization_level, said.size) == (
        "gguf",
        "Q4_K_M",
        7,
    )
    unknown = names.tagged(ModelState(name="x", status=Status.COLD))
    assert (unknown.size, unknown.details.family) == (0, "")


def test_the_digest_changes_with_the_weights() -> None:
    one, same = names.tagged(state(weights="a")), names.tagged(state(weights="a", device="cpu"))
    other = names.tagged(state(weights="b"))
    assert one.digest == same.digest != other.digest
    assert len(one.digest) == 64


def test_memory_is_the_gpus_where_it_is() -> None:
    assert names.running(state(memory_bytes=7, device="gpu")).size_vram == 7
    assert names.running(state(memory_bytes=7, device="cpu")).size_vram == 0


def test_only_a_model_that_chats_completes() -> None:
    assert names.described(state(chat=True)).capabilities == ["completion", "translation"]
    assert names.described(state(license="MIT")).capabilities == ["translation"]
    assert names.described(state(license="MIT")).license == "MIT"


async def test_a_model_is_found_by_both_its_names() -> None:
    async with at() as place:
        for name in ("echo", "echo:latest"):
            assert names.state_of(place.backing, name).name == "echo"
        with pytest.raises(UnknownModelError):
            names.state_of(place.backing, "echo:8b")
