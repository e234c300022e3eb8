"""The checks of the service, its files and its surroundings, and what is done: pure functions over facts."""

from pathlib import Path

import pytest
from checkup_facts import HOME, JAVA, app, codes, facts, process

from jupyter_restart.checkup import check_files, check_service, deeds
from jupyter_restart.checkup.checks import examine
from jupyter_restart.checkup.deeds import EndService, MakePrivate, PutAside, Remove, StartService
from jupyter_restart.checkup.facts import Folder, PidFile, ServiceState


def test_where_all_is_well_nothing_is_found_and_nothing_done():
    well = facts(
        JAVA,
        process(2, name="keeper-1a2b3c", mark=""),
        process(60, 2, mark="/h:comfyui-1"),
        process(61, 60, mark="/h:comfyui-1"),
        apps=[app(pid=60, port=8188)],
        listeners={8188: (61,)},
        panel_version="1",
        endpoint_mode=0o600,
        log_folder=Folder(Path("/storage")),
        pid_files=(PidFile(HOME / "auto_restart.pid", 50, "here", is_alive=True),),
    )
    assert (examine(well), [*deeds.first(well), *deeds.then(well)]) == ([], [])


SERVICE = [
    (ServiceState(), "service_down", []),
    (ServiceState(has_endpoint=True), "service_died", [Remove(HOME / "endpoint.json"), StartService()]),
    (
        ServiceState(holder=50, has_endpoint=True, complaint="It did not answer."),
        "service_hangs",
        [EndService(JAVA.identity), Remove(HOME / "endpoint.json"), StartService()],
    ),
    (ServiceState(holder=50, holder_state="T"), "service_hangs", [EndService(JAVA.identity), StartService()]),
    (ServiceState(holder=0, has_endpoint=True), "service_unseen", []),
]


@pytest.mark.parametrize(("state", "code", "done"), SERVICE)
def test_a_service_that_does_not_answer(state, code, done):
    seen = facts(JAVA, service=state)
    assert codes(check_service.service(seen)) == [(code, True)]
    assert list(deeds.first(seen)) == done


@pytest.mark.parametrize("obstacle", [{"java_problem": "No Java.\nInstall one."}, {"config_problem": "f:1:1: bad"}])
def test_a_service_that_hangs_is_left_where_no_other_could_start(obstacle):
    seen = facts(JAVA, service=ServiceState(holder=50, has_endpoint=True), **obstacle)
    assert list(deeds.first(seen)) == []


def test_a_service_that_is_halted_is_told_as_such():
    state = ServiceState(holder=50, holder_state="T", complaint="It did not answer.")
    [finding] = check_service.service(facts(JAVA, service=state))
    assert finding.what == "The restart service (pid 50) does not answer. It is halted by a signal. It did not answer."


@pytest.mark.parametrize(
    ("problem", "what", "cure"),
    [
        ("No Java was found.\n  saw: 17\nInstall a JDK 25.", "No Java was found.\n  saw: 17", "Install a JDK 25."),
        ("The Java part is not at /j: reinstall it.", "The Java part is not at /j", "Reinstall it."),
    ],
)
def test_a_missing_java_is_told_with_its_cure(problem, what, cure):
    [finding] = check_service.java(facts(java_problem=problem))
    assert (finding.what, finding.cure) == (what, cure)


def test_each_error_of_the_config_is_a_finding():
    found = list(check_service.config(facts(config_problem="f:1:1: a\nf:2:1: b")))
    assert [finding.what for finding in found] == ["f:1:1: a", "f:2:1: b"]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"panel_version": None}, []),
        ({"panel_version": "1"}, []),
        ({"panel_version": "2"}, [("version_panel", True)]),
        ({"version": "2"}, [("version_service", True)]),
        ({"version": "2", "service": ServiceState()}, []),
    ],
)
def test_parts_of_several_versions(others, expected):
    assert codes(check_service.versions(facts(**others))) == expected


def test_an_extension_that_is_off_is_found():
    assert codes(check_service.extension(facts(is_extension_enabled=False))) == [("extension", True)]


@pytest.mark.parametrize(
    ("home", "expected", "done"),
    [
        (Folder(HOME, mode=None), [], []),
        (Folder(HOME, mode=0o750), [("home_mode", True)], [MakePrivate(HOME, 0o700)]),
        (Folder(HOME, is_writable=False), [("home_not_writable", True)], []),
        (Folder(HOME, free=1), [("disk_full", True)], []),
        (Folder(HOME, is_own=False, is_writable=False), [("home_owner", True)], []),
        (Folder(HOME, is_own=False, mode=0o755), [("home_owner", True), ("home_mode", True)], []),
    ],
)
def test_the_home(home, expected, done):
    seen = facts(JAVA, home=home)
    assert (codes(check_files.folders(seen)), list(deeds.first(seen))) == (expected, done)


def test_the_folder_of_the_log_and_the_token():
    seen = facts(JAVA, log_folder=Folder(Path("/l"), is_writable=False), endpoint_mode=0o644)
    assert codes(check_files.folders(seen)) == [("log_not_writable", True), ("endpoint_mode", True)]
    assert list(deeds.first(seen)) == [MakePrivate(HOME / "endpoint.json", 0o600)]


FILE = Path("/storage/auto_restart.pid")
PID_FILES = [
    (PidFile(FILE, 50, "here", is_alive=True), [], []),
    (PidFile(FILE, 50, "here", is_alive=False), [("pid_file_stale", True)], [Remove(FILE)]),
    (PidFile(FILE, 50, "elsewhere", is_alive=False), [("pid_file_foreign", False)], []),
    (PidFile(FILE, 50, "elsewhere", is_alive=True), [("pid_file_foreign", False)], []),
    (PidFile(FILE, 50, None, is_alive=True), [("pid_file_unknown", True)], []),
    (PidFile(FILE, 50, None, is_alive=False), [("pid_file_stale", True)], [Remove(FILE)]),
    (PidFile(FILE, None, None, is_alive=False), [("pid_file_stale", True)], [Remove(FILE)]),
]


@pytest.mark.parametrize(("file", "expected", "done"), PID_FILES)
def test_pid_files(file, expected, done):
    seen = facts(JAVA, pid_files=(file,))
    assert (codes(check_files.pid_files(seen)), list(deeds.first(seen))) == (expected, done)


def test_a_broken_state_is_put_aside_only_while_no_service_could_write_it():
    broken = HOME / "state.jsonl"
    assert codes(check_files.state(facts(broken_state=broken))) == [("state_broken", True)]
    assert list(deeds.first(facts(JAVA, broken_state=broken))) == []
    assert list(deeds.first(facts(broken_state=broken, service=ServiceState()))) == [PutAside(broken)]
