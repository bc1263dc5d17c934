"""Files that a forge and the contributors' hooks read: valid by their schemas, and one with the Makefile."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.processes import ended
from tests.release.conftest import ROOT

BIN = Path(sys.executable).parent
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
HOOKS = ROOT / ".pre-commit-config.yaml"


def complaints(schema: str, path: Path) -> str:
    """The output of check-jsonschema where *path* is not valid by its built-in *schema*; else nothing."""
    done = ended([BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", path])
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_there_is_a_form_for_each_kind_of_issue() -> None:
    assert {path.stem for path in FORMS} == {"wrong-verdict", "checker-fault", "question"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_valid(path: Path) -> None:
    assert complaints("github-issue-forms", path) == ""


def test_the_configuration_of_the_forms_is_valid() -> None:
    assert complaints("github-issue-config", ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml") == ""


def test_a_wrong_form_would_be_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(FORMS[0].read_text(encoding="utf-8").replace("type: textarea", "type: text"), encoding="utf-8")
    assert "textarea" in complaints("github-issue-forms", wrong)


def test_the_hooks_are_valid() -> None:
    subprocess.run([BIN / "pre-commit", "validate-config", HOOKS], check=True, capture_output=True)


def test_the_hooks_are_the_programs_of_make_lint() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^lint:.*\n((?:\t.*\n)+)", makefile, flags=re.MULTILINE)
    linted = [line.strip().removeprefix("$(RUN)").split(" --")[0] for line in recipe.splitlines()]
    (local,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))["repos"]
    entries = [hook["entry"].split(" --")[0] for hook in local["hooks"]]
    assert local["repo"] == "local"
    assert entries == [f".venv/bin/{command}" for command in linted]
