import asyncio
import itertools
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bentos.contract import Call, ModelState, Status
from bentos.gateway.configuration import Configuration, InvalidConfigurationError
from bentos.gateway.reload import Reloader
from bentos.gateway.routes import plan
from bentos.gateway.settings import GatewaySettings

OFTEN = 0.005
SOON_S = 10


def text_of(*names: str) -> str:
    return "".join(f'[backends.{name}]\nurls = ["http://{name}"]\n' for name in names)


def put(file: Path, text: str) -> None:
    """In one go, as whoever writes a configuration should."""
    partial = file.with_suffix(".partial")
    partial.write_text(text, "utf-8")
    partial.replace(file)


def move(file: Path, place: Path) -> None:
    file.rename(place)


class Changes:
    """Keeps what it was told, and lets others wait for it."""

    def __init__(self) -> None:
        self.told: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        self.failure: Exception | None = None
        self._arrived = asyncio.Event()

    async def __call__(self, old: Configuration, new: Configuration) -> None:
        self.told.append((old.names, new.names))
        self._arrived.set()
        if self.failure is not None:
            raise self.failure

    async def next(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        await asyncio.wait_for(self._arrived.wait(), SOON_S)
        self._arrived.clear()
        return self.told[-1]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "gateway.toml"
    put(place, text_of("one"))
    return place


def reloader_of(
    file: Path | None, changes: Changes | None = None, prepare: Changes | None = None
) -> Reloader:
    settings = GatewaySettings(file=file)
    return Reloader(settings, changes or Changes(), prepare=prepare, every_s=OFTEN)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        for wait_s in itertools.repeat(OFTEN):
            if condition():
                return
            await asyncio.sleep(wait_s)


async def test_a_gateway_does_not_start_with_a_bad_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError):
        reloader_of(tmp_path / "none.toml")


async def test_what_is_in_force_is_told(file: Path) -> None:
    reloader = reloader_of(file)
    status = reloader.status()
    assert (status.file, status.error) == (file, None)
    assert status.digest == reloader.configuration.digest
    assert status.loaded_at.tzinfo is not None


async def test_a_changed_file_takes_the_old_ones_place(file: Path) -> None:
    changes = Changes()
    reloader = reloader_of(file, changes)
    reloader.start()
    before = reloader.status()
    try:
        put(file, text_of("two", "one"))
        assert await changes.next() == (("one",), ("two", "one"))
        assert reloader.configuration.names == ("two", "one")
        assert reloader.status().loaded_at > before.loaded_at
        assert reloader.status().digest != before.digest
    finally:
        await reloader.stop()


async def test_a_swapped_link_is_a_change(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "gateway.toml").write_text(text_of(name))
        os.utime(tmp_path / name / "gateway.toml", (0, 0))
    data, file = tmp_path / "..data", tmp_path / "gateway.toml"
    data.symlink_to("first")
    file.symlink_to("..data/gateway.toml")
    changes = Changes()
    reloader = reloader_of(file, changes)
    reloader.start()
    try:
        (tmp_path / "..next").symlink_to("second")
        (tmp_path / "..next").replace(data)
        assert await changes.next() == (("first",), ("second",))
    finally:
        await reloader.stop()


