import pytest

from bentos.errors import status_of
from bentos.management import errors
from models.base.exceptions import LinguaNexusError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UnknownModelError("x"), 404),
        (errors.UnknownQuantizationError("aya", "Q9", ["Q4_K_M"]), 422),
        (errors.NotServableError("x"), 409),
        (errors.NotInstalledError("x"), 409),
        (errors.ModelInUseError("x"), 409),
        (errors.InvalidBundleError("x"), 422),
        (errors.StoreError("x"), 500),
    ],
)
def test_every_error_has_its_status(error: LinguaNexusError, status: int) -> None:
    assert status_of(error) == status


def test_messages_name_what_was_asked_for() -> None:
    assert "'x'" in errors.UnknownModelError("x").message
    message = errors.UnknownQuantizationError("aya", "Q9", ["Q4_K_M", "Q8_0"]).message
    assert "aya" in message
    assert "Q4_K_M, Q8_0" in message
