"""What makes an environment can change that environment and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checker.sandbox.capabilities import capabilities
from checker.sandbox.environments.confinement import enclosed
from checker.sandbox.environments.uv import Uv


def program(folder: Path, lines: str) -> Uv:
    """Something in the place of uv."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    work = folder / "work"
    work.mkdir()
    return Uv(str(path), {"PATH": os.environ["PATH"]}, work, folder / "fetched", (folder / "fetched",), 1 << 30)


@pytest.fixture
def _namespaces() -> None:
    if capabilities().namespaces is not None:
        pytest.skip("this machine gives no namespaces")


@pytest.mark.usefixtures("_namespaces")
def test_it_writes_where_its_work_is_and_nowhere_else(tmp_path: Path) -> None:
    lines = 'touch here "$UV_CACHE_DIR/there" && ! touch "$1" && ! touch "$HOME/x" /tmp/x && echo done'
    said = program(tmp_path, lines).run(str(tmp_path / "elsewhere"))
    assert (said.status, said.output) == (0, "done\n"), said.errors
    assert (tmp_path / "work/here").exists()
    assert (tmp_path / "fetched/there").exists()
    assert (tmp_path / "work/here").stat().st_uid == os.geteuid()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.usefixtures("_namespaces")
def test_it_sees_no_other_process_and_has_no_right(tmp_path: Path) -> None:
    said = program(tmp_path, "ls /proc | grep -c '^[0-9]'; grep CapEff /proc/self/status").run()
    count, rights = said.output.splitlines()
    assert int(count) < 8
    assert int(rights.split()[1], 16) == 0


def test_its_files_have_a_limit(tmp_path: Path) -> None:
    assert program(tmp_path, "ulimit -f").run().output == "8388608\n"


def test_where_there_are_no_namespaces_it_runs_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.sandbox.process.bubblewrap.binary", lambda: None)
    assert enclosed(["a", "b"], ()) == ["a", "b"]
