"""The wheel cache, with a stand-in for the Python that would compile."""

import threading
from pathlib import Path

import pytest

from models.engines.llamacpp import wheel

FAKE_PYTHON = """#!/bin/sh
# Notes what pip was asked for and what CMake would get, then leaves a wheel where pip would.
printf '%s\\n' "CMAKE_ARGS=$CMAKE_ARGS" "$@" >> "$0.asked"
for last in "$@"; do before="$into"; into="$last"; done
{effect}
"""
MAKES_A_WHEEL = 'touch "$before/llama_cpp_python.whl"; echo what pip says'


class FakePython:
    """An executable in place of the interpreter whose pip would compile."""

    def __init__(self, folder: Path, effect: str = MAKES_A_WHEEL) -> None:
        self.path = folder / "python"
        self.path.write_text(FAKE_PYTHON.replace("{effect}", effect))
        self.path.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        record = self.path.with_name("python.asked")
        return record.read_text().splitlines() if record.exists() else []


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("numpy==2.4.6\nllama-cpp-python==0.3.36\n")
    return path


def make(cache: Path, requirements: Path, python: FakePython, *options: str) -> int:
    return wheel.main([*options, str(cache), str(requirements)], str(python.path))


def test_folder_of_the_compiled_wheel_is_all_that_is_printed(
    tmp_path: Path, requirements: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert make(tmp_path / "cache", requirements, FakePython(tmp_path)) == 0
    printed = capfd.readouterr().out.splitlines()
    assert len(printed) == 1
    assert [path.name for path in Path(printed[0]).iterdir()] == ["llama_cpp_python.whl"]


def test_wheel_is_compiled_once(tmp_path: Path, requirements: Path) -> None:
    python = FakePython(tmp_path)
    assert make(tmp_path / "cache", requirements, python) == 0
    assert make(tmp_path / "cache", requirements, python) == 0
    assert python.asked.count("wheel") == 1


def test_own_arguments_for_cmake_come_last_and_have_a_wheel_of_their_own(
    tmp_path: Path, requirements: Path
) -> None:
    python = FakePython(tmp_path)
    make(tmp_path / "cache", requirements, python)
    make(tmp_path / "cache", requirements, python, "--cmake-args=-DGGML_CUDA=ON")
    given = [line for line in python.asked if line.startswith("CMAKE_ARGS=")]
    assert [line.endswith(" -DGGML_CUDA=ON") for line in given] == [False, True]
    assert all("-DLLAVA_BUILD=OFF" in line for line in given)


def test_pinned_version_is_compiled_from_source_and_never_from_pips_own_cache(
    tmp_path: Path, requirements: Path
) -> None:
    python = FakePython(tmp_path)
    make(tmp_path / "cache", requirements, python)
    assert python.asked[-1] == "llama-cpp-python==0.3.36"
    assert {"--no-cache-dir", "--no-binary", "--no-deps"} <= set(python.asked)


def test_nothing_is_compiled_where_nothing_pins_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("numpy==2.4.6\n# llama-cpp-python==0.3.36\n")
    assert make(tmp_path / "cache", other, FakePython(tmp_path)) == 0
    assert capfd.readouterr().out == ""
    assert not (tmp_path / "cache").exists()


def test_two_pins_are_refused(
    tmp_path: Path, requirements: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("llama-cpp-python==0.3.35\n")
    assert wheel.main([str(tmp_path / "cache"), str(requirements), str(other)]) == 1
    assert "pinned to 0.3.35 and 0.3.36" in capfd.readouterr().err


def test_failed_compilation_leaves_no_wheel_and_the_next_try_begins_anew(
    tmp_path: Path, requirements: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "cache"
    assert make(cache, requirements, FakePython(tmp_path, 'touch "$before/half"; exit 1')) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert "could not be compiled" in said.err
    assert make(cache, requirements, FakePython(tmp_path)) == 0
    assert [
        path.name for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"
    ] == ["llama_cpp_python.whl"]


def test_missing_compiler_is_named(
    tmp_path: Path,
    requirements: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(wheel, "_COMPILERS", ("no-such-compiler",))
    make(tmp_path / "cache", requirements, FakePython(tmp_path, "exit 1"))
    assert "There is no C++ compiler" in capfd.readouterr().err


def test_two_at_once_build_once(tmp_path: Path) -> None:
    building, finish, built = threading.Event(), threading.Event(), list[Path]()

    def build(into: Path) -> None:
        built.append(into)
        building.set()
        assert finish.wait(10)
        (into / "a.whl").touch()

    folder = tmp_path / "cache" / "key"
    threads = [threading.Thread(target=wheel.cached, args=(folder, build)) for _ in range(2)]
    threads[0].start()
    assert building.wait(10)
    threads[1].start()
    assert not folder.exists()
    finish.set()
    for thread in threads:
        thread.join(10)
    assert len(built) == 1
    assert (folder / "a.whl").exists()


def test_processor_with_other_instructions_gets_another_wheel(tmp_path: Path) -> None:
    machines = []
    for flags in ("sse4_2 avx2", "sse4_2 avx2 avx512f"):
        cpuinfo = tmp_path / "cpuinfo"
        cpuinfo.write_text(f"processor\t: 0\ncpu MHz\t\t: {len(flags)}\nflags\t\t: {flags}\n")
        machines.append(wheel.machine(cpuinfo))
    older, newer = (wheel.key("0.3.36", "", machine) for machine in machines)
    assert older != newer


def test_speed_of_the_processor_is_no_part_of_the_key(tmp_path: Path) -> None:
    seen = set()
    for speed in ("2100.0", "3400.0"):
        cpuinfo = tmp_path / "cpuinfo"
        cpuinfo.write_text(f"cpu MHz\t\t: {speed}\nflags\t\t: avx2\n")
        seen.add(wheel.machine(cpuinfo))
    assert len(seen) == 1


def test_machine_without_a_list_of_instructions_has_a_key_too(tmp_path: Path) -> None:
    assert wheel.machine(tmp_path / "absent")


def test_another_version_gets_another_wheel() -> None:
    assert wheel.key("0.3.36", "", "") != wheel.key("0.3.37", "", "")


def test_path_with_spaces_stays_one_argument_for_cmake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "LEAVES_OUT", Path("/a place/wheel.cmake"))
    given = wheel.command("0.3.36", "", tmp_path, "python")[1]
    assert "'-DCMAKE_PROJECT_llama.cpp_INCLUDE=/a place/wheel.cmake'" in given
