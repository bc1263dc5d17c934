"""The command line in process, on small repositories."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.command_line import Checker, command_line
from tests.conftest import shell
from tests.repositories import commit_all

IGNORED = "__pycache__/\n*.py[cod]\n.ipynb_checkpoints/\n.venv/\nvenv/\nbuild/\ndist/\n*.egg-info/\n.env\n/data/\n"


@pytest.fixture
def checker(capsys: pytest.CaptureFixture[str]) -> Checker:
    return partial(command_line, capsys)


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of fault logs, below the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a good ``.gitignore`` on a branch of its own; it is the working folder of the command."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "README.md").write_text("Titanic\n", encoding="utf-8")
    commit_all(folder, "start")
    shell("git switch -q -c nettoyage", folder)
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    commit_all(folder)
    monkeypatch.chdir(folder)
    return folder


def tool(*words: str, folder: Path, **more: object) -> subprocess.CompletedProcess[str]:
    """The installed command, as a process."""
    line = [sys.executable, "-P", "-m", "checker", *words]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=120, check=False, **more)  # type: ignore[call-overload,no-any-return]
