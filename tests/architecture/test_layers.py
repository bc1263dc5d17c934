"""The layers hold: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_ERROR, EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2] / "checker"


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


APART = {"reproduce", "template"}
"""Folders of programs for students, and of the template: no part of the checker imports them."""
FILES = sorted(path for path in ROOT.rglob("*.py") if not APART & {*path.relative_to(ROOT).parts})


def test_imports_follow_the_contracts() -> None:
    """The contracts stand in ``pyproject.toml``, where import-linter says which import breaks which of them."""
    assert lint_imports(config_filename=str(ROOT.parent / "pyproject.toml"), no_logo=True) == EXIT_STATUS_SUCCESS


def test_a_climbing_import_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = tmp_path / "house"
    house.mkdir()
    for name, line in (("__init__", ""), ("roof", ""), ("cellar", "import house.roof\n")):
        (house / f"{name}.py").write_text(line, encoding="utf-8")
    settings = tmp_path / "importlinter.toml"
    settings.write_text(
        '[tool.importlinter]\nroot_package = "house"\n[[tool.importlinter.contracts]]\nname = "rows"\n'
        'type = "layers"\ncontainers = ["house"]\nlayers = ["roof", "cellar"]\n',
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert lint_imports(config_filename=str(settings), no_cache=True, no_logo=True) == EXIT_STATUS_ERROR


def test_only_the_command_line_prints() -> None:
    found = []
    for path in FILES:
        if part_of(path) == "cli" or "inside" in path.parts:
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        found += [
            f"{path}:{call.lineno}" for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"
        ]
    assert found == []
