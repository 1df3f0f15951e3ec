import errno
import hashlib
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from common import downloads
from common.downloads import DownloadError, RemoteFile, Repository
from tests.hub import Hub

REPO = "facebook/nllb-200-distilled-600M"
CONTENT = bytes(range(256)) * 2000
FILES = {"config.json": b"{}\n", "pytorch_model.bin": CONTENT, "empty.txt": b""}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with Hub().running() as server:
        server.publish(REPO, FILES)
        yield server


def client(hub: Hub) -> downloads.Hub:
    return downloads.Hub(hub.endpoint, attempts=3, pause_s=0)


def fetch(hub: Hub, folder: Path, name: str = "pytorch_model.bin") -> Path:
    ours = client(hub)
    repository = ours.repository(REPO)
    file = repository.file(name)
    assert file is not None
    return ours.download(repository, file, folder)


def test_repository_is_described_with_sizes_and_checksums(hub: Hub) -> None:
    repository = client(hub).repository(REPO)
    large, small = repository.file("pytorch_model.bin"), repository.file("config.json")
    assert large is not None
    assert small is not None
    assert (large.size, large.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert (small.size, small.sha256, small.git_blob) == (
        3,
        None,
        "0967ef424bce6791893e9a57bb952f80fd536e93",
    )
    assert len(repository.commit) == 40


@pytest.mark.parametrize("name", sorted(FILES))
def test_file_arrives_as_it_is(hub: Hub, tmp_path: Path, name: str) -> None:
    assert fetch(hub, tmp_path, name).read_bytes() == FILES[name]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_file_that_is_there_is_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    fetch(hub, tmp_path)
    fetch(hub, tmp_path)
    assert hub.ranges("pytorch_model.bin") == [None]


def test_progress_ends_at_the_size(hub: Hub, tmp_path: Path) -> None:
    ours = client(hub)
    repository = ours.repository(REPO)
    seen: list[tuple[str, int, int]] = []
    file = repository.file("pytorch_model.bin")
    assert file is not None
    ours.download(repository, file, tmp_path, lambda *step: seen.append(step))
    assert seen[-1] == ("pytorch_model.bin", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_cut_connection_is_taken_up_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    hub.faults.cut_after["pytorch_model.bin"] = [100_000, 50_000]
    assert fetch(hub, tmp_path).read_bytes() == CONTENT
    assert hub.ranges("pytorch_model.bin") == [None, "bytes=100000-", "bytes=150000-"]


def test_next_attempt_goes_on_from_what_the_last_one_left(hub: Hub, tmp_path: Path) -> None:
    hub.faults.cut_after["pytorch_model.bin"] = [100_000, 0, 0, 0]
    with pytest.raises(DownloadError, match="Run the command again"):
        fetch(hub, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pytorch_model.bin.partial"]
    hub.faults.cut_after.clear()
    hub.requests.clear()
    assert fetch(hub, tmp_path).read_bytes() == CONTENT
    assert hub.ranges("pytorch_model.bin") == ["bytes=100000-"]


def test_server_without_ranges_sends_everything_again(hub: Hub, tmp_path: Path) -> None:
    hub.faults.cut_after["pytorch_model.bin"] = [100_000]
    hub.faults.no_ranges = True
    assert fetch(hub, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["config.json", "pytorch_model.bin"])
def test_wrong_bytes_are_refused_and_removed(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.faults.wrong.add(name)
    with pytest.raises(DownloadError, match=f"checksum of {name}"):
        fetch(hub, tmp_path, name)
    assert list(tmp_path.iterdir()) == []
    hub.faults.wrong.clear()
    assert fetch(hub, tmp_path, name).read_bytes() == FILES[name]


def test_part_of_another_file_is_refused_and_removed(hub: Hub, tmp_path: Path) -> None:
    partial = tmp_path / "pytorch_model.bin.partial"
    partial.write_bytes(b"x" * (len(CONTENT) + 1))
    with pytest.raises(DownloadError, match="bytes where the hub says"):
        fetch(hub, tmp_path)
    assert not partial.exists()


def test_trouble_of_the_server_is_waited_out(hub: Hub, tmp_path: Path) -> None:
    hub.faults.status["pytorch_model.bin"] = [500, 503]
    assert fetch(hub, tmp_path).read_bytes() == CONTENT


def test_lasting_trouble_of_the_server_is_named(hub: Hub, tmp_path: Path) -> None:
    hub.faults.status["pytorch_model.bin"] = [500] * 3
    with pytest.raises(DownloadError, match="the hub answered 500"):
        fetch(hub, tmp_path)


@pytest.mark.parametrize(
    ("repo", "revision", "message"),
    [
        ("facebook/no-such", None, "is not on the hub"),
        (REPO, "no-such", "no such revision"),
        ("not a name", None, "is not the name of a hub repository"),
    ],
)
def test_what_the_hub_lacks_is_named(
    hub: Hub, repo: str, revision: str | None, message: str
) -> None:
    with pytest.raises(DownloadError, match=message):
        client(hub).repository(repo, revision)


def test_gated_repository_says_what_to_do(hub: Hub) -> None:
    hub.faults.gated = True
    with pytest.raises(DownloadError, match="accept its terms"):
        client(hub).repository(REPO)


def test_hub_that_fails_is_named(hub: Hub) -> None:
    hub.faults.status[""] = [500] * 20
    with pytest.raises(DownloadError, match="answered 500"):
        client(hub).repository(REPO)


def test_file_that_vanished_is_named(hub: Hub, tmp_path: Path) -> None:
    ours = client(hub)
    repository = ours.repository(REPO)
    gone = RemoteFile("gone.json", 3, None, None)
    with pytest.raises(DownloadError, match=r"lacks a file.*gone\.json"):
        ours.download(repository, gone, tmp_path)


def test_no_network_is_said(hub: Hub, tmp_path: Path) -> None:
    del hub
    with Hub().running() as gone:
        endpoint = gone.endpoint
    ours = downloads.Hub(endpoint, attempts=2, pause_s=0)
    with pytest.raises(DownloadError, match="cannot be reached"):
        ours.repository(REPO)
    with pytest.raises(DownloadError, match="interrupted: ConnectError"):
        ours.download(Repository(REPO, "0" * 40, ()), RemoteFile("a", 3, None, None), tmp_path)


def test_offline_switch_is_named(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE is set"):
        client(hub).repository(REPO)


def test_space_is_asked_of_the_disk_that_will_hold_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    assert downloads.free_bytes(folder) > 0
    downloads.require_space(folder, 1000, lambda _: 1000)
    with pytest.raises(DownloadError, match=r"2\.00 GB needed, 1\.00 GB free"):
        downloads.require_space(folder, 2_000_000_000, lambda _: 1_000_000_000)


def test_disk_that_fills_up_is_said(hub: Hub, tmp_path: Path) -> None:
    ours = client(hub)
    repository = ours.repository(REPO)
    file = repository.file("pytorch_model.bin")
    assert file is not None

    def full(name: str, done: int, size: int) -> None:
        del name, done, size
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DownloadError, match="disk is full"):
        ours.download(repository, file, tmp_path, full)


@pytest.mark.parametrize("announced", [len(CONTENT) - 100_000, 0])
def test_no_more_is_written_than_the_hub_announced(
    hub: Hub, tmp_path: Path, announced: int
) -> None:
    hub.faults.announced["pytorch_model.bin"] = announced
    written: list[int] = []
    ours = client(hub)
    repository = ours.repository(REPO)
    file = repository.file("pytorch_model.bin")
    assert file is not None
    with pytest.raises(DownloadError, match=f"has more bytes where the hub says {announced}"):
        ours.download(repository, file, tmp_path, lambda _, done, __: written.append(done))
    assert all(done <= announced for done in written)
    assert list(tmp_path.iterdir()) == []


def test_file_shorter_than_announced_is_refused_and_removed(hub: Hub, tmp_path: Path) -> None:
    hub.faults.announced["pytorch_model.bin"] = len(CONTENT) + 1
    with pytest.raises(DownloadError, match=f"at most {len(CONTENT)} bytes where the hub says"):
        fetch(hub, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_size_below_zero_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.faults.announced["pytorch_model.bin"] = -1
    with pytest.raises(DownloadError, match=r"size below zero for pytorch_model\.bin"):
        fetch(hub, tmp_path)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/../../x", "a\\b", "..\\x", "C:x", "", ".", "a//b", "a\nb"]
)
def test_name_that_would_leave_the_folder_is_refused_before_anything_is_written(
    hub: Hub, tmp_path: Path, name: str
) -> None:
    hub.publish(REPO, {**FILES, name: b"x"})
    with pytest.raises(DownloadError, match="would leave its folder"):
        client(hub).repository(REPO)
    folder = tmp_path / "folder"
    with pytest.raises(DownloadError, match="would leave its folder"):
        client(hub).download(
            Repository(REPO, "0" * 40, ()), RemoteFile(name, 1, None, None), folder
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["pytorch_model.bin", "pytorch_model.bin.partial"])
def test_link_in_the_folder_is_not_written_through(hub: Hub, tmp_path: Path, name: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    folder.mkdir()
    (folder / name).symlink_to(outside)
    with pytest.raises(DownloadError, match=f"{name} is a link"):
        fetch(hub, folder)
    assert not outside.exists()


def test_linked_folder_inside_is_not_written_through(hub: Hub, tmp_path: Path) -> None:
    hub.publish(REPO, {"inner/file.bin": CONTENT})
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (folder / "inner").symlink_to(outside)
    with pytest.raises(DownloadError, match="inner is a link"):
        fetch(hub, folder, "inner/file.bin")
    assert list(outside.iterdir()) == []


def test_storage_host_gives_the_content_and_never_gets_the_token(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with Hub().running() as storage:
        commit = storage.publish(REPO, FILES)
        moved = f"{storage.endpoint}/{REPO}/resolve/{commit}/pytorch_model.bin"
        hub.faults.moved_to["pytorch_model.bin"] = moved
        storage.faults.cut_after["pytorch_model.bin"] = [100_000]
        assert fetch(hub, tmp_path).read_bytes() == CONTENT
        assert storage.ranges("pytorch_model.bin") == [None, "bytes=100000-"]
        assert set(storage.tokens) == {None}
    assert set(hub.tokens) == {"Bearer hf_secret"}


def test_storage_host_with_other_content_is_refused(hub: Hub, tmp_path: Path) -> None:
    with Hub().running() as storage:
        commit = storage.publish(REPO, {"pytorch_model.bin": CONTENT[::-1]})
        moved = f"{storage.endpoint}/{REPO}/resolve/{commit}/pytorch_model.bin"
        hub.faults.moved_to["pytorch_model.bin"] = moved
        with pytest.raises(DownloadError, match=r"checksum of pytorch_model\.bin"):
            fetch(hub, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("location", ["", "/again", "http://", "ftp://127.0.0.1/x"])
def test_redirect_to_nowhere_ends(hub: Hub, tmp_path: Path, location: str) -> None:
    name = "pytorch_model.bin"
    itself = f"/{REPO}/resolve/{hub.publish(REPO, FILES)}/{name}"
    hub.faults.moved_to[name] = location.replace("/again", itself)
    with pytest.raises(DownloadError):
        fetch(hub, tmp_path)
    assert list(tmp_path.glob("*.bin")) == []


@pytest.mark.parametrize("commit", ["main", "", "../../x", "0" * 39])
def test_answer_without_a_commit_is_refused(hub: Hub, commit: str) -> None:
    hub.faults.commit = commit
    with pytest.raises(DownloadError, match="gave no commit"):
        client(hub).repository(REPO)


def test_page_in_place_of_a_hub_is_named(hub: Hub) -> None:
    hub.faults.nonsense = True
    with pytest.raises(DownloadError, match="is no hub; check HF_ENDPOINT"):
        client(hub).repository(REPO)


def test_lost_connection_is_a_moment_to_cancel(hub: Hub, tmp_path: Path) -> None:
    hub.faults.status["pytorch_model.bin"] = [500] * 3
    ours = client(hub)
    repository = ours.repository(REPO)
    file = repository.file("pytorch_model.bin")
    assert file is not None

    class CancelledError(Exception):
        pass

    def cancel(name: str, done: int, size: int) -> None:
        del name, done, size
        raise CancelledError

    with pytest.raises(CancelledError):
        ours.download(repository, file, tmp_path, cancel)
    assert hub.faults.status["pytorch_model.bin"] == [500] * 2


def test_disk_that_takes_no_more_leaves_what_it_took_to_go_on_from(
    hub: Hub, tmp_path: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_001, limits[1]))
    try:
        with pytest.raises(DownloadError, match=f"Cannot write to {tmp_path}: File too large"):
            fetch(hub, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "pytorch_model.bin.partial").stat().st_size == 150_001
    assert fetch(hub, tmp_path).read_bytes() == CONTENT
    assert hub.ranges("pytorch_model.bin") == [None, "bytes=150001-"]
