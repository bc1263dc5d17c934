"""No name of an edition's data stands in the code: another course has other tables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.course import load

ROOT = Path(__file__).parents[2] / "checker"
DATA = load().course.data
NAMES = re.compile(
    "|".join(rf"\b{re.escape(name)}\b" for name in (DATA.target, DATA.identifier or "", *(t.file for t in DATA.tables)))
)
EXCEPTIONS = {
    "course.py": "the tables of course files of the first versions, which name none",
    "checks/reproduce/more_survivors.py": "a program that students see; its blanks do not have the target yet",
    "cli/doctor.py": "an address of its own, which doctor serves to itself",
}
"""Files that may hold such a name, with the reason."""


def names_in(source: str) -> Iterator[tuple[int, str]]:
    """The lines of constants and attributes that hold a name, without docstrings and sentences."""
    tree = ast.parse(source)
    words: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            words.add(id(node.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"text", "advice"}:
            words.update(map(id, node.args))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words:
            if found := NAMES.search(node.value):
                yield node.lineno, found[0]
        elif isinstance(node, ast.Attribute) and NAMES.fullmatch(node.attr):
            yield node.lineno, node.attr


def test_no_name_of_the_data_stands_in_the_code() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): [*names_in(path.read_text(encoding="utf-8"))]
        for path in sorted(ROOT.rglob("*.py"))
        if "template" not in path.relative_to(ROOT).parts
    }
    assert {path: names for path, names in found.items() if names and path not in EXCEPTIONS} == {}
    assert [path for path in EXCEPTIONS if not found.get(path)] == []  # an exception without a name is out of date


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""train.csv"""\nx = "raw/train.csv"', [2]),
        ('more = table[table.Survived == 1]\nrow["PassengerId"]', [1, 2]),
        ('text("Read train.csv.")\nadvice("See test.csv.", path="test.csv")', [2]),
        ('f"{folder}/test.csv"\nx = "train", "testXcsv", "survived"', [1]),
    ],
)
def test_a_name_is_found_where_code_uses_it(source: str, lines: list[int]) -> None:
    assert sorted(line for line, _ in names_in(source)) == lines
