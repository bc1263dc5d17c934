"""Programs of reproduce commands: each is used, with a value for each of its blanks, and values stay as they are."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import checker.checks
from checker.checks.command_programs import argument, here_document, program
from tests.every import every

CHECKS = Path(checker.checks.__file__).parent
SCRIPTS = {path.stem: path for path in (CHECKS / "reproduce").glob("*.py")}
MAKERS = {"argument", "here_document", "program"}


def uses() -> Iterator[tuple[str, frozenset[str]]]:
    """The script and the blanks of each call that makes a program."""
    for path in CHECKS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                script = node.args[0]
                if isinstance(script, ast.Constant):
                    yield str(script.value), frozenset(str(blank.arg) for blank in node.keywords if blank.arg)


USES = frozenset(uses())


def blanks(path: Path) -> frozenset[str]:
    """The names in capital letters that a script uses and does not define."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [node for node in nodes if isinstance(node, ast.Name) and node.id.isupper()]
    defined = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    defined |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    return frozenset(node.id for node in names) - defined


@every(sorted(SCRIPTS))
def test_each_program_is_used_with_a_value_for_each_blank(script: str) -> None:
    given = {names for name, names in USES if name == script}
    parts = {"assigned_columns", "returned_tables", "rows_learned", "spied_matrices", "project_run"}
    assert given == {blanks(SCRIPTS[script])} or (script in parts and not blanks(SCRIPTS[script]))


def test_each_program_that_is_used_is_there() -> None:
    assert {name for name, _ in USES} <= SCRIPTS.keys()


@every(sorted(SCRIPTS))
def test_a_program_begins_with_a_comment_that_no_command_holds(script: str) -> None:
    first = SCRIPTS[script].read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert first not in program(script)


def test_a_value_that_looks_like_a_blank_or_an_escape_stays_as_it_is() -> None:
    names = {r"MAIN\d", "OPENED"}
    source = program("files_unopened", MAIN=repr("OPENED.py"), OPENED=repr(names))
    assert "run_path('OPENED.py', run_name" in source
    assert repr(names) in source


def test_the_two_forms_of_a_command_run_the_program(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("table = open('data.csv')\n", encoding="utf-8")
    (tmp_path / "data.csv").write_text("", encoding="utf-8")
    (tmp_path / "no code.py").write_text("'text'\n", encoding="utf-8")

    def status(command: str) -> int:
        path = f"PATH={Path(sys.executable).parent}:$PATH; "
        return subprocess.run(["bash", "-c", path + command], cwd=tmp_path, capture_output=True).returncode

    reads = {name: here_document("files_unopened", MAIN="'main.py'", OPENED=repr({name})) for name in ("data.csv", "x")}
    assert (status(reads["data.csv"]), status(reads["x"])) == (1, 0)
    code = argument("code_present")
    assert (status(f"{code} 'no code.py'"), status(f"{code} main.py")) == (1, 0)
