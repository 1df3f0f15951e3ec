import pytest

from bentos.dialects.google.dialect import Google
from bentos.dialects.libretranslate.dialect import LibreTranslate


@pytest.mark.parametrize(
    ("query", "key"),
    [
        (b"", None),
        (b"q=one&key=", None),
        (b"q=one&key=a%2Bb", b"a+b"),
        (b"key=first&key=second", b"first"),
        (b"api_key=another", None),
        (b"key=\xff", "\ufffd".encode()),
    ],
)
def test_a_key_may_stand_in_the_query(query: bytes, key: bytes | None) -> None:
    assert Google().query_key({"query_string": query}) == key


def test_each_api_has_a_name_for_it() -> None:
    assert LibreTranslate().query_key({"query_string": b"key=one&api_key=two"}) == b"two"
