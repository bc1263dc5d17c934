"""The scaffold of a check: all of it works as it is written, and nothing but its blanks fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.architecture.test_blanks import BLANK
from tests.processes import ended

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CHECK = "sample-check"
FACT = "SampleFile"
EXPECTED = {
    "checker/facts/sample_file.py",
    "checker/evidence/text/sample_file.py",
    "checker/checks/image/sample_check.py",
    "checker/checks/explanations/fr/sample-check.md",
    "checker/locale/fr/sample_check.po",
    "tests/mutants/sample_check.py",
    "tests/checks/image/test_sample_check.py",
    "tests/evidence/test_sample_file.py",
}
COURSE = "checker/courses/ensae-2022/course.yaml"


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A run of this Python in *folder*, whose modules are found before those that are installed."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONPYCACHEPREFIX": str(folder.parent / "byte-code")}
    return ended([sys.executable, *arguments], cwd=folder, env=environment)


def scaffold(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python(folder, "tools/new_check.py", *arguments)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the scaffold reads and writes."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("checker", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in ("mutants", "checks", "evidence", "locale", "architecture", "courses"):
        shutil.copytree(ROOT / "tests" / name, folder / "tests" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "conftest.py"):
        shutil.copy(ROOT / "tests" / name, folder / "tests")
    return folder


@pytest.fixture(scope="module")
def written(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copy, with a check in it that was just begun."""
    folder = tmp_path_factory.mktemp("written") / "repository"
    shutil.copytree(before, folder)
    done = scaffold(folder, CHECK, "--step", "1.8", "--fact", FACT, "--room", "text", "--check-room", "image")
    assert done.returncode == 0, done.stderr
    return folder


def test_it_writes_each_file_and_edits_the_course_file_alone(before: Path, written: Path) -> None:
    old, new = contents(before), contents(written)
    assert set(new) - set(old) == EXPECTED
    assert {path for path in old if new[path] != old[path]} == {COURSE}


def test_the_course_gains_one_line_and_no_points(before: Path, written: Path) -> None:
    old, new = ((folder / COURSE).read_text(encoding="utf-8").splitlines() for folder in (before, written))
    assert [line for line in new if line not in old] == ["      - {id: sample-check, points: 0}"]
    steps = {step["id"]: step["checks"] for step in yaml.safe_load("\n".join(new))["steps"]}
    assert steps["1.8"][-1] == {"id": CHECK, "points": 0}


def test_the_registries_find_what_was_written(written: Path) -> None:
    done = python(
        written,
        "-c",
        "from checker.checks.registry import checks\n"
        "from checker.evidence.registry import probes\n"
        "from checker.course import load\n"
        "from tests.mutants.registry import MUTANTS, VARIANTS\n"
        f"print(checks()['{CHECK}'].judge.__module__)\n"
        "print(*(probe.__module__ for probe in probes() if probe.__name__ == 'sample_file'))\n"
        "course = load('ensae-2022', frozenset(checks())).course\n"
        f"print(*(step.id for step, entry in course.checks() if entry.id == '{CHECK}'))\n"
        f"print(*(sum(case.check == '{CHECK}' for case in cases) for cases in (MUTANTS, VARIANTS)))\n",
    )
    assert done.stdout.splitlines() == [
        "checker.checks.image.sample_check",
        "checker.evidence.text.sample_file",
        "1.8",
        "2 2",
    ], done.stderr


@pytest.mark.slow
def test_its_own_tests_run_and_fail_for_their_blanks_alone(written: Path) -> None:
    files = ("tests/checks/image/test_sample_check.py", "tests/evidence/test_sample_file.py")
    done = python(written, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-vv", "--tb=short", *files)
    faults = re.findall(r"^E   (\w+.*)", done.stdout, flags=re.MULTILINE)
    assert "3 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert len(faults) == 3
    assert all(fault.startswith("AssertionError: ") and BLANK in fault for fault in faults), faults


def test_the_blanks_are_listed(written: Path) -> None:
    script = "from tests.architecture.test_blanks import ROOT, blanks\nprint(*blanks(ROOT), sep='\\n')"
    listed = python(written, "-c", script).stdout.splitlines()
    assert {place.partition(":")[0] for place in listed if not place.startswith("tools/")} == EXPECTED


def test_the_linter_is_content_with_it(written: Path) -> None:
    paths = sorted(path for path in EXPECTED if path.endswith(".py"))
    for command in (["check"], ["format", "--check"]):
        done = python(written, "-m", "ruff", *command, *paths)
        assert done.returncode == 0, done.stdout


@pytest.fixture
def tool(before: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tool of the copy, imported here."""
    spec = spec_from_file_location("new_check_of_a_copy", before / "tools" / "new_check.py")
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ({"id": "main-runs"}, "there is a check main-runs"),
        ({"id": "Sample_Check"}, "Sample_Check is no id"),
        ({"step": "9.9"}, "no step 9.9"),
        ({"fact": "DataFiles"}, "has a fact DataFiles"),
        ({"fact": "../Sample"}, "no name of a fact"),
        ({"fact": "History"}, "has a fact History"),
        ({"fact": "Layout", "id": "layout"}, "already checker/locale/fr/layout.po"),
        ({"room": "attic"}, "no room attic"),
        ({"edition": "none"}, "no edition none"),
    ],
)
def test_a_name_that_does_not_fit_is_refused_and_nothing_is_written(
    before: Path, tool: ModuleType, names: dict[str, str], reason: str
) -> None:
    old = contents(before)
    new = tool.NewCheck(**({"id": CHECK, "step": "1.8", "fact": "Sample"} | names))
    with pytest.raises(tool.Refused, match=re.escape(reason)):
        tool.write(new)
    assert contents(before) == old


def test_a_check_is_not_written_twice(written: Path) -> None:
    done = scaffold(written, CHECK, "--step", "1.8", "--fact", "Another")
    assert done.returncode == 2
    assert f"there is a check {CHECK}" in done.stderr
