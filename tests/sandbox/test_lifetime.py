"""Nothing is left behind: no process, no folder, no control group, however it ends."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from checker.facts.actions import Command, Script
from checker.facts.job import Job, RunLimits
from checker.facts.tree import Kind, Tree, tree_of
from checker.sandbox.base import SandboxFault
from checker.sandbox.capabilities import capabilities
from checker.sandbox.inside.removal import remove
from checker.sandbox.process.process_sandbox import ProcessSandbox
from checker.sandbox.process.zygote import _CLOSING_SECONDS, Zygote
from tests.sandbox.conftest import BELOW_TMP, Runner

GRADER = """
import signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell starts with it ignored
from checker.facts.actions import Command
from checker.facts.job import Job
from checker.facts.tree import Tree
from checker.sandbox.process.process_sandbox import ProcessSandbox
with ProcessSandbox(sys.argv[1]) as sandbox:
    sandbox.run(Job(tree=Tree.of({}), action=Command("true")))
    print(sandbox._folder, flush=True)
    job = Job(tree=Tree.of({"a": "x"}), action=Command("setsid sleep 1000 & sleep 1000"))
    threading.Thread(target=sandbox.run, args=(job,), daemon=True).start()
    sandbox.run(job)
"""


def _kinds() -> list[Any]:
    plain = pytest.param("plain", marks=pytest.mark.slow)
    return [plain] if capabilities().namespaces else ["bubblewrap", plain]


def _groups(name: str) -> list[Path]:
    return [*Path("/sys/fs/cgroup").glob(f"{name}-*"), *Path("/sys/fs/cgroup").glob(f"*/{name}-*")]


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def _descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def _gone(name: str, processes: list[psutil.Process], seconds: float = 15) -> bool:
    """Whether processes, folder and groups go away in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(map(_alive, processes)) and not Path(name).exists() and not _groups(Path(name).name):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("kind", _kinds())
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_grader_that_is_ended_leaves_nothing(kind: str, number: signal.Signals) -> None:
    command = [sys.executable, "-c", GRADER, kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as grader:
        folder = grader.stdout.readline().decode().strip()
        assert Path(folder).is_dir()
        deadline = time.monotonic() + 10
        sleeping: list[psutil.Process] = []
        while len(sleeping) < 4 and time.monotonic() < deadline:
            started = psutil.Process(grader.pid).children(recursive=True)
            sleeping = [one for one in started if _name(one) == "sleep"]
            time.sleep(0.02)
        assert len(sleeping) == 4
        started = psutil.Process(grader.pid).children(recursive=True)
        grader.send_signal(number)
        grader.wait(20)
    assert _gone(folder, started), [one for one in started if _alive(one)]


@pytest.mark.parametrize("kind", _kinds())
def test_closing_leaves_nothing(kind: str) -> None:
    before = _descriptors()
    others = {one.pid for one in psutil.Process().children(recursive=True)}
    with ProcessSandbox(kind) as sandbox:
        sandbox.run(Job(tree=Tree.of({"a.py": "print(1)"}), action=Script("a.py")))
        folder = sandbox._folder
        started = [one for one in psutil.Process().children(recursive=True) if one.pid not in others]
        assert started
        assert _groups(Path(folder).name) == []
    assert _gone(folder, started)
    assert _descriptors() == before


def test_runs_leave_no_descriptor_and_no_folder(either: Runner) -> None:
    job = Job(tree=Tree.of({"a.py": "print(1)"}), action=Script("a.py"))
    either.sandbox.run(job)
    before = _descriptors()
    for _ in range(3):
        either.sandbox.run(job)
    assert _descriptors() == before


def test_two_runs_at_once(either: Runner) -> None:
    jobs = [
        Job(tree=Tree.of({"a.py": f"import time\ntime.sleep(0.4)\nprint({number})"}), action=Script("a.py"))
        for number in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        assert [seen.output for seen in pool.map(either.sandbox.run, jobs)] == ["0\n", "1\n", "2\n", "3\n"]


def test_a_run_does_not_see_another_at_the_same_time(isolated: Runner) -> None:
    source = """
        import os, time
        open("/tmp/mine", "x"), open("/dev/shm/mine", "x")
        time.sleep(0.3)
        print(sorted(os.listdir("/tmp")), len([name for name in os.listdir("/proc") if name.isdigit()]))
    """
    with ThreadPoolExecutor(2) as pool:
        outputs = [seen.output for seen in pool.map(isolated.script, [source, source])]
    assert outputs == [f"{sorted([*BELOW_TMP, 'mine'])} 3\n"] * 2


def test_closing_in_the_middle_ends_the_run(either: Runner) -> None:
    with ThreadPoolExecutor(1) as pool:
        with ProcessSandbox(either.kind) as sandbox:
            sandbox.run(Job(tree=Tree.of({}), action=Command("true")))
            run = pool.submit(sandbox.run, Job(tree=Tree.of({}), action=Command("sleep 100")))
            time.sleep(0.5)
        with pytest.raises(SandboxFault):
            run.result(10)


def test_a_parent_that_died_is_started_again(either: Runner) -> None:
    with ProcessSandbox(either.kind) as sandbox:
        sandbox.run(Job(tree=Tree.of({}), action=Command("true")))
        process = sandbox._zygotes["launcher"]._process
        process.kill()
        process.wait()
        assert sandbox.run(Job(tree=Tree.of({}), action=Command("true"))).succeeded
        assert sandbox._zygotes["launcher"]._process.pid != process.pid


def test_a_parent_that_dies_in_the_middle_is_our_fault(either: Runner) -> None:
    with ProcessSandbox(either.kind) as sandbox:
        sandbox.run(Job(tree=Tree.of({}), action=Command("true")))
        parent = sandbox._zygotes["launcher"]
        asked = parent.ask
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                parent, "ask", lambda *given: (parent._process.kill(), parent._process.wait(), asked(*given))[2]
            )
            with pytest.raises(SandboxFault):
                sandbox.run(Job(tree=Tree.of({}), action=Command("true"), limits=RunLimits(seconds=5)))


def test_a_folder_that_the_tree_does_not_hold_is_made(either: Runner) -> None:
    assert either.job(Command("pwd"), {}, folder="a/b").output.rstrip().endswith("/project/a/b")


def test_strange_names_are_laid_out_or_left_out(either: Runner) -> None:
    names = [
        "-rf",
        "$(touch x)",
        "with\nnewline",
        "é" * 100,
        "x" * 300,
        "CON",
        "a/b/c",
        "sp ace",
        "\u202egnp.exe",
        "b\udcff",
    ]
    tree = Tree.of(dict.fromkeys(names, "here"))
    seen = either.sandbox.run(Job(tree=tree, action=Command("find . -type f | wc -l; cat a/b/c ./-rf")))
    assert seen.succeeded, seen.errors
    assert seen.output.split() == ["10", "herehere"]


@pytest.mark.parametrize("path", ["../out", "/tmp/out", "a/../../out", "a//b", "./c"])
def test_paths_out_of_the_tree_are_left_out(either: Runner, path: str) -> None:
    seen = either.sandbox.run(Job(tree=Tree.of({path: "x", "kept": "x"}), action=Command("find . -type f; ls ..")))
    assert seen.output.splitlines()[0] == "./kept"
    assert "out" not in seen.output


def test_a_file_is_not_written_through_a_link(either: Runner, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    tree = Tree.of({"a": os.fspath(victim), "a/file": "x"})
    entries = dict(tree.entries)
    entries["a"] = replace(entries["a"], kind=Kind.LINK)
    assert either.sandbox.run(Job(tree=tree_of(entries, tree.fetch), action=Command("ls -l a"))).succeeded
    assert list(victim.iterdir()) == []


def test_links_and_modes_are_kept(either: Runner) -> None:
    tree = Tree.of({"run.sh": "#!/bin/sh\necho ran", "link": "run.sh"})
    entries = dict(tree.entries)
    entries["run.sh"] = replace(entries["run.sh"], kind=Kind.EXECUTABLE)
    entries["link"] = replace(entries["link"], kind=Kind.LINK)
    assert either.sandbox.run(Job(tree=tree_of(entries, tree.fetch), action=Command("./link"))).output == "ran\n"


@pytest.fixture
def without_rights() -> Iterator[Path]:
    """A folder of a user to whom the rights of files apply, and who this process is meanwhile."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        shutil.rmtree(folder, ignore_errors=True)


def test_folders_without_rights_are_removed(without_rights: Path) -> None:
    (without_rights / "mine").mkdir()
    (without_rights / "mine").chmod(0o500)
    inner = without_rights / "run" / "project" / "closed"
    inner.mkdir(parents=True)
    (inner / "a").touch()
    (inner / "link").symlink_to(without_rights / "mine")
    for folder in (inner, inner.parent, inner.parent.parent):
        folder.chmod(0)
    remove(os.fspath(without_rights / "run"))
    assert [one.name for one in without_rights.iterdir()] == ["mine"]
    assert (without_rights / "mine").stat().st_mode & 0o777 == 0o500


def test_nobody_has_to_wait_for_what_is_being_loaded(tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text("import time\ntime.sleep(1000)\n", encoding="utf-8")
    parent = Zygote([sys.executable], {}, modules=["endless"], overlaid=[os.fspath(tmp_path)])
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(parent.ask, {}, {})
        parent.give_up()
        with pytest.raises(SandboxFault):
            asked.result()
    before = time.monotonic()
    parent.close()
    assert time.monotonic() - before < _CLOSING_SECONDS


def test_what_is_given_up_begins_nothing_any_more() -> None:
    with ProcessSandbox("plain", network=False) as sandbox:
        sandbox.give_up()
        with pytest.raises(SandboxFault):
            sandbox.run(Job(tree=Tree.of({}), action=Command("true")))


def test_a_grader_that_is_killed_before_it_listened_leaves_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    parent = Zygote([sys.executable], {}, remove=[os.fspath(folder)])
    assert select.select([parent._channel], [], [], 60)[0]  # it said that it is ready, which nobody reads
    parent.leave()
    assert parent._process.wait(60) == 0
    assert not folder.exists()
