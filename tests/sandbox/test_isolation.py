"""What student code cannot see, reach or change, run as hostile programs in the namespaces."""

from __future__ import annotations

import ast
import contextlib
import os
import pwd
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from checker.facts.actions import Command, Script, Tool
from checker.facts.job import End, Job
from checker.facts.tree import Tree
from checker.sandbox.inside import seccomp
from checker.sandbox.inside.seccomp import known_machine
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.process import bubblewrap
from checker.sandbox.process.zygote import INSIDE
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
    seen = isolated.script("""
        import os
        print(os.getcwd(), os.path.expanduser("~"))
        print(sorted(os.listdir("/home/student")), sorted(os.listdir("/tmp")))
        print(os.path.exists("/etc/shadow"), os.path.exists("/var/run/docker.sock"), os.path.exists("/sys/fs/cgroup"))
        print([name for name in os.listdir("/proc") if name.isdigit()])
    """)
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
    seen = isolated.script("""
        import os
        print(os.getresuid(), os.getresgid(), os.getgroups())
        for line in open("/proc/self/status"):
            if line.startswith(("Cap", "NoNewPrivs", "Seccomp:")):
                print(line.strip().replace("\\t", " "))
    """)
    lines = seen.output.splitlines()
    assert lines[0].startswith("(1000, 1000, 1000) (1000, 1000, 1000)")
    empty = [f"{name}: 0000000000000000" for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")]
    assert lines[1:] == [*empty, "NoNewPrivs: 1", "Seccomp: 2"] if known_machine() else empty


def test_processes_of_the_sandbox_cannot_be_read_or_ended(isolated: Runner) -> None:
    if os.geteuid() != 0:
        pytest.skip("the holder is another user only where root maps the users")
    seen = isolated.script("""
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
    """)
    assert (seen.output, seen.errors) == ("", "")


def test_killing_the_sandbox_is_the_students_failure(isolated: Runner) -> None:
    seen = isolated.script("""
        import os
        for process in (2, 1, os.getpid()):
            try:
                os.kill(process, 9)
            except OSError:
                pass
    """)
    assert (seen.end, seen.status) == (End.SIGNAL, 9)
    assert not seen.succeeded


def test_only_its_own_folders_can_be_written(isolated: Runner) -> None:
    seen = isolated.script("""
        import os, sys
        for folder in ("/", "/usr", "/etc", "/home", "/opt", "/run", sys.prefix, os.path.dirname(os.__file__),
                       "/home/student", "/home/student/project", "/tmp", "/dev/shm", "/var/tmp"):
            try:
                open(os.path.join(folder, "x"), "w").close()
                print(folder)
            except OSError:
                pass
    """)
    assert seen.output.split() == ["/home/student", "/home/student/project", "/tmp", "/dev/shm", "/var/tmp"]


def test_nothing_mounted_can_be_written_without_a_limit(isolated: Runner) -> None:
    seen = isolated.script("""
        import os
        for line in open("/proc/self/mountinfo"):
            place, options = line.split()[4], line.split()[-1]
            try:
                with open(os.path.join(place, "x"), "w"):
                    print(place, "size=" in options)
            except OSError:
                pass
    """)
    assert seen.output.splitlines() == ["/dev/shm True", "/tmp True", "/home/student True", "/run/user/1000 True"]


def test_what_a_plain_user_would_own_has_a_size_or_is_read_only(
    isolated: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checker installed as a package lies in a folder of its own, laid over the one that is shown."""
    installed = Path(sys.prefix, "lib", "checker", "sandbox", "inside")
    monkeypatch.setattr(bubblewrap, "INSIDE", installed)
    building = bubblewrap.NamespaceFactory(os.fspath(tmp_path), None, Interpreter.own())
    words = building.arguments(Job(tree=Tree.of({}), action=Script("main.py")), None, None, 3)
    mounted = [words[place + 1] for place, word in enumerate(words) if word in ("--dev", "--tmpfs")]
    sized = {words[place + 3] for place, word in enumerate(words) if word == "--size"}
    fixed = {words[place + 1] for place, word in enumerate(words) if word == "--remount-ro"}
    assert os.fspath(installed.parents[1]) in mounted
    assert {"/", *mounted} == sized | fixed


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
    seen = isolated.script("""
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
    """)
    assert all(line.split()[1:] == ["-1", "EPERM"] for line in seen.output.splitlines()), seen.output
    assert len(seen.output.splitlines()) == 6


def test_setuid_programs_give_nothing(isolated: Runner) -> None:
    seen = isolated.job(Command("for p in su passwd mount; do (echo | timeout 2 $p -c id) 2>&1; done; id -u"), {})
    assert seen.output.rstrip().endswith("1000")
    assert "uid=0" not in seen.output


@pytest.mark.parametrize("address", ["192.0.2.1", "1.1.1.1"])
def test_no_network_but_the_gateway(isolated: Runner, address: str) -> None:
    seen = isolated.script(f"""
        import socket
        try:
            socket.create_connection(("{address}", 22), 1)
        except OSError as refused:
            print(type(refused).__name__, refused.errno)
    """)
    assert seen.output == "OSError 101\n"


def test_the_graders_own_ports_are_out_of_reach(either: Runner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen = either.script(f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)")
    assert seen.error.name == "ConnectionRefusedError"


def test_sockets_without_a_name_are_not_shared(isolated: Runner) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0grader")
        server.listen()
        seen = isolated.script("import socket\nsocket.socket(socket.AF_UNIX).connect('\\0grader')")
    assert seen.error.name == "ConnectionRefusedError"


def test_no_descriptor_of_ours_is_open(either: Runner) -> None:
    seen = either.script("""
        import os
        for number in sorted(int(n) for n in os.listdir("/proc/self/fd")):
            try:
                print(number, os.readlink(f"/proc/self/fd/{number}").partition(":")[0])
            except OSError:
                pass
    """)
    kinds = dict(line.split() for line in seen.output.splitlines())
    assert kinds.pop("0") == "/dev/null"
    assert set(kinds.values()) == {"pipe"}


def test_background_processes_are_dead_when_the_run_is(either: Runner) -> None:
    seen = either.script("""
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                while True:
                    time.sleep(0.05)
                    open("marker-of-a-daemon", "w").close()
            os._exit(0)
        print(os.getcwd())
    """)
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
    assert seen.error.name == "ModuleNotFoundError"


NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
"""All that can hold something of another run. That of time holds a clock's offset, which nobody can set in there."""


def test_every_namespace_is_its_own(isolated: Runner) -> None:
    look = f"import os\nprint(*(os.readlink('/proc/self/ns/' + name) for name in {NAMESPACES}))"
    first, second = (isolated.script(look).output.split() for _ in range(2))
    ours = [os.fspath(Path("/proc/self/ns", name).readlink()) for name in NAMESPACES]
    assert len(first) == len(NAMESPACES)
    assert not {*first} & {*ours}
    assert not {*second} & {*ours}


@pytest.mark.slow
def test_from_outside_it_is_nobody(isolated: Runner) -> None:
    """The user that a run is on this machine: no name, not ours, and another one in each run."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a user to each run")
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(isolated.job, Command("exec sleep 2.125"), {}) for _ in range(2)]
        seen: dict[int, tuple[int, ...]] = {}
        while not all(run.done() for run in runs):
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if process.cmdline() == ["sleep", "2.125"]:
                        seen[process.pid] = (*process.uids(), *process.gids())
            time.sleep(0.05)
    assert len(seen) == 2
    identities = {identity for all_of_one in seen.values() for identity in all_of_one}
    assert len(identities) == 2
    for identity in identities:
        assert identity > 65536
        with pytest.raises(KeyError):
            pwd.getpwuid(identity)


def test_nothing_tells_where_the_grader_works(isolated: Runner, tmp_path: Path) -> None:
    sandbox = isolated.opened
    seen = isolated.script(
        """
        import os
        for process in ("self", "1", "2"):
            for name in ("environ", "cmdline", "mountinfo", "mounts", "maps", "cgroup", "status"):
                try:
                    print(open(f"/proc/{process}/{name}", errors="replace").read())
                except OSError:
                    pass
        for number in os.listdir("/proc/self/fd"):
            try:
                print(os.readlink(f"/proc/self/fd/{number}"))
            except OSError:
                pass
        """,
        output=20_000_000,
    )
    assert seen.succeeded, seen.errors
    assert [line for line in seen.output.splitlines() if sandbox._folder in line] == []
    known = (sys.prefix, sys.base_prefix, os.fspath(INSIDE))
    home = os.fspath(Path.home())
    for line in seen.output.splitlines():
        if home != "/" and home + "/" in line:
            # the interpreter itself may lie there: its own place cannot be hidden from it
            assert any(path in line for path in known), line


@pytest.mark.parametrize("kind", ["script", "notebook", "command"])
def test_what_a_process_was_started_with_holds_nothing_of_ours(
    isolated: Runner, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = "print(sorted(x.split('=')[0] for x in open('/proc/self/environ').read().split(chr(0)) if x))"
    seen = {
        "script": lambda: isolated.script(look),
        "notebook": lambda: isolated.cells(look),
        "command": lambda: isolated.job(Command(f'python -c "{look}"'), {}),
    }[kind]()
    assert seen.succeeded, seen.errors
    allowed = {"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "HOME", "LANG", "LOGNAME", "OLDPWD", "PATH", "PWD", "SHELL", "SHLVL"}
    allowed |= {"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "TZ", "USER", "_"}
    assert {*ast.literal_eval(seen.output)} <= allowed


def test_each_refused_call_is_refused(isolated: Runner) -> None:
    if not known_machine():
        pytest.skip("no filter for this processor")
    machine = os.uname().machine
    _, clone, refused = seccomp._MACHINES[machine]
    calls = {name: [number] for name, number in refused.items()}
    user, signal_of_child = 0x10000000, 17
    calls |= {f"clone {flag:x}": [clone, flag | signal_of_child] for flag in (user, 0x20000, 0x20000000, 0x40000000)}
    if machine == "x86_64":
        calls |= {"getpid of x32": [0x40000000 | 39], "unshare of x32": [0x40000000 | 272]}
    seen = isolated.script(f"""
        import ctypes, errno, os
        library = ctypes.CDLL(None, use_errno=True)
        mine = os.getpid()
        for name, words in {calls}.items():
            ctypes.set_errno(0)
            done = library.syscall(*map(ctypes.c_long, words + [0] * (7 - len(words))))
            if os.getpid() != mine:
                os._exit(0)
            print(name, done, errno.errorcode.get(ctypes.get_errno()), sep=": ")
        print("clone3", library.syscall(435, 0, 0), errno.errorcode[ctypes.get_errno()], sep=": ")
    """)
    assert seen.succeeded, seen.errors
    assert seen.output.splitlines() == [*(f"{name}: -1: EPERM" for name in calls), "clone3: -1: ENOSYS"]


WITHOUT_HONEST_USE = frozenset(
    {
        "add_key", "bpf", "delete_module", "finit_module", "fsmount", "fsopen", "init_module", "io_uring_enter",
        "io_uring_register", "io_uring_setup", "kcmp", "kexec_load", "keyctl", "mount", "mount_setattr", "move_mount",
        "name_to_handle_at", "open_by_handle_at", "open_tree", "perf_event_open", "personality", "pidfd_getfd",
        "pivot_root", "process_vm_readv", "process_vm_writev", "ptrace", "request_key", "setns", "umount2", "unshare",
        "userfaultfd",
    }
)  # fmt: skip


@pytest.mark.parametrize("machine", sorted(seccomp._MACHINES))
def test_the_list_of_refused_calls_is_whole(machine: str) -> None:
    assert set(seccomp._MACHINES[machine][2]) >= WITHOUT_HONEST_USE


def test_threads_and_processes_are_no_refused_calls(isolated: Runner) -> None:
    seen = isolated.script("""
        import os, subprocess, threading
        threading.Thread(target=print, args=["thread"]).start()
        subprocess.run(["true"], check=True)
        os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
    """)
    assert (seen.status, seen.output) == (0, "thread\n")


def test_only_sockets_that_a_namespace_holds_can_be_made(isolated: Runner) -> None:
    """Those of virtual machines (40), for one, know no namespaces, and would speak to the host."""
    if not known_machine():
        pytest.skip("no filter for this processor")
    seen = isolated.script("""
        import ctypes, errno, socket
        library = ctypes.CDLL(None, use_errno=True)
        made, refused = set(), set()
        for family in range(64):
            for kind in range(1, 6):
                ctypes.set_errno(0)
                if library.socket(family, kind, 0) >= 0:
                    made.add(family)
                elif ctypes.get_errno() == errno.EAFNOSUPPORT:
                    refused.add(family)
        pair = (ctypes.c_int * 2)()
        print(sorted(made), 40 in refused, library.socketpair(40, 1, 0, pair), errno.errorcode[ctypes.get_errno()])
        left, right = socket.socketpair()
        left.send(b"heard")
        print(right.recv(5).decode())
    """)
    assert seen.output.splitlines() == ["[1, 2, 10, 16] True -1 EAFNOSUPPORT", "heard"], seen.errors


def test_the_filter_holds_for_what_a_program_starts(isolated: Runner) -> None:
    seen = isolated.job(Command("unshare -Ur true; echo $?; grep -h Seccomp: /proc/self/status"), {})
    assert seen.output.split()[0] != "0"
    assert seen.output.split()[-1] == "2" or not known_machine()


def test_the_kernels_settings_cannot_be_written(isolated: Runner) -> None:
    seen = isolated.script("""
        import os
        for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/self/uid_map",
                     "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/drop_caches", "/dev/kmsg", "/dev/mem"):
            try:
                with open(path, "w") as file:
                    file.write("0")
                print("written", path)
            except OSError:
                pass
    """)
    assert (seen.output, seen.errors) == ("", "")


def test_results_are_read_as_data_and_nothing_else() -> None:
    """Whatever a run tells is JSON: no module outside of the namespaces loads what could be code."""
    package = Path(seccomp.__file__).parents[1]
    for path in package.rglob("*.py"):
        if path.parent.name in ("inside", "observer", "redirected"):
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"} & {*names}, path
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            assert called not in ("eval", "exec", "compile", "__import__"), path
