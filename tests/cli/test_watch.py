"""``checker watch``, as a student has it on a terminal, and as a program reads it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import queue
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.cli import watch
from checker.model import Passed, text
from checker.sandbox.per_grading.clock import Cancellation
from tests.cli.test_stopping import descendants, processes, wait_for
from tests.repositories import commit_all

LIMIT = 90
GOOD = '"""Print the README."""\n\nprint("titanic", open("README.md").read())\n'
BROKEN = GOOD + "print(absent)\n"
COLOURS = re.compile(rb"\x1b\[[0-9;]*m")


class Window:
    """A terminal of 24 lines and 80 columns in which the command runs, and what it shows."""

    def __init__(self, folder: Path, temporary: Path, *words: str, **variables: str) -> None:
        self.ours, theirs = pty.openpty()
        self.resize(24, 80)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "checker", "watch", *words],
            cwd=folder,
            env={**os.environ, "TMPDIR": str(temporary), "TERM": "xterm-256color", **variables},
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        os.close(theirs)
        self.all = b""

    def resize(self, lines: int, columns: int) -> None:
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds: float = 0.1) -> bytes:
        while select.select([self.ours], [], [], seconds)[0]:
            try:
                piece = os.read(self.ours, 1 << 16)
            except OSError:
                break
            if not piece:
                break
            self.all += piece
        return self.all

    @property
    def screen(self) -> str:
        """The screen that stands there now."""
        return COLOURS.sub(b"", self.read().rpartition(b"\x1b[H")[2]).decode().replace("\x1b[K", "")

    def wait(self, *words: str) -> str:
        ends = time.monotonic() + LIMIT
        while not all(word in (shown := self.screen) for word in words):
            assert time.monotonic() < ends, (words, shown, self.process.poll())
        return shown

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        os.close(self.ours)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TITANIC_CHECKER_CACHE", str(tmp_path / "cache"))


@contextlib.contextmanager
def window(folder: Path, temporary: Path, *words: str, **variables: str) -> Iterator[Window]:
    shown = Window(folder, temporary, *words, **variables)
    try:
        yield shown
    finally:
        shown.end()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
@pytest.mark.slow
@pytest.mark.parametrize("sandbox", ["bubblewrap", "plain"])
def test_a_mistake_is_seen_and_mended(project: Path, temporary: Path, sandbox: str) -> None:
    (project / "main.py").write_text(GOOD, encoding="utf-8")
    commit_all(project)
    with window(project, temporary, "--check", "main-runs", "--language=en", f"--sandbox={sandbox}") as shown:
        shown.wait("Done: 1.3", "checked at")
        assert shown.all.startswith(b"\x1b[?1049h")
        (project / "main.py").write_text(BROKEN, encoding="utf-8")
        broken = shown.wait("Wrong: 1.3", "main.py:4", "main-runs fails now", "checked at")
        assert "NameError" in broken
        assert len(broken.split("\r\n")) <= 24
        (project / "main.py").write_text("print('titanic'", encoding="utf-8")  # half of a save
        shown.wait("SyntaxError", "Nothing changed", "checked at")
        (project / "main.py").write_text(GOOD, encoding="utf-8")
        shown.wait("Done: 1.3", "1.3 passes now", "checked at")
        shown.resize(12, 40)
        os.kill(shown.process.pid, signal.SIGWINCH)
        wait_for(lambda: max(len(line) for line in shown.screen.split("\r\n")) <= 40 + len("\x1b[J\x1b[?2026l"), "size")
        started = descendants(shown.process.pid)
        assert started
        os.kill(shown.process.pid, signal.SIGINT)
        shown.process.wait(LIMIT)
        assert shown.read().endswith(b"\x1b[?25h\x1b[?1049l")
        assert shown.process.returncode == 130
        assert shown.process.stderr.read() == b"Stopped.\n"
    wait_for(lambda: not started & {pid for pid, _, _ in processes()}, "a process was left")
    assert [path.name for path in temporary.iterdir()] == []


@pytest.mark.slow
def test_a_loop_without_end_is_left_for_the_next_save(project: Path, temporary: Path) -> None:
    seconds = f"{4000 + os.getpid() % 1000}.25"
    (project / "main.py").write_text(f"import subprocess\nsubprocess.run(['sleep', '{seconds}'])\n", encoding="utf-8")
    commit_all(project)

    def asleep() -> bool:
        return any(f"sleep\0{seconds}\0".encode() in line for _, _, line in processes())

    with window(project, temporary, "--check", "main-runs", "--language=fr") as shown:
        wait_for(asleep, "the work did not begin")
        began = time.monotonic()
        (project / "main.py").write_text(GOOD, encoding="utf-8")
        shown.wait("Fait\xa0: 1.3", "vérifié à")
        assert time.monotonic() - began < 20  # the limit of the run is longer
        assert not asleep()


@pytest.mark.slow
def test_lines_for_a_program(project: Path) -> None:
    (project / "main.py").write_text(GOOD, encoding="utf-8")
    commit_all(project)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "checker", "watch", "--check", "main-runs", "--language=en"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        lines = iter(process.stdout.readline, "")
        first = next(line for line in lines if line.startswith("--- "))
        assert re.fullmatch(r"--- 1: \d\d:\d\d:\d\d, [\d.]+ s, 1 of 1 points\n", first), first
        (project / "main.py").write_text(BROKEN, encoding="utf-8")
        block = []
        for line in lines:
            block.append(line)
            if line.startswith("--- 2:"):
                break
        assert block[0] == "Changed: main-runs fails now\n"
        assert any("main.py:4" in line for line in block)
        assert "\x1b" not in "".join(block)
        shutil.rmtree(project)
        out, err = process.communicate(timeout=LIMIT)
        assert process.returncode == 2
        assert err.splitlines()[-2].endswith("was removed or replaced.")
        assert "Traceback" not in out + err
    finally:
        process.kill()
        process.communicate()


def test_nothing_to_watch(tmp_path: Path, checker: object) -> None:
    said = checker("watch", tmp_path, "--language", "en")  # type: ignore[operator]
    assert said.code == 2
    assert "is not in a git repository" in said.err


def test_a_step_that_does_not_exist(project: Path, checker: object) -> None:
    said = checker("watch", "--step", "9.9", "--language", "en", "--sandbox", "plain")  # type: ignore[operator]
    assert said.code == 2
    assert "There is no step or check 9.9." in said.err


@pytest.mark.parametrize("cancelled", [False, True])
def test_the_verdicts_of_a_cancelled_round_are_not_shown(cancelled: bool) -> None:
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    cancellation = Cancellation()
    if cancelled:
        cancellation.cancel()
    watch._RoundListener(events, cancellation).judged("main-runs", Passed(message=text("It runs.")))
    assert events.empty() is cancelled
