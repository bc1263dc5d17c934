"""The commands of a starter's README, word for word, where the index has this wheel: each grades the starter."""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker import __version__, template
from tests.processes import ended, in_thread

BIN = Path(sys.executable).parent


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Lists folders and gives files, as the simplest index does."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def index(distributions: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an index on this machine that has our wheel and nothing else."""
    root = tmp_path_factory.mktemp("index")
    name = secrets.token_hex(8)  # no cache has seen this address
    folder = root / name / "titanic-checker"
    folder.mkdir(parents=True)
    shutil.copy(distributions[0], folder)
    handler = functools.partial(Quiet, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with in_thread(server):
        yield f"http://127.0.0.1:{server.server_port}/{name}/"


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    return template.new(tmp_path / "titanic", language="en", no_input=True)


def command_of(starter: Path, program: str) -> str:
    """The one line of the README that begins with *program*."""
    readme = (starter / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^{program} .* checker check$", readme, flags=re.MULTILINE)
    return str(line)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("program", ["uvx", "pipx"])
def test_readme__its_command_installs_the_wheel_and_grades_the_starter(program, starter, index, uv, tmp_path):
    variables = {
        "PATH": f"{BIN}:{Path(uv).parent}:{os.environ['PATH']}",
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIP_EXTRA_INDEX_URL": index,
        "UV_INDEX": index,
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_TOOL_DIR": str(tmp_path / "tools"),
    }
    report = tmp_path / "report.json"
    command = f"{command_of(starter, program)} --format json --output {report}"
    done = ended(command, shell=True, cwd=starter, env=os.environ | variables)
    assert done.returncode == 1, done.stdout + done.stderr
    said = json.loads(report.read_text(encoding="utf-8"))
    assert said["checker"] == __version__
    verdicts = {check["id"]: check["status"] for step in said["steps"] for check in step["checks"]}
    assert verdicts["notebook-runs"] == "failed"
    assert "errored" not in verdicts.values()
    assert said["remarks"] == []  # none of another version


@pytest.mark.slow
def test_wheel__in_a_fresh_environment_knows_its_types(distributions, uv, tmp_path):
    """A program of somebody else that uses the package is checked against its annotations."""
    fresh = tmp_path / "fresh"
    python = fresh / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, fresh], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--python", python, distributions[0]], check=True)
    (tmp_path / "user.py").write_text("from checker.quoting import quoted\n\nnumber: int = quoted('a b')\n")
    command = [sys.executable, "-m", "mypy", "--config-file=", "--python-executable", python, "user.py"]
    done = ended(command, cwd=tmp_path)
    assert 'Incompatible types in assignment (expression has type "' in done.stdout, done.stdout + done.stderr
    assert "Found 1 error" in done.stdout
