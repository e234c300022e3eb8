"""How much memory is left: of the machine, and of each control group that this process is in."""

import pytest

from jupyter_restart import memory
from jupyter_restart.reserve import pause_s

MB = 1 << 20
MACHINE = f"MemTotal: 9999999 kB\nMemAvailable: {4096 * 1024} kB\n"


def machine(root, groups, cgroup):
    files = {"proc/meminfo": MACHINE, "proc/self/cgroup": cgroup, **groups}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def group(folder, limit, used, cache=0):
    return {
        f"sys/fs/cgroup/{folder}memory.max": f"{limit}\n",
        f"sys/fs/cgroup/{folder}memory.current": f"{used}\n",
        f"sys/fs/cgroup/{folder}memory.stat": f"anon 1\ninactive_file {cache}\n",
    }


@pytest.mark.parametrize(
    ("groups", "left_mb"),
    [
        ({}, 4096),
        (group("pod/box/", "max", 5), 4096),
        (group("pod/box/", 1024 * MB, 900 * MB, 100 * MB), 224),
        ({**group("pod/box/", "max", 5), **group("pod/", 512 * MB, 500 * MB)}, 12),
        # In a container its own group is the top.
        (group("", 300 * MB, 100 * MB), 200),
    ],
    ids=["no groups", "no limit", "limit", "limit above", "container"],
)
def test_what_is_left_is_the_least_of_machine_and_groups(tmp_path, groups, left_mb):
    root = machine(tmp_path, groups, "0::/pod/box\n")
    assert memory.available_bytes(root) == left_mb * MB


def test_groups_of_the_first_version_count_too(tmp_path):
    folder = "sys/fs/cgroup/memory/docker/one/"
    groups = {
        f"{folder}memory.limit_in_bytes": str(1024 * MB),
        f"{folder}memory.usage_in_bytes": str(1000 * MB),
        f"{folder}memory.stat": f"cache 7\ntotal_inactive_file {76 * MB}\n",
    }
    root = machine(tmp_path, groups, "11:cpu:/docker/one\n9:memory:/docker/one\n")
    assert memory.available_bytes(root) == 100 * MB


def test_this_machine_has_some_left():
    assert 0 < memory.available_bytes() < 1 << 50


def test_what_dies_again_and_again_is_started_ever_more_seldom():
    assert [pause_s(attempts) for attempts in (0, 1, 2, 3, 20)] == [0.0, 2.0, 4.0, 8.0, 300.0]
