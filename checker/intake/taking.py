"""The intake of a submission: the confined reader is started, received from, and ended in any case."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pygit2

from checker import archive
from checker.errors import CheckerFault, UsageError
from checker.intake.bounds import BOUNDS, Bounds
from checker.intake.confining import VARIABLES, Command, confined, unconfined
from checker.intake.frames import BrokenFrame
from checker.intake.receiving import NotBelieved, Receiver
from checker.intake.scratch import Scratch
from checker.intake.taken import Manifest, TakenIn
from checker.model import Json, text
from checker.repository.git_folder import quieten_libgit2
from checker.repository.refusals import unreadable

_CHUNK = 1 << 20
_MOST_SAID = 4000
_OUT_OF_TIME = {signal.SIGXCPU}
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE}
_LONGEST_END = 10.0


def take_in(asked: Path, place: Path, *, commit: str | None, inner: str | None) -> TakenIn:
    """The submission at *place* as a repository of ours, which is removed when it is closed.

    *asked* is its name in sentences; *inner* the requested folder within it, None for an archive. Raises UsageError
    for a submission that cannot be taken in, and CheckerFault where the reader cannot be started.
    """
    quieten_libgit2()
    scratch = Scratch()
    try:
        reading = scratch.path / "reading"
        reading.mkdir()
        git = pygit2.init_repository(str(scratch.path / "git"), bare=True)
        objects = scratch.path / "git" / "objects" / "pack"
        order: dict[str, Json] = {"asked": str(asked), "commit": commit, "inner": inner, "bounds": asdict(BOUNDS)}
        manifest = _read(asked, place, reading, objects, order)
        archive.remove(reading)
        if manifest.shallow:
            (scratch.path / "git" / "shallow").write_text("".join(f"{name}\n" for name in sorted(manifest.shallow)))
        git.free()
        return TakenIn(asked, pygit2.Repository(str(scratch.path / "git")), manifest, scratch)
    except BaseException:
        scratch.close()
        raise


def _read(asked: Path, place: Path, scratch: Path, objects: Path, order: Mapping[str, Json]) -> Manifest:
    with confined(place, scratch) as command:
        if command is not None:
            reading = Reading(command, objects, order, BOUNDS)
            if manifest := reading.manifest(asked):
                return manifest
            _demand_plain(reading.words)
    reading = Reading(unconfined(place, scratch), objects, order, BOUNDS)
    if manifest := reading.manifest(asked):
        return manifest
    raise CheckerFault(
        text("The process that reads submissions cannot be started: {reason}.", reason=reading.words),
        text("Install the checker again, with all that it needs."),
    )


def _demand_plain(reason: str) -> None:
    """Raises CheckerFault where this machine can make namespaces, so that their lack has another cause."""
    from checker.sandbox.capabilities import capabilities  # noqa: PLC0415  which tries, and takes a moment

    if capabilities().namespaces is None:
        raise CheckerFault(
            text("The process that reads submissions cannot be started: {reason}.", reason=reason),
            text("Try again; if it stays, run checker doctor."),
        )


class Reading:
    """One reader at work. ``words`` are the last that it wrote beside its frames."""

    def __init__(self, command: Command, objects: Path, order: Mapping[str, Json], bounds: Bounds) -> None:
        self._bounds = bounds
        self._command = command
        self._objects = objects
        self._order = {**order, "place": command.place, "scratch": command.scratch}
        self._deadline = 0.0
        self.words = ""

    def manifest(self, asked: Path) -> Manifest | None:
        """The manifest of the submission; None where the reader did not start.

        Raises UsageError where the submission cannot be taken in.
        """
        self._deadline = time.monotonic() + self._bounds.wall
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                self._command.words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=self._command.descriptors,
                env=VARIABLES,
                cwd="/",
                start_new_session=True,
            )
            stdin, stdout = process.stdin, process.stdout
            if stdin is None or stdout is None:
                raise ValueError("the pipes were not made")
            output = stdout.fileno()
            receiver = Receiver(lambda count: self._receive(output, count), self._objects, self._bounds)
            fault: Exception | None = None
            manifest: Manifest | None = None
            done = False
            try:
                with stdin:
                    stdin.write(json.dumps(self._order).encode())
                manifest = receiver.manifest()
                done = True
            except BrokenPipeError:
                pass
            except (BrokenFrame, NotBelieved, TimeoutError) as error:
                fault = error
            finally:
                status = self._end(process, output, patience=1.0 if done else 0.2)
                stdout.close()
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - _MOST_SAID))
            self.words = errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2][:300]
        if manifest is not None:
            return manifest
        if not receiver.ready:
            return None
        raise self._failure(asked, status, fault)

    def _receive(self, source: int, count: int) -> bytes:
        """The next *count* bytes, or fewer at the end. Raises TimeoutError where the intake takes too long."""
        parts: list[bytes] = []
        while count:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([source], [], [], left)[0]:
                raise TimeoutError
            part = os.read(source, min(count, _CHUNK))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _end(self, process: subprocess.Popen[bytes], output: int, patience: float) -> int:
        """The reader's status, after the end of all its processes; it is killed after *patience* seconds."""
        try:
            status = process.wait(patience)
        except subprocess.TimeoutExpired:
            status = None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._deadline = time.monotonic() + _LONGEST_END
        try:
            while self._receive(output, _CHUNK):
                pass  # the pipe closes with the last process of the namespaces
        except TimeoutError:
            pass
        return process.returncode if status is None else status

    def _failure(self, asked: Path, status: int, fault: Exception | None) -> Exception:
        ended = -status if status < 0 else status - 128
        if isinstance(fault, TimeoutError) or ended in _OUT_OF_TIME:
            return UsageError(
                text("Reading the submission takes more than {seconds} seconds.", seconds=self._bounds.seconds),
                text("Clone the repository again, and copy your files into the new folder."),
            )
        if ended in _CRASHES:
            return UsageError(
                text("{path} is damaged in such a way that git's library breaks down over it.", path=str(asked)),
                text("Clone the repository again, and copy your files into the new folder."),
            )
        if fault is not None:
            return unreadable(asked, str(fault))
        return CheckerFault(
            text(
                "The process that reads submissions ended before its work was done ({reason}).",
                reason=self.words or str(status),
            ),
            text("Try again; if it stays, report it with the submission."),
        )
