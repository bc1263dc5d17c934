"""Gradescope's autograder in a container with its folders, from the upload to the results."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from tests.autograders.conftest import lay_out
from tests.images.real_engine import BASE, docker
from tests.render import consumers

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]


def test_the_zip_is_set_up_and_grades(address: str, tmp_path: Path, solution: Callable[[str], Path]):
    """With a wheel of this state; what it needs comes from the package index, as it does there."""
    uv = Path(sys.executable).with_name("uv")
    built = [uv, "build", "--wheel", "--quiet", "--out-dir", tmp_path / "dist", ROOT]
    subprocess.run(built, check=True, capture_output=True, timeout=120)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    made = lay_out(tmp_path, "--source", str(wheel), "--language", "en")
    shutil.copytree(solution("1.2"), made.submission, symlinks=True, dirs_exist_ok=True)
    options = ("--rm", "--volume", f"{made.root}:/autograder", "--workdir", "/autograder")
    done = docker(address, "run", *options, BASE, "bash", "source/setup.sh", seconds=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    done = docker(address, "run", *options, BASE, "/autograder/run_autograder", seconds=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    jsonschema.Draft202012Validator(consumers.GRADESCOPE).validate(made.results)
    tests = {test["name"].partition(":")[0]: test for test in made.results["tests"]}
    assert tests["notebook-runs"]["status"] == "passed", made.results
    assert made.results["score"] == sum(test.get("score", 0) for test in tests.values()) > 2
