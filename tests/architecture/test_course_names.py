"""No name of an edition's data or model stands in the code: another course has other tables and estimators."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.course import load

ROOT = Path(__file__).parents[2] / "checker"
DATA, MODEL = load().course.data, load().course.model
_CLASSES = [part for dotted in MODEL.classes for part in dotted.split(".")[1:]]
_WORDS = (DATA.target, DATA.identifier or "", *(table.file for table in DATA.tables))
_OF_MODEL = (MODEL.name, MODEL.parameter, MODEL.counted_by or "", *_CLASSES)
_NAMES = {*_WORDS, *_OF_MODEL} - {"", "ensemble"}
NAMES = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(_NAMES)))
IDENTIFIERS = re.compile("|".join(MODEL.parts), re.IGNORECASE)
EXCEPTIONS = {
    "course.py": "the tables of course files of the first versions, which name none",
    "cli/doctor.py": "an address of its own, which doctor serves to itself",
    "sandbox/inside/lint.py": "ordinary code that the linter reads before a submission, to save time",
    "sandbox/inside/warmup.py": "first uses of known libraries, to save time",
}
"""Files that may hold such a name, with the reason."""


def names_in(source: str) -> Iterator[tuple[int, str]]:
    """The lines of constants and attributes that hold a name, and of names that are made of one.

    Docstrings and sentences are left out.
    """
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
        else:
            name = _identifier(node)
            if NAMES.fullmatch(name) or IDENTIFIERS.search(name):
                yield getattr(node, "lineno", 0), name


def _identifier(node: ast.AST) -> str:
    """The name that a node uses or defines; empty for none."""
    names = (getattr(node, field, None) for field in ("id", "attr", "arg", "name"))
    return next((name for name in names if isinstance(name, str)), "")


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
        ('x.n_estimators\nlen(x.estimators_)\ny = "a.RandomForestClassifier()"', [1, 2, 3]),
        ("forest = 1\ndef in_a_forest(trees): pass\nfrom a import Forests", [1, 2, 3]),
        ('"""A forest."""\ntext("The forest of {trees} trees.", trees=1)', []),
    ],
)
def test_a_name_is_found_where_code_uses_it(source: str, lines: list[int]) -> None:
    assert sorted(line for line, _ in names_in(source)) == lines
