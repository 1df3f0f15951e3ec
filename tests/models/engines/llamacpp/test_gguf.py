import io
import os
import struct
import tracemalloc
from pathlib import Path

import gguf as reference
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.engines.llamacpp import gguf
from models.engines.llamacpp.gguf import GGUFError, Layout, check, inspect
from tests.tiny_gguf import SPECIALS, tiny_gguf

BLOCK = ("attn_norm.weight", "attn_q.weight", "ffn_down.weight")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf(tmp_path_factory.mktemp("whole"))


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def array(key: str, item: int, length: int, items: bytes = b"") -> bytes:
    return entry(key, 9, struct.pack("<IQ", item, length) + items)


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + sizes + struct.pack("<IQ", kind, offset)


def made(
    *entries: bytes, tensors: tuple[bytes, ...] = (), version: int = 3, data: int = 1024
) -> bytes:
    counts = struct.pack("<IQQ", version, len(tensors), len(entries))
    return b"GGUF" + counts + b"".join(entries) + b"".join(tensors) + bytes(data)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "model.gguf"
    path.write_bytes(content)
    return path


def test_header_says_what_the_librarys_reader_says(whole: Path) -> None:
    found, expected = inspect(whole), reference.GGUFReader(whole)
    assert found.data_start == expected.data_offset
    assert found.tensors.keys() == {each.name for each in expected.tensors}
    for each in expected.tensors:
        ours = found.tensors[each.name]
        assert ours.shape == tuple(int(length) for length in each.shape)
        assert (ours.type, ours.elements) == (each.tensor_type.name, each.n_elements)
        assert (ours.size, found.data_start + ours.offset) == (each.n_bytes, each.data_offset)
    theirs = {
        name: each.contents() for name, each in expected.fields.items() if "GGUF." not in name
    }
    assert found.array_lengths == {
        name: len(value) for name, value in theirs.items() if isinstance(value, list)
    }
    assert found.metadata == {
        name: value for name, value in theirs.items() if not isinstance(value, list)
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a GGUF file"),
        (b"GG", "is not a GGUF file"),
        (b"PK\3\4" + bytes(100), "is not a GGUF file"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "is a big-endian GGUF file"),
        (made(version=1), "of version 1, not 2 or 3"),
        (made(version=4), "of version 4, not 2 or 3"),
        (b"GGUF" + struct.pack("<IQ", 3, 0), "is truncated: it ends within its header"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**63, 0), "claims to have 9223372036854775808 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**40), "claims to have 1099511627776 keys"),
        (made(text("a") + struct.pack("<I", 13)), "'a' has a value of unknown type 13"),
        (made(array("a", 9, 1)), "'a' has items of unknown type 9"),
        (made(array("a", 8, 2**40)), "'a' has 1099511627776 items"),
        (made(array("a", 0, 2**60)), "is truncated: it ends within its header"),
        (made(array("a", 8, 2, struct.pack("<Q", 2**50))), "is truncated: it ends within"),
        (made(array("a", 8, 2, text("x")), data=0), "is truncated: it ends within"),
        (made(struct.pack("<Q", 2**62)), "is truncated: it ends within its header"),
        (made(*[entry("a", 0, b"\1")] * 2), "has the key 'a' twice"),
        (made(*[array("a", 0, 1, b"\1")] * 2), "has the key 'a' twice"),
        (made(entry("general.alignment", 4, struct.pack("<I", 33))), "alignment is 33"),
        (made(entry("general.alignment", 8, text("x"))), "alignment is 'x'"),
        (made(tensors=(tensor("a", ()),)), "'a' has 0 dimensions"),
        (made(tensors=(tensor("a", (1,) * 5),)), "'a' has 5 dimensions"),
        (made(tensors=(tensor("a", (2**33, 2**33)),)), "cannot be 8589934592 x 8589934592 of F32"),
        (made(tensors=(tensor("a", (0,)),)), "cannot be 0 of F32"),
        (made(tensors=(tensor("a", (33,), 8),)), "cannot be 33 of Q8_0"),
        (made(tensors=(tensor("a", (32,), 31),)), "is of type 31, which is not known"),
        (made(tensors=(tensor("a", (4,), 0, 64),)), "'a' does not follow the one before it"),
        (made(tensors=(tensor("a", (4,)),) * 2), "'a' does not follow the one before it"),
        (made(tensors=(tensor("a", (4,)), tensor("a", (4,), 0, 32))), "has the tensor 'a' twice"),
        (made(tensors=(tensor("a", (2**30,)),)), "is truncated: it has 1081 bytes"),
    ],
)
def test_broken_file_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(GGUFError, match=rf"^model\.gguf .*{message}"):
        inspect(write(tmp_path, content))


