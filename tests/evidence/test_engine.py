"""The engine that is looked for, and the start of an image without one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from checker.course import load
from checker.evidence import engine as looking
from checker.evidence.dockerfile import dockerfile
from checker.evidence.engine import engine, rehearsal
from checker.facts.image import Engine
from checker.facts.running import Finished
from checker.facts.setting import Setting
from checker.facts.tree import Tree
from checker.model import Location
from checker.plan import NotThere
from checker.sandbox.base import Sandbox

COURSE = load().course
HEAD = "FROM python:3.11-slim\nWORKDIR /app\n"
READS = (
    "import pandas as pd\nimport yaml\n\nprint(len(pd.read_csv(yaml.safe_load(open('config.yaml'))['train_url'])))\n"
)
PROJECT = {
    "code/main.py": "from deep.reading import read\n\nread()\n",
    "code/deep/reading.py": "import os\n\n\ndef read():\n    return os.environ['AWS_S3_ENDPOINT']\n",
    "main.py": READS,
    "config.yaml": "train_url: https://minio.lab.sspcloud.fr/x/titanic/raw/train.csv\n",
}


def client(folder: Path, script: str) -> str:
    """A folder with a program called ``docker``."""
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return f"{folder}:{os.environ['PATH']}"


def asked(monkeypatch: pytest.MonkeyPatch, path: str, docker: str = "auto") -> Engine:
    monkeypatch.setenv("PATH", path)
    return engine(Setting(docker=docker))


def test_switched_off_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = asked(monkeypatch, client(tmp_path, f"touch {tmp_path}/asked; echo 28"), docker="off")
    assert found.version is None
    assert "switched off" in str(found.missing)
    assert not (tmp_path / "asked").exists()


def test_no_client_is_told_from_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "not installed" in str(asked(monkeypatch, str(tmp_path)).missing)
    silent = asked(monkeypatch, client(tmp_path, "echo 'Cannot connect' >&2; exit 1"))
    assert "No Docker engine answers" in str(silent.missing)
    assert "docker version" in str(silent.remedy)


def test_an_engine_that_answers__and_hears_nothing_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OUR_SECRET", "x")
    monkeypatch.setenv("DOCKER_HOST", "tcp://there")
    found = asked(monkeypatch, client(tmp_path, f"env > {tmp_path}/seen; echo 28.1.1"))
    assert found == Engine("28.1.1")
    seen = (tmp_path / "seen").read_text()
    assert "OUR_SECRET" not in seen
    assert "DOCKER_HOST=tcp://there" in seen


def test_an_engine_that_hangs_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(looking, "_PATIENCE", 0.2)
    assert asked(monkeypatch, client(tmp_path, "exec sleep 30")).version is None


# the start, rehearsed


def started(sandbox: Sandbox, content: str, **files: str) -> Finished:
    tree = Tree.of({**PROJECT, **files, "Dockerfile": HEAD + content})
    return rehearsal(tree, dockerfile(tree), COURSE, sandbox).finished


def test_an_image_that_would_run_runs(sandbox: Sandbox) -> None:
    finished = started(sandbox, "COPY main.py config.yaml ./\nCMD python -u main.py\n")
    assert finished.succeeded, finished
    assert int(finished.output) > 500


def test_it_holds_only_what_is_copied(sandbox: Sandbox) -> None:
    finished = started(sandbox, "COPY main.py ./\nCMD python main.py\n")
    assert finished.error is not None
    assert finished.error.name == "FileNotFoundError"


def test_no_variable_of_s3__but_those_of_the_image__and_places_of_the_repository(sandbox: Sandbox) -> None:
    copied = 'COPY code/ /app/\nCMD ["conda", "run", "-n", "x", "python", "main.py"]\n'
    finished = started(sandbox, copied)
    assert finished.error is not None
    assert (finished.error.name, finished.error.message) == ("KeyError", "'AWS_S3_ENDPOINT'")
    assert finished.error.where == (Location("code/deep/reading.py", line=5),)
    assert started(sandbox, "ENV AWS_S3_ENDPOINT=minio PATH=/none\n" + copied).succeeded


def test_arguments_and_files_beside_the_folder(sandbox: Sandbox) -> None:
    says = "import sys\nprint(sys.argv[1:], open('../tmp/x').read())\n"
    finished = started(
        sandbox, "COPY x /tmp/x\nCOPY says.py .\nCMD python says.py a b\n", **{"says.py": says, "x": "y"}
    )
    assert finished.output == "['a', 'b'] y\n"


@pytest.mark.parametrize(
    "content",
    [
        "COPY main.py ./\nCMD ./main.py\n",
        "COPY main.py ./\nCMD python other.py\n",
        "COPY main.py ./\nRUN mv main.py x && mv x main.py\nCMD python main.py\n",
        "RUN git clone https://example.org/x\nCOPY main.py ./\nCMD python main.py\n",
        "COPY main.py config.yaml ./\nCOPY main.py config.yaml/x.py\nCMD python main.py\n",
        "COPY main.py /a/\nCMD python /a/main.py\n",
        f"COPY main.py {'x' * 300}.py\nCOPY main.py ./\nCMD python main.py\n",
    ],
)
def test_what_cannot_be_rehearsed_is_not(sandbox: Sandbox, content: str) -> None:
    with pytest.raises(NotThere):
        started(sandbox, content)
