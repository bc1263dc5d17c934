"""The registries find each check and each probe by themselves, and import them only when they are asked."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

import checker
from checker.checks.registry import checks
from checker.discovery import modules_in
from checker.evidence.registry import probes

ROOT = Path(checker.__file__).parent


def written(pattern: str, package: str) -> list[str]:
    """What *pattern* finds in the files of *package*, line by line."""
    contents = [path.read_text(encoding="utf-8") for path in ROOT.joinpath(package).rglob("*.py")]
    return sorted(found for content in contents for found in re.findall(pattern, content, re.MULTILINE))


def test_every_check_is_found_and_no_id_is_taken_by_two() -> None:
    assert sorted(checks()) == written(r'^@check\("([\w-]+)"\)$', "checks")


def test_every_probe_is_found() -> None:
    names = " ".join(written(r"^PROBES = \(([^)]*)\)", "evidence"))
    assert sorted(probe.__name__ for probe in probes()) == sorted(re.findall(r"\w+", names))


def test_no_fact_has_two_probes() -> None:
    kinds = [get_type_hints(probe)["return"] for probe in probes()]
    assert len(set(kinds)) == len(kinds)


def test_a_module_that_cannot_be_imported_is_a_fault(rooms: Path) -> None:
    (rooms / "cellar" / "__init__.py").write_text("import a_module_that_is_absent\n", encoding="utf-8")
    with pytest.raises(ImportError, match="a_module_that_is_absent"):
        modules_in("rooms_of_a_test")


def test_a_folder_that_is_no_package_is_left_alone(rooms: Path) -> None:
    (rooms / "cellar" / "door.py").touch()
    (rooms / "programs").mkdir()
    (rooms / "programs" / "run.py").write_text("raise SystemExit\n", encoding="utf-8")
    found = [module.__name__ for module in modules_in("rooms_of_a_test")]
    assert found == ["rooms_of_a_test.cellar", "rooms_of_a_test.cellar.door"]


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an importable package with a package in it."""
    folder = tmp_path / "rooms_of_a_test"
    (folder / "cellar").mkdir(parents=True)
    for package in (folder, folder / "cellar"):
        (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    modules_in.cache_clear()
    for name in [name for name in sys.modules if name.startswith("rooms_of_a_test")]:
        del sys.modules[name]


def test_the_help_imports_neither_checks_nor_probes() -> None:
    script = (
        "import sys\nfrom checker.cli.main import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "rooms = ('checker.checks.', 'checker.evidence.')\n"
        "print('imported:', *(name for name in sys.modules if name.startswith(rooms)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    *_, last = done.stdout.splitlines()
    assert last.split() == ["imported:"]
