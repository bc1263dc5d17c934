"""Padding: statements that do nothing, and statements that repeat one shape over and over.

A linter's score is the share of faults among statements, so each faultless statement raises it. Among statements of one
shape, whatever their constants and the digits in their names, only the first counts.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

MOST = 100
"""The number of repetitions from which statements are padding; code of this course hardly ever has as many."""
_ALIKE = 50
"""The number of statements, equal except for all of their names, that is still no padding."""
_DIGITS = re.compile(r"\d+")
_BODIES = frozenset({"body", "orelse", "finalbody", "handlers", "cases", "decorator_list"})


@dataclass(frozen=True, slots=True)
class Padding:
    """The number of padding statements, and the lines that hold nothing else."""

    statements: int
    lines: frozenset[int]


def padding(tree: ast.Module) -> Padding:
    """The padding of one file. Docstrings are not statements."""
    idle, other_lines = [], set()
    exact: set[int] = set()
    alike = Counter[int]()
    docstrings = set(_docstrings(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or node in docstrings:
            continue
        shape, loose = _shape(node, names=True), _shape(node, names=False)
        alike[loose] += 1
        if _does_nothing(node) or shape in exact or alike[loose] > _ALIKE:
            idle.append(node.lineno)
        else:
            other_lines.add(node.lineno)
        exact.add(shape)
    return Padding(len(idle), frozenset(idle) - other_lines)


def _docstrings(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and ast.get_docstring(node, clean=False) is not None
        ):
            yield node.body[0]


def _does_nothing(node: ast.stmt) -> bool:
    """True for a constant, the assignment of a constant to a name, and ``pass``."""
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
    )


def _shape(statement: ast.stmt, *, names: bool) -> int:
    """A number that is equal for statements of one shape, without the statements inside them.

    Names count without their digits, or not at all.
    """
    parts: list[object] = []
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        parts.append(type(node))
        for field, value in ast.iter_fields(node):
            if isinstance(node, ast.Constant):
                parts.append(type(value) if field == "value" else None)
            elif isinstance(value, ast.AST):
                waiting.append(value)
            elif isinstance(value, list):
                inner = [] if node is statement and field in _BODIES else value
                waiting.extend(child for child in inner if isinstance(child, ast.AST))
                parts.append(len(inner))
            elif isinstance(value, str) and names:
                parts.append(_DIGITS.sub("", value))
    return hash(tuple(parts))
