"""A job as it is seen: where it is in its life, and how far."""

import pytest
from pydantic import ValidationError

from bentos.files.job import FileRequest, JobStatus, Report


def test_a_job_ends_in_one_of_three_ways() -> None:
    ends = [status for status in JobStatus if status.is_end]
    assert ends == [JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED]


def test_progress_is_a_share_of_the_characters() -> None:
    assert Report().progress == 0
    assert Report(characters=8, characters_done=2).progress == 0.25


@pytest.mark.parametrize("wrong", [{}, {"target_lang": "f"}, {"target_lang": "fr", "speed": 1}])
def test_a_request_is_checked_and_not_quoted(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        FileRequest.model_validate(wrong)
    assert "input_value" not in str(caught.value)
