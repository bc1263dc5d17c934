"""What student code cannot see, reach or change, run as hostile programs in the namespaces."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from checker.facts.running import Command, End, Tool
from checker.sandbox.inside.filtering import known_machine
from tests.sandbox.conftest import BELOW_TMP, Runner


def test_the_environment_is_made_from_nothing(isolated: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    seen = isolated.script(
        """
        import os
        print(sorted(os.environ))
        for process in filter(str.isdigit, os.listdir("/proc")):
            for name in ("environ", "cmdline"):
                try:
                    print(open(f"/proc/{process}/{name}").read())
                except PermissionError:
                    pass
        """,
        variables={"AWS_REGION": "here"},
    )
    assert seen.succeeded, seen.errors
    assert "AWS_REGION" in seen.output
    assert "SECRET" not in seen.output
    assert "hunter2" not in seen.output
    assert "GIT_AUTHOR" not in seen.output


def test_nothing_of_the_machine_is_seen_but_what_it_needs(isolated: Runner) -> None:
    seen = isolated.script(
        """
        import os
        print(os.getcwd(), os.path.expanduser("~"))
        print(sorted(os.listdir("/home/student")), sorted(os.listdir("/tmp")))
        print(os.path.exists("/etc/shadow"), os.path.exists("/var/run/docker.sock"), os.path.exists("/sys/fs/cgroup"))
        print([name for name in os.listdir("/proc") if name.isdigit()])
        """,
    )
    assert seen.output.splitlines() == [
        "/home/student/project /home/student",
        f"['project'] {BELOW_TMP}",
        "False False False",
        "['1', '2', '3']",
    ]


def test_the_checker_is_not_among_the_modules_and_hides_none_of_the_student(either: Runner) -> None:
    seen = either.script(
        """
        import sys
        print([name for name in sys.modules if name.startswith(("checker", "tests"))])
        import checker
        print(checker.MINE)
        """,
        {"checker.py": "MINE = 'mine'"},
    )
    assert seen.output == "[]\nmine\n"


def test_it_is_nobody_without_any_right(isolated: Runner) -> None:
    seen = isolated.script(
        """
        import os
        print(os.getresuid(), os.getresgid(), os.getgroups())
        for line in open("/proc/self/status"):
            if line.startswith(("Cap", "NoNewPrivs", "Seccomp:")):
                print(line.strip().replace("\\t", " "))
        """,
    )
    lines = seen.output.splitlines()
    assert lines[0].startswith("(1000, 1000, 1000) (1000, 1000, 1000)")
    empty = [f"{name}: 0000000000000000" for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")]
    assert lines[1:] == [*empty, "NoNewPrivs: 1", "Seccomp: 2"] if known_machine() else empty


def test_processes_of_the_sandbox_cannot_be_read_or_ended(isolated: Runner) -> None:
    if os.geteuid() != 0:
        pytest.skip("the holder is another user only where root maps the users")
    seen = isolated.script(
        """
        import os, signal
        for process in (1, 2):
            for name in ("environ", "maps", "root", "fd"):
                try:
                    path = f"/proc/{process}/{name}"
                    os.listdir(path) if name in ("root", "fd") else open(path).read()
                    print("read", path)
                except PermissionError:
                    pass
            try:
                os.kill(process, signal.SIGKILL)
                print("killed", process)
            except PermissionError:
                pass
        """,
    )
    assert (seen.output, seen.errors) == ("", "")


def test_killing_the_sandbox_is_the_students_failure(isolated: Runner) -> None:
    seen = isolated.script(
        """
        import os
        for process in (2, 1, os.getpid()):
            try:
                os.kill(process, 9)
            except OSError:
                pass
        """,
    )
    assert (seen.end, seen.status) == (End.SIGNAL, 9)
    assert not seen.succeeded


def test_only_its_own_folders_can_be_written(isolated: Runner) -> None:
    seen = isolated.script(
        """
        import os, sys
        for folder in ("/", "/usr", "/etc", "/home", "/opt", "/run", sys.prefix, os.path.dirname(os.__file__),
                       "/home/student", "/home/student/project", "/tmp", "/dev/shm", "/var/tmp"):
            try:
                open(os.path.join(folder, "x"), "w").close()
                print(folder)
            except OSError:
                pass
        """,
    )
    assert seen.output.split() == ["/home/student", "/home/student/project", "/tmp", "/dev/shm", "/var/tmp"]


def test_one_run_leaves_nothing_for_the_next(either: Runner) -> None:
    leave = """
        import pathlib
        for folder in (pathlib.Path.home(), pathlib.Path.cwd(), pathlib.Path("/tmp"), pathlib.Path("/dev/shm")):
            try:
                print((folder / "left-for-a-friend").exists(), end=" ")
                if {write}:
                    (folder / "left-for-a-friend").write_text("x")
            except OSError:
                pass
    """
    folders = 4 if either.kind == "bubblewrap" else 2
    either.script(leave.format(write=either.kind == "bubblewrap"))
    assert "True" not in either.script(leave.format(write=False)).output.split()[:folders]


def test_system_calls_without_honest_use_are_refused(isolated: Runner) -> None:
    if not known_machine():
        pytest.skip("no filter for this processor")
    seen = isolated.script(
        """
        import ctypes, errno, os
        c = ctypes.CDLL(None, use_errno=True)
        def tried(name, *arguments):
            done = getattr(c, name)(*arguments)
            print(name, done, errno.errorcode.get(ctypes.get_errno()))
        tried("unshare", 0x10000000)
        tried("ptrace", 0, 0, 0, 0)
        tried("mount", b"none", b"/tmp", b"tmpfs", 0, None)
        tried("setns", 0, 0)
        tried("chroot", b"/tmp")
        tried("personality", 0)
        """,
    )
    assert all(line.split()[1:] == ["-1", "EPERM"] for line in seen.output.splitlines()), seen.output
    assert len(seen.output.splitlines()) == 6


def test_setuid_programs_give_nothing(isolated: Runner) -> None:
    seen = isolated.job(Command("for p in su passwd mount; do (echo | timeout 2 $p -c id) 2>&1; done; id -u"), {})
    assert seen.output.rstrip().endswith("1000")
    assert "uid=0" not in seen.output


@pytest.mark.parametrize("address", ["192.0.2.1", "1.1.1.1"])
def test_no_network_but_the_gateway(isolated: Runner, address: str) -> None:
    seen = isolated.script(
        f"""
        import socket
        try:
            socket.create_connection(("{address}", 22), 1)
        except OSError as refused:
            print(type(refused).__name__, refused.errno)
        """,
    )
    assert seen.output == "OSError 101\n"


def test_the_graders_own_ports_are_out_of_reach(either: Runner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen = either.script(f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)")
    assert seen.error is not None
    assert seen.error.name == "ConnectionRefusedError"


def test_sockets_without_a_name_are_not_shared(isolated: Runner) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0grader")
        server.listen()
        seen = isolated.script("import socket\nsocket.socket(socket.AF_UNIX).connect('\\0grader')")
    assert seen.error is not None
    assert seen.error.name == "ConnectionRefusedError"


def test_no_descriptor_of_ours_is_open(either: Runner) -> None:
    seen = either.script(
        """
        import os
        for number in sorted(int(n) for n in os.listdir("/proc/self/fd")):
            try:
                print(number, os.readlink(f"/proc/self/fd/{number}").partition(":")[0])
            except OSError:
                pass
        """,
    )
    kinds = dict(line.split() for line in seen.output.splitlines())
    assert kinds.pop("0") == "/dev/null"
    assert set(kinds.values()) == {"pipe"}


def test_background_processes_are_dead_when_the_run_is(either: Runner) -> None:
    seen = either.script(
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                while True:
                    time.sleep(0.05)
                    open("marker-of-a-daemon", "w").close()
            os._exit(0)
        print(os.getcwd())
        """,
    )
    assert seen.succeeded
    assert seen.seconds < 5
    if either.kind == "plain":
        assert not Path(seen.output.strip()).exists()


def test_a_link_out_of_the_tree_leads_nowhere(isolated: Runner, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    seen = isolated.job(Command(f"ln -s {secret} x; cat x"), {})
    assert not seen.succeeded
    assert "hunter2" not in seen.output


def test_a_tool_is_isolated_too(isolated: Runner) -> None:
    seen = isolated.job(Tool("nonexistent"), {})
    assert seen.status == 1
    assert seen.result is None
    assert seen.error is not None
    assert seen.error.name == "ModuleNotFoundError"
