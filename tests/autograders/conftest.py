"""The folders of Gradescope's container, somewhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checker.cli.main import main
from tests.cli.conftest import checker  # noqa: F401  a fixture for the tests here, too


@dataclass(frozen=True)
class Layout:
    """The content of ``/autograder`` as Gradescope lays it out, below ``root``."""

    root: Path

    @property
    def submission(self) -> Path:
        return self.root / "submission"

    def install(self, stand_in: str | None = None) -> None:
        """The environment that ``setup.sh`` makes: this one, or with a stand-in for the command, a shell script."""
        folder = self.root / "checker" / "bin"
        folder.mkdir(parents=True)
        (folder / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
        own = f'#!/bin/sh\nexec {Path(sys.executable).with_name("checker")} "$@"\n'
        (folder / "checker").write_text(own if stand_in is None else f"#!/bin/bash\n{stand_in}\n", encoding="utf-8")
        for path in folder.iterdir():
            path.chmod(0o755)

    def run(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Start ``run_autograder`` as the harness does: in the root, with hardly a variable."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), "AUTOGRADER_ROOT": str(self.root)}
        kept = {"TITANIC_CHECKER_CACHE": os.environ["TITANIC_CHECKER_CACHE"]}
        return subprocess.run(
            [self.root / "run_autograder"],
            cwd=self.root,
            env=environment | kept | variables,
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=250,
            check=False,
        )

    @property
    def results(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.root / "results" / "results.json").read_text(encoding="utf-8"))
        return found


def lay_out(folder: Path, *options: str) -> Layout:
    """The layout of an autograder that was exported with these options, and uploaded."""
    archive = folder / "autograder.zip"
    assert main(["course", "export", "gradescope", str(archive), *options]) == 0
    root = folder / "autograder"
    for name in ("source", "submission", "results"):
        (root / name).mkdir(parents=True)
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            path = Path(opened.extract(member, root / "source"))
            path.chmod(member.external_attr >> 16 & 0o777)
    (root / "run_autograder").write_bytes((root / "source" / "run_autograder").read_bytes())
    (root / "run_autograder").chmod(0o755)
    return Layout(root)


@pytest.fixture
def layout(tmp_path: Path) -> Callable[..., Layout]:
    """:func:`lay_out` in a folder of the test."""
    return partial(lay_out, tmp_path)
