"""Starters made by a plain cookiecutter, as a student does: in a process of its own, without the checker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import ended

ROOT = Path(__file__).resolve().parents[2]
Cookiecutter = Callable[..., subprocess.CompletedProcess[str]]


def _within(folder: Path) -> Cookiecutter:
    (folder / "home").mkdir()
    (folder / "out").mkdir()

    def run(*, template: Path = ROOT, variables: dict[str, str] | None = None, **answers: str):
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "GIT_CONFIG_NOSYSTEM": "1"}
        command = [sys.executable, "-m", "cookiecutter", "--no-input", "--output-dir", folder / "out", str(template)]
        command += [f"{name}={answer}" for name, answer in answers.items()]
        return ended(command, cwd=folder, env=environment | (variables or {}), timeout=60)

    return run


@pytest.fixture
def cookiecutter(tmp_path: Path) -> Cookiecutter:
    """Run cookiecutter into ``tmp_path / "out"`` with the answers given."""
    return _within(tmp_path)


@pytest.fixture(scope="session")
def first_starter(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The folder of a starter with these answers, made once."""
    known: dict[frozenset[tuple[str, str]], Path] = {}

    def made(**answers: str) -> Path:
        key = frozenset(answers.items())
        if key not in known:
            place = tmp_path_factory.mktemp("starter")
            done = _within(place)(**answers)
            assert done.returncode == 0, done.stderr
            (known[key],) = (place / "out").iterdir()
        return known[key]

    return made


@pytest.fixture
def starter(first_starter: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """A fresh copy of the starter with these answers."""

    def made(**answers: str) -> Path:
        first = first_starter(**answers)
        return Path(shutil.copytree(first, tmp_path / "out" / first.name, symlinks=True))

    return made


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