BAD = {
    "toml": "[backends",
    "empty": "",
    "unknown key": f"{text_of('two')}\nsecret = 1",
    "reference": f'default = "three"\n{text_of("two")}',
    "value": '[backends.two]\nurls = ["http://u:secret@h"]',
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_a_bad_file_leaves_the_old_in_force_and_is_complained_of_once(
    file: Path, bad: str, caplog: pytest.LogCaptureFixture
) -> None:
    changes = Changes()
    reloader = reloader_of(file, changes)
    digest = reloader.status().digest
    reloader.start()
    try:
        with caplog.at_level(logging.ERROR):
            put(file, bad)
            await until(lambda: reloader.status().error is not None)
            for _ in range(2):
                with pytest.raises(InvalidConfigurationError):
                    await reloader.reload()
        assert str(file) in (reloader.status().error or "")
        assert reloader.status().digest == digest
        assert reloader.configuration.names == ("one",)
        assert changes.told == []
        assert len(caplog.records) == 1
        assert "secret@" not in caplog.text
        put(file, text_of("two"))
        assert await changes.next() == (("one",), ("two",))
        assert reloader.status().error is None
    finally:
        await reloader.stop()


async def test_a_file_that_comes_back_as_it_was_is_good_again(file: Path, tmp_path: Path) -> None:
    reloader = reloader_of(file)
    reloader.start()
    try:
        move(file, tmp_path / "away")
        await until(lambda: "No such file" in (reloader.status().error or ""))
        assert reloader.configuration.names == ("one",)
        move(tmp_path / "away", file)
        await until(lambda: reloader.status().error is None)
    finally:
        await reloader.stop()


async def test_a_file_that_says_the_same_changes_nothing(file: Path) -> None:
    changes = Changes()
    reloader = reloader_of(file, changes, prepare=changes)
    before = reloader.configuration
    put(file, f"# a comment\n{text_of('one')}")
    status = await reloader.reload()
    assert (reloader.configuration, status.error, changes.told) == (before, None, [])


async def test_it_can_be_read_again_at_once(file: Path) -> None:
    changes = Changes()
    reloader = reloader_of(file, changes)
    put(file, text_of("two"))
    status = await reloader.reload()
    assert status.digest == reloader.configuration.digest
    assert changes.told == [(("one",), ("two",))]


async def test_what_the_new_one_needs_is_made_before_it_is_in_force(file: Path) -> None:
    seen: list[tuple[str, ...]] = []

    async def look(old: Configuration, new: Configuration) -> None:
        assert old.names != new.names
        seen.append(reloader.configuration.names)

    reloader = Reloader(GatewaySettings(file=file), look, prepare=look)
    put(file, text_of("two"))
    await reloader.reload()
    assert seen == [("one",), ("two",)]


async def test_faults_found_while_preparing_are_told_as_those_of_the_file(file: Path) -> None:
    prepare = Changes()
    prepare.failure = InvalidConfigurationError(["key.txt: cannot be read"])
    reloader = reloader_of(file, prepare=prepare)
    old = reloader.configuration
    put(file, text_of("two"))
    with pytest.raises(InvalidConfigurationError):
        await reloader.reload()
    assert reloader.configuration is old
    assert reloader.status().error == "key.txt: cannot be read"


async def test_what_cannot_be_prepared_is_not_put_into_force(file: Path) -> None:
    changes, prepare = Changes(), Changes()
    prepare.failure = OSError("secret")
    reloader = reloader_of(file, changes, prepare=prepare)
    put(file, text_of("two"))
    with pytest.raises(OSError, match="secret"):
        await reloader.reload()
    assert reloader.status().error == "It could not be put into force: OSError."
    assert (reloader.configuration.names, changes.told) == (("one",), [])


async def test_a_change_that_was_not_taken_well_does_not_end_the_watch(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    changes = Changes()
    changes.failure = RuntimeError("unforeseen")
    reloader = reloader_of(file, changes)
    reloader.start()
    try:
        put(file, text_of("two"))
        await changes.next()
        await until(lambda: "did not come to its end" in caplog.text)
        changes.failure = None
        put(file, text_of("three"))
        assert await changes.next() == (("two",), ("three",))
    finally:
        await reloader.stop()


async def test_without_a_file_there_is_nothing_to_watch() -> None:
    changes = Changes()
    reloader = reloader_of(None, changes)
    reloader.start()
    assert (await reloader.reload()).error is None
    assert (reloader.status().file, changes.told) == (None, [])
    await reloader.stop()
    await reloader.stop()


async def test_starting_twice_watches_once(file: Path) -> None:
    reloader = reloader_of(file)
    before = len(asyncio.all_tasks())
    reloader.start()
    reloader.start()
    assert len(asyncio.all_tasks()) == before + 1
    await reloader.stop()
    assert len(asyncio.all_tasks()) == before


async def test_requests_of_the_moment_see_one_configuration_or_the_other(file: Path) -> None:
    """Changes and bad files meanwhile: every plan fits the configuration it is of."""
    versions = [("one",), ("two", "three"), ("three",)]
    states = {
        name: ModelState(name=name, status=Status.READY) for names in versions for name in names
    }
    reloader = reloader_of(file)
    reloader.start()
    done = False
    plans = 0

    async def ask() -> None:
        nonlocal plans
        while not done:
            held = reloader.configuration
            await asyncio.sleep(0)
            made = plan(held, "en", "fr", Call(), states=states, draw=lambda: 0)
            assert held.names in versions
            assert made.attempts[0].model == held.names[0]
            plans += 1

    callers = [asyncio.create_task(ask()) for _ in range(8)]
    try:
        for turn in range(30):
            put(file, text_of(*versions[turn % 3]))
            await reloader.reload()
            assert reloader.configuration.names == versions[turn % 3]
            put(file, "broken")
            with pytest.raises(InvalidConfigurationError):
                await reloader.reload()
    finally:
        done = True
        await asyncio.gather(*callers)
        await reloader.stop()
    assert plans >= 30
