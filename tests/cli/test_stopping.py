"""Whoever stops the checker stops all of it, and finds nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.cli import main as command_line
from tests.repositories import commit_all

LIMIT = 60


def processes() -> Iterator[tuple[int, int, bytes]]:
    """Each process with its parent and its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                yield int(entry.name), int(status[1]), (entry / "cmdline").read_bytes()
            except OSError:
                continue


def descendants(pid: int) -> set[int]:
    parents = {number: parent for number, parent, _ in processes()}
    found = {pid}
    while more := {number for number, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def wait_for(condition: object, what: str) -> None:
    ends = time.monotonic() + LIMIT
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < ends, what
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "sandbox"), [(signal.SIGINT, 130, "bubblewrap"), (signal.SIGTERM, 143, "plain")]
)
def test_stopped_in_the_middle_of_a_run(
    project: Path, tmp_path: Path, number: signal.Signals, code: int, sandbox: str
) -> None:
    seconds = f"{3000 + os.getpid() % 1000}.{number}{len(sandbox)}"
    (project / "main.py").write_text(f"import subprocess\nsubprocess.run(['sleep', '{seconds}'])\n", encoding="utf-8")
    commit_all(project)
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def asleep() -> bool:
        return any(f"sleep\0{seconds}\0".encode() in line for _, _, line in processes())

    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "checker", "check", "--check", "main-runs", "--sandbox", sandbox, "--language=fr"],
        cwd=project,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for(asleep, "the work did not begin")
        started = descendants(process.pid)
        assert started
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == code, err
    assert out == ""
    assert err.endswith("Arrêté.\n")
    assert "Traceback" not in err
    wait_for(lambda: not asleep(), "student code went on")
    wait_for(lambda: not started & {pid for pid, _, _ in processes()}, "a process was left")
    assert [path.name for path in temporary.iterdir()] == []


def test_nobody_reads_what_is_printed(project: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    process = subprocess.run(
        [sys.executable, "-P", "-m", "checker", "explain"],
        cwd=project,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    os.close(theirs)
    assert process.returncode == 141
    assert process.stderr == ""


def test_interrupted_in_this_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "app", interrupted)
    assert command_line.main(["check", "--language", "en"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


WHILE_LOADING = """
import signal, sys
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "checker.cli.main":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Stop())
from checker.__main__ import main
main()
"""


def test_stopped_before_it_has_begun() -> None:
    done = subprocess.run([sys.executable, "-c", WHILE_LOADING], capture_output=True, check=False, timeout=LIMIT)
    assert (done.returncode, done.stderr) == (130, b"")
