"""What a killed grader left of a submission goes with the next one; what is in use stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checker.intake import scratch
from checker.intake.scratch import Scratch, sweep

_KILLED = "import time\nfrom checker.intake.scratch import Scratch\nprint(Scratch().path, flush=True)\ntime.sleep(60)\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, where everything is old enough."""
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(scratch, "_OLD_ENOUGH", -1)
    return tmp_path


def test_a_folder_goes_when_it_is_closed(here: Path) -> None:
    with Scratch() as one:
        (one.path / "file").write_text("x")
    assert list(here.iterdir()) == []
    one.close()


def test_the_folder_of_a_killed_grader_goes_with_the_next_one(here: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(here)}
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED], stdout=subprocess.PIPE, env=environment, text=True
    ) as killed:
        left = Path(killed.stdout.readline().strip())
        sweep(here)
        assert left.is_dir(), "it was in use"
        killed.send_signal(signal.SIGKILL)
    assert left.is_dir()
    with Scratch() as following:
        assert not left.exists()
        assert following.path.is_dir()


def test_what_is_young_or_not_ours_stays(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = here / "submission-of-somebody"
    other.mkdir()
    sweep(here)
    assert other.is_dir(), "it has no lock"
    (other / "in-use").touch()
    monkeypatch.setattr(scratch, "_OLD_ENOUGH", 60)
    sweep(here)
    assert other.is_dir(), "it is young"
