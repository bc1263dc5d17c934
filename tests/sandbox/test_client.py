"""The client of a kernel reads hostile messages outside of the namespaces: what is left to it if they win."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from checker.sandbox.inside.seccomp import known_machine
from checker.sandbox.process.process_sandbox import ProcessSandbox
from tests.sandbox.conftest import Runner

RETIRED = """
import ctypes, json, os, socket, sys
from checker.sandbox.inside import namespaces
empty, folder, port, grader, secret, user = sys.argv[1:]
if int(user):
    os.setgroups([])
    os.setresgid(int(user), int(user), int(user))
    os.setresuid(int(user), int(user), int(user))
place = os.open(folder, os.O_PATH | os.O_DIRECTORY)
namespaces.retire(empty, place)

def tried(name, attempt):
    try:
        seen[name] = repr(attempt())
    except BaseException as refused:
        seen[name] = type(refused).__name__

def told():
    with socket.socket(socket.AF_UNIX) as friend:
        friend.connect("s-1")
        return friend.recv(10)

seen = {"ids": [*os.getresuid(), *os.getresgid(), *os.getgroups()]}
tried("root", lambda: os.listdir("/"))
tried("secret", lambda: open(secret).read())
tried("passwd", lambda: open("/etc/passwd").read())
tried("network", lambda: socket.socket().connect((b"127.0.0.1", int(port))))
tried("kill", lambda: os.kill(int(grader), 0))
tried("write", lambda: open("/x", "w"))
tried("run", lambda: os.execv("/bin/true", ["true"]))
tried("become", lambda: os.setuid(0))
tried("chroot", lambda: os.chroot("."))
tried("ptrace", lambda: ctypes.CDLL(None).ptrace(16, int(grader), 0, 0))
tried("friend", told)
print(json.dumps(seen))
"""
NOBODY = 1_234_567_890
_LEFT = ("net", "ipc", "uts")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("user", [0, NOBODY], ids=["as ourselves", "as a plain user"])
def test_what_is_left_to_the_client(isolated: Runner, folder: Path, user: int) -> None:
    if user and os.geteuid() != 0:
        pytest.skip("only root can become another user")
    tmp_path = folder
    empty, folder, secret = tmp_path / "empty", tmp_path / "folder", tmp_path / "secret"
    empty.mkdir(0o555)
    folder.mkdir()
    secret.write_text("hunter2")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as friend:
        friend.bind(os.fspath(folder / "s-1"))
        friend.listen()
        if os.geteuid() == 0:
            for path in (folder, folder / "s-1"):
                os.chown(path, NOBODY, NOBODY)
        port = str(server.getsockname()[1])
        given = [os.fspath(empty), os.fspath(folder), port, str(os.getpid()), os.fspath(secret), str(user)]
        with subprocess.Popen([sys.executable, "-c", RETIRED, *given], stdout=subprocess.PIPE) as process:
            friend.settimeout(20)
            with friend.accept()[0] as accepted:
                accepted.send(b"hello")
            seen = json.loads(process.stdout.read())
    if os.geteuid() == 0:
        assert seen.pop("ids") == ([65534] if user else [NOBODY]) * 6
        assert seen.pop("kill") == "PermissionError"
    assert seen.pop("ptrace") == "-1"
    assert seen.pop("become") in ("PermissionError", "OSError")  # the latter where root has no name in there
    seen.pop("ids", None)
    seen.pop("kill", None)
    assert seen == {
        "root": "[]",
        "secret": "FileNotFoundError",
        "passwd": "FileNotFoundError",
        "network": "OSError",
        "write": "PermissionError",
        "run": "FileNotFoundError",
        "chroot": "PermissionError",
        "friend": "b'hello'",
    }


def _client(sandbox: ProcessSandbox) -> tuple[dict[str, str], dict[str, str]] | None:
    """Status and namespaces of a process that has nothing but the empty folder, and is ready."""
    for process in psutil.Process(sandbox._zygotes["runs"]._process.pid).children(recursive=True):
        place = Path("/proc", str(process.pid))
        with contextlib.suppress(OSError):
            if os.fspath((place / "root").readlink()) == sandbox._empty:
                lines = (place / "status").read_text().splitlines()
                status = dict(line.split(":\t", 1) for line in lines)
                if status["NoNewPrivs"] == "1":
                    return status, {name: os.fspath((place / "ns" / name).readlink()) for name in _LEFT}
    return None


@pytest.mark.slow
def test_the_client_of_a_run_has_given_everything_up(isolated: Runner) -> None:
    sandbox = isolated.opened
    assert isolated.cells("1").succeeded
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(isolated.cells, "import time\nwhile True:\n    time.sleep(0.1)", seconds=4)
        client = None
        while client is None and not running.done():
            time.sleep(0.01)
            client = _client(sandbox)
        assert client is not None, running.result()
        running.result()
    status, namespaces = client
    if os.geteuid() == 0:
        assert set(status["Uid"].split()) & {"0", str(os.getuid())} == set()
        assert status["Groups"].strip() == ""
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2" or not known_machine()
    assert all(seen != os.fspath(Path(f"/proc/self/ns/{name}").readlink()) for name, seen in namespaces.items())


def test_what_lies_beside_the_sockets_is_nobodys_code(isolated: Runner) -> None:
    """A kernel can write where its sockets are; the client never imports or reads anything from there."""
    seen = isolated.cells(
        """
        import os, sys
        folder = "/run/user/1000"
        for name in ("json", "nbclient", "jupyter_client", "encodings", "sitecustomize"):
            open(f"{folder}/{name}.py", "w").write("raise SystemExit('taken over')")
        for path in [*sys.path, "/etc"]:
            os.makedirs(folder + path, exist_ok=True)
            open(f"{folder}{path}/json.py", "w").write("raise SystemExit('taken over')")
        """,
        "print('still here')",
    )
    assert seen.succeeded, seen.error
    assert seen.output == "still here\n"
