import pytest

from bentos.migration.unit import UnitError, parse
from tests.bentos.migration.old import KEY, UNIT


def test_environment_and_command_are_read() -> None:
    unit = parse(UNIT)
    assert unit.environment == {"API_KEY": KEY, "PORT": "8000", "HOST": "0.0.0.0"}  # noqa: S104
    assert unit.command.split() == ["/opt/venv/bin/python", "server.py"]


def test_files_of_variables_may_be_missing() -> None:
    text = "[Service]\nEnvironmentFile=/etc/a\nEnvironmentFile=-b\nExecStart=x\n"
    assert parse(text).files == (("/etc/a", False), ("b", True))


def test_empty_environment_takes_back_what_was_before() -> None:
    text = "[Service]\nEnvironment=A=1\nEnvironment=\nEnvironment=B=2\nExecStart=x\n"
    assert parse(text).environment == {"B": "2"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no .Service."),
        ("[Service]\nUser=a\n", "no .Service."),
        ("A=1\n", "line 1 is neither"),
        ("[Service]\nwhatever\n", "line 2 is neither"),
        ("[Service]\nEnvironment='a\nExecStart=x\n", "line 2 has a quote"),
        ("[Service]\nEnvironment=SECRET\nExecStart=x\n", "line 2 is no Environment"),
    ],
)
def test_what_is_no_unit_is_refused_by_line(text: str, complaint: str) -> None:
    with pytest.raises(UnitError, match=complaint) as caught:
        parse(text)
    assert "SECRET" not in str(caught.value)
