from pathlib import Path

import pytest

from load_tests.benchmarks.callers import Answer, WrongAnswerError
from load_tests.benchmarks.llamacpp.server import Complete, Context, LlamaServer
from load_tests.benchmarks.workload import Sentence

ONE = Sentence("eng_Latn", "fra_Latn", "Good morning.")


def test_every_slot_has_its_own_context() -> None:
    context = Context(threads=2, slots=4, tokens_per_slot=256)
    server = LlamaServer(Path("bin/llama-server"), Path("a.gguf"), context, Path("log"))
    given = dict(zip(server.command[1:-1:2], server.command[2:-1:2], strict=True))
    assert server.command[0] == "bin/llama-server"
    assert given["--ctx-size"] == "1024"
    assert given["--parallel"] == "4"
    assert given["--port"] == str(server.port)
    assert given["--threads"] == given["--threads-batch"] == "2"


def test_the_end_is_ignored_and_the_likeliest_token_taken() -> None:
    body = Complete({ONE: [5, 6, 7]}, max_tokens=16).body(ONE)
    assert body["prompt"] == [5, 6, 7]
    assert body["n_predict"] == 16
    assert body["ignore_eos"] is True
    assert body["top_k"] == 1


def test_an_answer_says_how_much_was_read_and_written() -> None:
    found = {"tokens_evaluated": 40, "tokens_predicted": 16, "content": "…"}
    assert Complete({}, 16).read(200, found) == Answer(tokens_in=40, tokens=16)


def test_an_error_is_no_answer() -> None:
    with pytest.raises(WrongAnswerError, match="503"):
        Complete({}, 16).read(503, {"error": {"message": "Loading model"}})
