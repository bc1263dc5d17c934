"""The commands that show a failed image without the checker: run with the real client, on the wrong and the right."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.grader import Outcome
from checker.model import Failed
from tests.images.conftest import Shell
from tests.images.test_recipes import CASES, GOOD, F, verdicts, written

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

PRINTS = {
    "no matrix": 'print("Accuracy: 0.83 on 891 rows")\n',
    "no performance": 'print("[[80 10]\\n [12 38]]")\n',
}
ENDING = [case for case in CASES if F in (case.builds, case.runs) and case.name != "it never stops"]
SAID: list[str] = []
"""The commands, as the cases gave them: the last test runs each on the solution."""


def shown(judge: Callable[[Path], Outcome], shell: Shell, folder: Path) -> str:
    """The command of the first failure in *folder*; it fails there, too."""
    failed = [result.verdict for result in verdicts(judge(folder)).values() if isinstance(result.verdict, Failed)]
    assert failed
    assert shell(failed[0].reproduce, folder) != 0, failed[0].reproduce
    return failed[0].reproduce


@pytest.mark.parametrize("case", ENDING, ids=lambda case: case.name)
def test_a_recipe(case: object, judge: Callable[[Path], Outcome], shell: Shell, tmp_path: Path) -> None:
    command = shown(judge, shell, written(tmp_path / "wrong", case.content, case.files))
    assert shell(command, written(tmp_path / "right", GOOD, {})) == 0, command
    SAID.append(command)


@pytest.mark.parametrize("name", PRINTS)
def test_a_script(name: str, judge: Callable[[Path], Outcome], shell: Shell, tmp_path: Path) -> None:
    command = shown(judge, shell, written(tmp_path / "wrong", GOOD, {"main.py": PRINTS[name]}))
    assert shell(command, written(tmp_path / "right", GOOD, {})) == 0, command
    SAID.append(command)


def test_on_the_solution_each_succeeds(solution: Callable[[str], Path], shell: Shell, tmp_path: Path) -> None:
    folder = shutil.copytree(solution("2.3"), tmp_path / "solution")
    commands = {command for command in SAID if "docker" in command}
    assert commands
    for command in commands:
        assert shell(command, folder) == 0, command
