from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from typing_extensions import override

from models.base.weights import Progress, PullRequest, WeightsPlan


class WithoutMake(WeightsPlan):
    @override
    def needed_bytes(self) -> int:
        return 0

    @override
    def check_tools(self) -> None:
        pass


class Whole(WithoutMake):
    @override
    def make(self, progress: Progress) -> Path:
        progress("model.bin", 1, 1)
        return Path("made")


def test_plan_that_makes_nothing_cannot_be_constructed() -> None:
    with pytest.raises(TypeError, match="make"):
        WithoutMake()  # type: ignore[abstract]
    assert Whole().make(lambda *_: None) == Path("made")


def test_empty_request_leaves_every_choice_to_the_model() -> None:
    request = PullRequest()
    chosen = (request.model, request.revision, request.quantization, request.folder)
    assert chosen == (None, None, None, None)
    assert not request.shortlist
    assert not request.shortlist_texts
    with pytest.raises(FrozenInstanceError):
        request.model = "x"  # type: ignore[misc]
