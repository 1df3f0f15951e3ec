import json
from typing import Any

import pytest

from bentos.management.archive import BundleError
from bentos.management.contents import parse

FILE = {"name": "model.bin", "size": 1, "sha256": "0" * 64}
WEIGHTS = {"name": "nllb", "version": "1", "files": [FILE]}


def bundle(**members: Any) -> bytes:
    return json.dumps({"format": 1, "created": "2026-01-01T00:00:00Z", **members}).encode()


def test_least_bundle_is_read() -> None:
    found = parse(bundle(weights=[WEIGHTS]))
    assert found.weights[0].tag == "nllb:1"
    assert found.weights[0].size_bytes == 1
    assert found.state.choices == []


@pytest.mark.parametrize("number", [0, 2, 99])
def test_format_of_another_version_is_named(number: int) -> None:
    with pytest.raises(BundleError, match=f"of format {number}; this version reads format 1"):
        parse(bundle(format=number, surprise=True))


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"{}", b'{"format": "x"}', b"\xff", b"[" * 9999]
)
def test_what_is_no_description_is_refused_in_one_line(text: bytes) -> None:
    with pytest.raises(BundleError, match="It is no bundle") as caught:
        parse(text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("../x", "/x", "a/../../x", "a\\x", "C:x", "", "a\0", "x" * 300),
        *("model.yaml", "custom_objects.pkl"),
    ],
)
def test_file_that_belongs_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match=r"weights\.0\.files\.0"):
        parse(bundle(weights=[{**WEIGHTS, "files": [{**FILE, "name": name}]}]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../nllb"},
        {"name": ""},
        {"version": "a/b"},
        {"version": "1\n"},
        {"version": "latest"},
        {"files": []},
        {"files": [FILE, FILE]},
        {"files": [FILE, {**FILE, "name": "MODEL.bin"}]},
        {"files": [{**FILE, "size": -1}]},
        {"files": [{**FILE, "sha256": "../../../x"}]},
        {"metadata": {"a": None}},
        {"metadata": {"a": {"b": "c"}}},
        {"labels": {"a": 1}},
        {"more": 1},
    ],
)
def test_weights_that_are_described_wrongly_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match="It is no bundle: weights"):
        parse(bundle(weights=[{**WEIGHTS, **wrong}]))


def test_weights_listed_twice_are_refused() -> None:
    with pytest.raises(BundleError, match="weights are listed twice"):
        parse(bundle(weights=[WEIGHTS, WEIGHTS]))
