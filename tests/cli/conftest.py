"""The command line in process, on small repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.cli.main import main
from tests.conftest import shell

IGNORED = "__pycache__/\n*.py[cod]\n.ipynb_checkpoints/\n.venv/\nvenv/\nbuild/\ndist/\n*.egg-info/\n.env\n/data/\n"


@dataclass(frozen=True)
class Said:
    """What a command line printed, and the exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def checker(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """``checker("check", "--step", "1.4")`` in this process."""

    def run(*words: str | Path) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return run


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Faults are logged below the test's own folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a good ``.gitignore`` on a branch of its own, in which the command is started."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "README.md").write_text("Titanic\n", encoding="utf-8")
    shell("git init -q -b main && git add -A && git commit -q -m start && git checkout -q -b nettoyage", folder)
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


def commit(folder: Path) -> None:
    shell("git add -A && git commit -q -m work", folder)


def tool(*words: str, folder: Path, **more: object) -> subprocess.CompletedProcess[str]:
    """The installed command, as a process."""
    import sys

    line = [sys.executable, "-P", "-m", "checker", *words]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=120, check=False, **more)  # type: ignore[call-overload,no-any-return]
