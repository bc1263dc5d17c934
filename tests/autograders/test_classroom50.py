"""The autograder of Classroom 50: the script that its runner starts in a checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from checker.autograders.classroom50 import autograder
from checker.cli.main import main
from tests.conftest import shell
from tests.processes import ended
from tests.render import consumers
from tests.render.test_formats import VARIABLES

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, str | None] = {"source": "titanic-checker", "course": "ensae-2022", "language": "en"}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's checkout, in which the runner starts the script with its variables."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The bundle, and in the place of what pip would install this checker, or a shell script."""

    def made(script: str | None = None) -> None:
        here, folder = tmp_path / "bundle", tmp_path / "bin"
        here.mkdir()
        folder.mkdir()
        (here / "settings.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        own = f'exec {Path(sys.executable).with_name("checker")} "$@"'
        (folder / "checker").write_text(f"#!/bin/bash\n{script or own}\n", encoding="utf-8")
        (folder / "checker").chmod(0o755)
        monkeypatch.setattr(autograder, "HERE", here)
        monkeypatch.setattr(autograder, "install", lambda *_: folder / "python")

    return made


WRITES = 'for word; do case "$before" in --output) echo "{}" >"$word";; esac; before="$word"; done; '.format


@pytest.mark.slow
def test_a_submission_gets_its_result(checkout: Path, installed: Callable[..., None], solution: Callable[[str], Path]):
    shutil.copytree(solution("1.0"), checkout, symlinks=True, dirs_exist_ok=True)
    installed()
    assert autograder.main() == 0
    result = json.loads((checkout / "result.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(consumers.CLASSROOM50).validate(result)
    assert (result["owner"], result["classroom"]) == ("ada", "data-2026")
    assert result["score"] == sum(test["score"] for test in result["tests"]) > 0
    made = shell("TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd", checkout).strip()
    assert result["datetime"] == made
    assert (checkout / "release-body.md").read_text(encoding="utf-8").startswith("# Titanic")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_bundle_installs_its_wheel_and_grades(checkout: Path, solution: Callable[[str], Path], tmp_path: Path):
    """Nothing is replaced: the exported folder, a wheel that was built here, pip, and a student's module named pip."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", tmp_path / "dist", ROOT], check=True, timeout=120)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    bundle = tmp_path / "bundle"
    assert main(["course", "export", "classroom50", str(bundle), "--source", str(wheel), "--language", "fr"]) == 0
    shutil.copytree(solution("1.0"), checkout, symlinks=True, dirs_exist_ok=True)
    for name in ("pip.py", "venv.py", "json.py"):
        (checkout / name).write_text("raise SystemExit('a module of the student')\n", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = ended([sys.executable, bundle / "autograder.py"], cwd=checkout, env=kept)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((checkout / "result.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(consumers.CLASSROOM50).validate(result)
    assert result["score"] > 0
    assert "Prochaine étape" in (checkout / "release-body.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 0), (4, 0), (2, 2), (3, 3), (139, 139)])
def test_only_what_has_a_result_ends_well(checkout: Path, installed: Callable[..., None], code: int, expected: int):
    installed(WRITES("x") + f"exit {code}")
    assert autograder.main() == expected
    assert (checkout / "result.json").exists() == (expected == 0)


def test_no_result_is_a_failure_whatever_the_code(checkout: Path, installed: Callable[..., None]):
    installed("exit 0")
    assert autograder.main() == 4
    assert list(checkout.iterdir()) == []


def test_a_link_in_the_checkout_leads_nothing_elsewhere(checkout: Path, installed: Callable[..., None], tmp_path: Path):
    (tmp_path / "theirs").write_text("theirs")
    (checkout / "result.json").symlink_to(tmp_path / "theirs")
    installed(WRITES("ours") + "exit 0")
    assert autograder.main() == 0
    assert (tmp_path / "theirs").read_text() == "theirs"
    assert (checkout / "result.json").read_text() == "ours\n"
    assert not (checkout / "result.json").is_symlink()


def test_a_text_too_long_for_a_release_is_left_to_the_runner(checkout: Path, installed: Callable[..., None]):
    installed(WRITES("x" * 100_001) + "exit 0")
    assert autograder.main() == 0
    assert [path.name for path in checkout.iterdir()] == ["result.json"]
