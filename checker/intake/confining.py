"""The command of the reader, in namespaces that contain the submission and Python alone.

Without namespaces the reader runs with its own limits alone. The reader is our own code, but an exploit of libgit2
would then have all rights of the user who grades (see SECURITY.md).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import checker
from checker.sandbox.inside import seccomp
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.process import bubblewrap

_START = "import sys; sys.path.append(sys.argv[1]); from checker.intake.reader import main; main()"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_CONFIGURATION = ("/etc/ld.so.cache", "/etc/localtime")
_SUBMISSION = "/submission"
_SCRATCH = "/scratch"
VARIABLES = {"SSL_CERT_DIR": "/usr", "SSL_CERT_FILE": "/usr/none"}
"""The reader's whole environment. pygit2 needs a folder of authorities to load, and takes long with a real one."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, the descriptors that it inherits, and the paths of the two folders as the command sees them."""

    words: tuple[str, ...]
    descriptors: tuple[int, ...]
    place: str
    scratch: str


@contextmanager
def confined(place: Path, scratch: Path) -> Iterator[Command | None]:
    """The command of the reader in namespaces of its own; None without bubblewrap.

    The reader sees *place* read-only, and may write into *scratch*. As root it keeps one capability, to read files of
    any owner; a filter of system calls prevents its other uses.
    """
    program = bubblewrap.binary() if sys.platform == "linux" else None
    if program is None:
        yield None
        return
    with _filter() as code:
        filtered = ("--seccomp", str(code.fileno())) if code is not None else ()
        arguments = (
            program,
            *_namespaces(filtered=code is not None),
            *("--die-with-parent", "--new-session", "--hostname", "localhost", "--clearenv"),
            *(argument for name, value in VARIABLES.items() for argument in ("--setenv", name, value)),
            *_view(),
            *("--ro-bind", os.fspath(place), _SUBMISSION, "--bind", os.fspath(scratch), _SCRATCH),
            *("--remount-ro", "/", "--chdir", "/"),
            *filtered,
            "--",
            *_reader(),
        )
        yield Command(arguments, (code.fileno(),) if code is not None else (), _SUBMISSION, _SCRATCH)


def unconfined(place: Path, scratch: Path) -> Command:
    """The command of the reader without namespaces."""
    return Command(_reader(), (), os.fspath(place), os.fspath(scratch))


def _reader() -> tuple[str, ...]:
    # Isolated: variables, the current folder and the user's packages have no effect on imports.
    return (sys.executable, "-I", "-B", "-c", _START, os.fspath(_package().parent))


def _package() -> Path:
    return Path(os.path.realpath(str(checker.__file__))).parent


def _namespaces(*, filtered: bool) -> list[str]:
    apart = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() != 0:
        return [*apart, "--unshare-user", "--cap-drop", "ALL"]
    # In a user namespace with one id, root could not read other users' files.
    return [*apart, "--cap-drop", "ALL", *(("--cap-add", "CAP_DAC_READ_SEARCH") if filtered else ())]


def _view() -> list[str]:
    shown: list[str] = []
    for path in _SYSTEM:
        if Path(path).is_symlink():
            shown += ["--symlink", os.fspath(Path(path).readlink()), path]
        elif Path(path).is_dir():
            shown += ["--ro-bind", path, path]
    for path in _CONFIGURATION:
        shown += ["--ro-bind-try", path, path]
    folders = [*Interpreter.own().folders(), os.fspath(_package())]
    for path in dict.fromkeys(folders):
        if not any(path.startswith(top + "/") for top in _SYSTEM):
            shown += ["--ro-bind", path, path]
    return [*shown, "--dev", "/dev"]


@contextmanager
def _filter() -> Iterator[IO[bytes] | None]:
    if not seccomp.known_machine():
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.write(seccomp.program(os.uname().machine))
        file.seek(0)
        yield file