def test_every_truncation_is_refused(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    for length in [*range(0, len(content) - 1, 997), len(content) - 1]:
        with pytest.raises(GGUFError, match=r"is truncated|is not a GGUF file"):
            inspect(write(tmp_path, content[:length]))


def test_file_that_shrinks_while_it_is_read_is_truncated() -> None:
    reader = gguf._Reader("model.gguf", io.BytesIO(made(data=0)), 10**6)
    assert reader.header().tensors == {}
    reader = gguf._Reader("model.gguf", io.BytesIO(made(data=0)[:-4]), 10**6)
    with pytest.raises(GGUFError, match="is truncated: it ends within its header"):
        reader.header()


def test_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(GGUFError, match="cannot be read"):
            inspect(path)


def test_hostile_sizes_take_no_memory(tmp_path: Path) -> None:
    """A file with holes has any size without taking any."""
    path = write(tmp_path, made(array("a", 0, 2**35)))
    os.truncate(path, 2**36)
    tracemalloc.start()
    try:
        with pytest.raises(GGUFError, match="header is larger than"):
            inspect(path)
        assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
    finally:
        tracemalloc.stop()


@settings(
    max_examples=100, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_changed_file_is_read_or_refused_and_nothing_else(
    whole: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, 10_100))
        change = data.draw(
            st.binary(min_size=1, max_size=9) | st.just(b"\xff" * 8) | st.just(bytes(8))
        )
        content[start : start + len(change)] = change
    try:
        check(write(tmp_path, bytes(content)), "command-r", Layout(block=BLOCK), SPECIALS)
    except GGUFError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_bytes_of_chance_are_refused(tmp_path: Path, tail: bytes) -> None:
    try:
        header = inspect(write(tmp_path, b"GGUF\3\0\0\0" + tail))
    except GGUFError:
        return
    assert header.file_size <= len(tail) + 8


def test_complete_model_passes_the_check(whole: Path) -> None:
    header = check(whole, "command-r", Layout(block=BLOCK), SPECIALS)
    assert header == inspect(whole) == check(whole, "command-r")


def test_other_architecture_is_named(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path, architecture="llama")
    with pytest.raises(GGUFError, match="is no command-r model: its architecture is 'llama'"):
        check(path, "command-r")
    with pytest.raises(GGUFError, match="its architecture is not named"):
        check(write(tmp_path, made()), "command-r")


def test_missing_tensor_is_named(whole: Path) -> None:
    with pytest.raises(GGUFError, match=r"it lacks the tensor blk\.0\.attn_sinks\.weight"):
        check(whole, "command-r", Layout(block=(*BLOCK, "attn_sinks.weight")))


@pytest.mark.parametrize("layers", [0, 2**31])
def test_impossible_number_of_layers_is_refused(tmp_path: Path, layers: int) -> None:
    facts = [
        entry("general.architecture", 8, text("command-r")),
        entry("command-r.block_count", 4, struct.pack("<I", layers)),
    ]
    with pytest.raises(GGUFError, match=f"impossible number of layers: {layers}"):
        check(write(tmp_path, made(*facts)), "command-r")


def test_missing_special_token_is_named(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(GGUFError, match="lacks the special tokens <EOS_TOKEN>, <MASK_TOKEN>"):
        check(whole, "command-r", tokens=("<EOS_TOKEN>", "<PAD>", "<MASK_TOKEN>"))
    content = whole.read_bytes().replace(b"<BOS_TOKEN>", b"<BAS_TOKEN>")
    with pytest.raises(GGUFError, match="lacks the special tokens <BOS_TOKEN>"):
        check(write(tmp_path, content), "command-r", tokens=SPECIALS)


@pytest.mark.parametrize(
    "types", [array(gguf._TOKEN_TYPES, 5, 1, bytes(4)), array(gguf._TOKEN_TYPES, 4, 2, bytes(8))]
)
def test_vocabulary_without_fitting_types_has_no_control_tokens(
    tmp_path: Path, types: bytes
) -> None:
    tokens = array(gguf._TOKENS, 8, 2, text("a") + text("b"))
    assert inspect(write(tmp_path, made(tokens, types))).control_tokens == frozenset()
