"""No name of an edition stands in the code: another course has other tables, another estimator, another script."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.course import load
from checker.course_files import DEFAULT_EDITION

ROOT = Path(__file__).parents[2] / "checker"
COURSE = load().course
DATA, MODEL, THEIRS = COURSE.data, COURSE.model, COURSE.names
_CLASSES = {part for dotted in MODEL.classes for part in dotted.split(".")[1:]} - {"ensemble"}


def any_of(*names: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?!-checker|\w)" for name in names))


OF_DATA = any_of(DATA.target, DATA.identifier or "-", *(table.file for table in DATA.tables))
OF_MODEL = any_of(MODEL.name, MODEL.parameter, MODEL.counted_by or "-", *sorted(_CLASSES))
OF_PROJECT = any_of(
    DEFAULT_EDITION,
    COURSE.id,
    COURSE.id.capitalize(),
    *THEIRS.scripts,
    THEIRS.branch,
    THEIRS.notebook,
    THEIRS.environment,
    THEIRS.data_folder,
    *THEIRS.modules,
)
"""Names that no sentence holds, either: what is said of a submission has them from the course."""
PARTS_OF_NAMES = re.compile("|".join(MODEL.parts), re.IGNORECASE)
EXCEPTIONS = {
    "cli/classes/app.py": "names of classes in examples",
    "cli/doctor.py": "an address and a script of its own, which doctor serves to itself and runs",
    "cli/main.py": "an edition in an example",
    "course.py": "the tables of course files of the first versions, which name none",
    "course_files.py": "the default edition",
    "sandbox/inside/lint.py": "ordinary code that the linter reads before a submission, to save time",
    "sandbox/inside/warmup.py": "first uses of known libraries, to save time",
    "solution_overlay.py": "the branch of the solutions in a checkout",
    "solutions.py": "the names of the repositories that solutions are built in",
    "testing.py": "the usual script of facts that are made by hand",
}
"""Files that may hold such a name, with the reason."""


def names_in(source: str) -> Iterator[tuple[int, str]]:
    """The lines of constants and attributes that hold a name, and of names that are made of one.

    Docstrings are left out. Sentences may name data and estimator.
    """
    tree = ast.parse(source)
    docstrings: set[int] = set()
    sentences: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings.add(id(node.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"text", "advice"}:
            sentences.update(map(id, node.args))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            patterns = (OF_PROJECT,) if id(node) in sentences else (OF_DATA, OF_MODEL, OF_PROJECT)
            if found := next(filter(None, (pattern.search(node.value) for pattern in patterns)), None):
                yield node.lineno, found[0]
        else:
            name = _identifier(node)
            named = OF_DATA.fullmatch(name) or OF_MODEL.fullmatch(name) or PARTS_OF_NAMES.search(name)
            if named:
                yield getattr(node, "lineno", 0), name


def _identifier(node: ast.AST) -> str:
    """The name that a node uses or defines; empty for none."""
    names = (getattr(node, field, None) for field in ("id", "attr", "arg", "name"))
    return next((name for name in names if isinstance(name, str)), "")


def test_no_name_of_the_edition_stands_in_the_code() -> None:
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
        ('"""Run main.py."""\ntext("Run main.py.")\nx = "cd x && python main.py"', [2, 3]),
        ('x = ["docker build -t titanic .",\n"titanic-checker",\n"TITANIC_CHECKER_CACHE",\n"# Titanic: 20"]', [1, 4]),
        ('x = ["ensae-2022",\n"git switch nettoyage",\n"domain.pyx",\n"data/raw/x"]', [1, 2, 4]),
    ],
)
def test_a_name_is_found_where_code_uses_it(source: str, lines: list[int]) -> None:
    assert sorted(line for line, _ in names_in(source)) == lines
