"""Git's own program on the checker's bare repository: hardened, bounded, and ended with all its child processes.

Git gets an environment made from nothing. Its configuration is that of the repository, which is the checker's, and of
this module; no hooks, no protocol but that of the address, no question to a terminal. A secret reaches git by its
environment alone, through a credential helper that answers for one host.
"""

from __future__ import annotations

import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from checker.classroom.cloning.address import Address
from checker.classroom.cloning.bounds import FetchBounds
from checker.errors import UsageError
from checker.model import text

_TICK = 0.2
_LOOKS_EVERY = 0.5
_MOST_ERRORS = 16_000
_CHUNK = 1 << 16
_USER, _SECRET = "CHECKER_GIT_USER", "CHECKER_GIT_SECRET"
_HELPER = f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" "${_USER}" "${_SECRET}"; }}; f'
_OF_THE_SURROUNDINGS = (
    *("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
)
_OF_SSH = ("HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK")
_SSH = (
    "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ClearAllForwardings=yes -o ControlPath=none"
)
_WARNED_OF = (
    *("badDate", "badDateOverflow", "badTimezone", "zeroPaddedDate", "missingSpaceBeforeDate"),
    *("badEmail", "badName", "missingEmail", "missingNameBeforeEmail", "missingSpaceBeforeEmail"),
    *("zeroPaddedFilemode", "multipleAuthors", "extraHeaderEntry", "badTagName", "missingTaggerEntry"),
)
"""Harmless oddities in commits of old programs, about which fsck only warns."""

_SETTINGS = (
    *(("core.hooksPath", "/dev/null"), ("core.fsmonitor", "false"), ("core.bigFileThreshold", "20m")),
    *(("core.packedGitWindowSize", "32m"), ("core.packedGitLimit", "256m"), ("pack.threads", "1")),
    *(("gc.auto", "0"), ("maintenance.auto", "false"), ("submodule.recurse", "false")),
    *(("fetch.recurseSubmodules", "false"), ("fetch.unpackLimit", "1"), ("fetch.fsckObjects", "true")),
    *((f"{command}.{name}", "warn") for name in _WARNED_OF for command in ("fetch.fsck", "fsck")),
    *(("fetch.showForcedUpdates", "false"), ("fetch.writeCommitGraph", "false"), ("transfer.bundleURI", "false")),
    *(("http.followRedirects", "initial"), ("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", "60")),
    *(("protocol.version", "2"), ("credential.helper", "")),
)


class Stop(StrEnum):
    """The reason why git was ended early."""

    TIME = "time"
    SILENCE = "silence"
    DISK = "disk"
    OUTPUT = "output"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class GitEnd:
    """The result of a call of git: its status, its output, the end of its errors, and why it was stopped, if it was."""

    status: int
    output: bytes
    errors: str
    stop: Stop | None = None

    @property
    def succeeded(self) -> bool:
        return self.status == 0 and self.stop is None


@dataclass(frozen=True, slots=True)
class Git:
    """Git's program on the bare repository *folder*, for the repository at *address*.

    ``secret`` is a token for the address's host. ``surroundings`` are the variables of this process, of which a few are
    handed on. A running git is ended when ``cancelled`` is set. ``lock`` is the descriptor that keeps others away as
    long as any process of git has it.
    """

    folder: Path
    address: Address
    surroundings: Mapping[str, str]
    bounds: FetchBounds
    cancelled: threading.Event
    lock: int
    secret: str = ""

    def run(self, words: Sequence[str], told: bytes = b"") -> GitEnd:
        """Run ``git`` with the arguments *words* and *told* on its standard input.

        Raises UsageError without a git.
        """
        with tempfile.TemporaryFile() as source:
            source.write(told)
            source.seek(0)
            try:
                process = subprocess.Popen(
                    ("git", *words),
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=self._environment(),
                    cwd=self.folder,
                    pass_fds=(self.lock,),
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise UsageError(
                    text("Cloning needs git, which is not installed."), text("Install git, and start again.")
                ) from error
            return _Running(process, self.folder, self.bounds, self.cancelled).end()

    def _environment(self) -> dict[str, str]:
        secret = self.address.secret or self.secret
        user = self.address.user or ("x-access-token" if secret else "")
        settings = [*_SETTINGS]
        variables = {
            "LC_ALL": "C",
            "GIT_DIR": os.fspath(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_PROTOCOL_FROM_USER": "0",
            "GIT_ALLOW_PROTOCOL": {"http": "http:https"}.get(self.address.protocol, self.address.protocol),
            "GIT_SSH_COMMAND": _SSH,
            "GIT_SSH_VARIANT": "ssh",
        }
        names = _OF_THE_SURROUNDINGS + (_OF_SSH if self.address.protocol == "ssh" else ())
        variables |= {name: self.surroundings[name] for name in names if name in self.surroundings}
        if (user or secret) and self.address.keeps_secrets:
            settings.append((f"credential.{self.address.credential_scope}.helper", _HELPER))
            variables |= {_USER: user, _SECRET: secret}
        variables["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (name, value) in enumerate(settings):
            variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        return variables


class _Running:
    """One process of git, watched until it ends or is ended."""

    def __init__(
        self, process: subprocess.Popen[bytes], folder: Path, bounds: FetchBounds, cancelled: threading.Event
    ) -> None:
        self._process = process
        self._folder = folder
        self._bounds = bounds
        self._cancelled = cancelled
        self._output = bytearray()
        self._errors = bytearray()
        self._began = self._heard = self._looked = time.monotonic()
        self._size = 0
        if sys.platform == "linux":
            # Within the first instant of git, before it reads any input.
            with suppress(OSError):
                resource.prlimit(process.pid, resource.RLIMIT_AS, (bounds.memory, bounds.memory))
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (bounds.disk, bounds.disk))

    def end(self) -> GitEnd:
        stop: Stop | None = None
        try:
            stop = self._listen()
        finally:
            if stop is None:
                stop = self._wait()
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for pipe in (self._process.stdout, self._process.stderr):
                if pipe is not None:
                    pipe.close()
        words = bytes(self._errors).decode("utf-8", "replace")
        return GitEnd(self._process.returncode, bytes(self._output), words, stop)

    def _listen(self) -> Stop | None:
        """Read git's output until its pipes are closed; the reason to end it, if there is one."""
        with selectors.DefaultSelector() as selector:
            for pipe, into in ((self._process.stdout, self._output), (self._process.stderr, self._errors)):
                if pipe is not None:
                    os.set_blocking(pipe.fileno(), False)
                    selector.register(pipe, selectors.EVENT_READ, into)
            while selector.get_map():
                for key, _ in selector.select(_TICK):
                    part = os.read(key.fd, _CHUNK)
                    if not part:
                        selector.unregister(key.fileobj)
                        continue
                    self._heard = time.monotonic()
                    key.data.extend(part)
                del self._errors[:-_MOST_ERRORS]
                if (stop := self._too_much()) is not None:
                    return stop
        return None

    def _wait(self) -> Stop | None:
        """Wait for the end of git, whose pipes are closed; its process id stays reserved."""
        while os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if (stop := self._too_much()) is not None:
                return stop
            time.sleep(0.01)
        return Stop.DISK if size_of(self._folder) > self._bounds.disk else None

    def _too_much(self) -> Stop | None:
        now = time.monotonic()
        if self._cancelled.is_set():
            return Stop.CANCELLED
        if len(self._output) > self._bounds.told:
            return Stop.OUTPUT
        if now - self._began > self._bounds.seconds:
            return Stop.TIME
        if now - self._looked > _LOOKS_EVERY:
            self._looked = now
            size = size_of(self._folder)
            if size != self._size:
                self._size, self._heard = size, now
            if size > self._bounds.disk:
                return Stop.DISK
        return Stop.SILENCE if now - self._heard > self._bounds.silence else None


def size_of(folder: Path) -> int:
    """The bytes of all files below *folder*; files that vanish during the walk are not counted."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118  each half second
    return total
