"""The AOT cache: when it is used, when it is made anew, and that it is made once."""

import os
import threading
from pathlib import Path

import pytest
from jar import JAR, needs_jar

from jupyter_restart import aot_cache, aot_making, daemon, java_command
from jupyter_restart.aot_cache import Cache, Program
from jupyter_restart.client import ControlClient


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_RESTART_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


@pytest.fixture
def program(tmp_path):
    for file in ("jdk/bin/java", "service.jar"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(file, encoding="utf-8")
    return Program(tmp_path / "jdk/bin/java", ("-Xmx64m",), tmp_path / "service.jar")


def made(program, folder, content="classes"):
    cache = Cache.of(program)
    (folder / "made").write_text(content, encoding="utf-8")
    cache.put(folder / "made")
    return cache


def test_a_program_without_a_cache_starts_without_one(program, folder):
    assert java_command.program_command(program) == [str(program.java), "-Xmx64m", "-jar", str(program.jar)]


def test_a_cache_is_used_from_the_next_start_on(program, folder):
    cache = made(program, folder)
    assert java_command.program_command(program)[1:3] == ["-Xmx64m", f"-XX:AOTCache={cache.file}"]


def test_who_wants_no_cache_has_none(program, folder, monkeypatch):
    made(program, folder)
    monkeypatch.setenv("JUPYTER_RESTART_CACHE", "off")
    assert Cache.of(program) is None
    assert java_command.program_command(program) == [str(program.java), "-Xmx64m", "-jar", str(program.jar)]


@pytest.mark.parametrize("part", ["jdk/bin/java", "service.jar", "jdk/release"])
def test_a_cache_of_another_java_or_jar_is_not_used_and_goes(program, folder, tmp_path, part):
    old = made(program, folder)
    (tmp_path / part).write_text("another", encoding="utf-8")
    assert Cache.of(program).flags() == []
    aot_cache.remove_stale(folder)
    assert list(folder.iterdir()) == []
    assert not old.is_whole()


def test_a_cache_of_other_flags_is_not_used_and_stays(program, folder):
    cache = made(program, folder)
    other = Program(program.java, ("-Xmx32m",), program.jar)
    assert Cache.of(other).flags() == []
    aot_cache.remove_stale(folder)
    assert cache.is_whole()


@pytest.mark.parametrize("spoil", [lambda file: os.truncate(file, 3), lambda file: file.write_text("CLASSES")])
def test_a_broken_cache_is_not_used_and_goes(program, folder, spoil):
    cache = made(program, folder)
    spoil(cache.file)
    assert cache.flags() == []


def test_what_an_interrupted_making_left_goes(program, folder):
    (folder / "making-abc").mkdir()
    (folder / "service-0123.aot").touch()
    with aot_cache.workshop(folder) as workshop:
        aot_cache.remove_stale(folder)
        assert sorted(folder.iterdir()) == sorted([folder / "lock", workshop])


def test_one_at_a_time_makes_a_cache(folder):
    with aot_cache.workshop(folder) as first, aot_cache.workshop(folder) as second:
        assert (first is None, second is None) == (False, True)


@needs_jar
@pytest.mark.timeout(400)
def test_the_first_start_makes_a_cache_once_and_the_next_uses_it(folder, home, monkeypatch):
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(JAR))
    begun = []
    monkeypatch.setattr(aot_cache, "ensure", lambda program, pid: begun.append((program, pid)))
    first = daemon.ensure(home, None, 60).service
    [(program, pid)] = begun
    assert (pid, aot_cache.is_used(Cache.of(program), pid)) == (first["pid"], False)

    results = []
    makers = [threading.Thread(target=lambda: results.append(aot_making.make(program))) for _ in range(2)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert sorted(results) == [False, True]
    assert [file.suffix for file in sorted(folder.iterdir())] == ["", ".aot", ".json"]

    stop(home)
    second = daemon.ensure(home, None, 60).service
    cache = Cache.of(program)
    assert aot_cache.is_used(cache, second["pid"])

    # Broken in a way that nobody sees but the JVM, which goes on without it.
    stop(home)
    content = cache.file.read_bytes()
    cache.file.write_bytes(content[:64] + bytes(64) + content[128:])
    cache.put(cache.file)
    third = daemon.ensure(home, None, 60).service
    assert cache.is_whole()
    assert not aot_cache.is_used(cache, third["pid"])
    stop(home)


def stop(home: Path) -> None:
    client = ControlClient(home)
    pid = client.service()["pid"]
    client.service_stop()
    client.close()
    daemon.wait_until_gone(pid, 20)
