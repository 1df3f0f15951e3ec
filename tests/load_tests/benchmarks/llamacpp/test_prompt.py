from load_tests.benchmarks.llamacpp.prompt import pieces
from load_tests.benchmarks.workload import sentences
from models.aya import prompt


def test_the_prompt_is_the_services() -> None:
    for one in sentences(192):
        made = prompt.build(one.text, one.source, one.target)
        wanted = [(piece.text, piece.special) for part in parts_of(made) for piece in part]
        assert [(piece.text, piece.special) for piece in pieces(one)] == wanted


def parts_of(made: prompt.Prompt) -> tuple[prompt.Part, ...]:
    return made.pair, made.document, made.segment
