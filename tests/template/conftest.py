"""Starters made by a plain cookiecutter, as a student does: a process of its own that knows nothing of the checker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Cookiecutter = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cookiecutter(tmp_path: Path) -> Cookiecutter:
    """Run cookiecutter into ``tmp_path / "out"`` with the answers given."""
    (tmp_path / "home").mkdir()
    (tmp_path / "out").mkdir()

    def run(*, template: Path = ROOT, variables: dict[str, str] | None = None, **answers: str):
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "cookiecutter",
                "--no-input",
                "--output-dir",
                str(tmp_path / "out"),
                str(template),
                *(f"{name}={answer}" for name, answer in answers.items()),
            ],
            cwd=tmp_path,
            env=environment | (variables or {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def starter(cookiecutter: Cookiecutter, tmp_path: Path) -> Callable[..., Path]:
    """The folder of a starter with these answers."""

    def made(**answers: str) -> Path:
        done = cookiecutter(**answers)
        assert done.returncode == 0, done.stderr
        (folder,) = (tmp_path / "out").iterdir()
        return folder

    return made


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
