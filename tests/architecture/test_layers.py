"""The layers hold: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "checker"

ALLOWED: dict[str, set[str]] = {
    "quoting": set(),
    "model": {"quoting"},
    "errors": {"model"},
    "facts": {"model", "facts"},
    "invalid_file": {"model"},
    "course": {"model", "errors", "invalid_file"},
    "absences": {"model"},
    "needs": {"model", "absences"},
    "plan": {"model", "absences", "needs"},
    "locale": {"model"},
    "checks": {"model", "facts", "course", "checks", "quoting"},
    "explanations": {"model", "checks"},
    "selection": {"model", "course", "errors"},
    "listener": {"model"},
    "grading": {"model", "facts", "course", "checks", "plan", "explanations", "selection"},
    "report": set(),
    "stored_values": {"model", "quoting", "report"},
    "stored_report": {"model", "errors", "locale", "report", "stored_values"},
    "render": {"model", "locale", "quoting", "report", "stored_values", "render"},
    "sandbox": {"model", "facts", "errors", "absences", "sandbox"},
    "defaults": {"facts"},
    "watching": {"model", "errors", "repository", "work_tree_states", "watching"},
    "archive": {"model", "errors"},
    "autograders": {"model", "errors", "course"},
    "ignore_patterns": set(),
    "loose_objects": set(),
    "work_tree_states": {"facts", "ignore_patterns"},
    "intake": {"model", "errors", "facts", "archive", "repository", "sandbox", "intake"},
    "forge": {"model", "errors", "facts", "forge"},
    "feedback": {"model", "errors", "locale", "render", "selection", "stored_report", "classroom", "feedback"},
    "classroom": {
        *("model", "errors", "facts", "course", "invalid_file", "archive", "repository", "intake", "environment_file"),
        *("grader", "report", "stored_values", "stored_report", "locale", "render", "classroom"),
    },
}
"""What each part may import of ours. The parts that are not named here may import what they like."""


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """The parts of ours that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "checker" else [f"checker.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("checker.")}
    return found - {"__version__"}


FILES = sorted(path for path in ROOT.rglob("*.py") if "template" not in path.relative_to(ROOT).parts)


PARTS = sorted({part_of(path) for path in FILES})


@pytest.mark.parametrize("part", [part for part in PARTS if part in ALLOWED])
def test_imports_follow_the_layers(part: str) -> None:
    found = {path.name: imports_of(path) - ALLOWED[part] for path in FILES if part_of(path) == part}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_only_evidence_and_the_intake_see_the_sandbox() -> None:
    who = ("evidence", "sandbox", "intake", "grader", "environment_file", "cli")
    others = [path for path in FILES if part_of(path) not in who]
    assert [str(path) for path in others if "sandbox" in imports_of(path)] == []


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


def test_the_test_sees_a_breach(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("from checker.sandbox.base import Sandbox\nfrom checker import render\n", encoding="utf-8")
    assert imports_of(file) == {"sandbox", "render"}
