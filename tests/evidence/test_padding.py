"""Which statements add nothing but their number."""

from __future__ import annotations

import ast

import pytest

from checker.evidence.source.padding import padding


@pytest.mark.parametrize(
    ("source", "idle"),
    [
        ("x = 1\npass\n3\n", 3),
        ('print(end="")\n' * 900, 899),
        ("".join(f"TOTAL_{n} = -{n}\n" for n in range(800)), 799),
        ("".join(f"def f_{n}(x):\n    return x + {n}\n" for n in range(9)), 16),
        ("".join(f"if x{n}:\n    y{n} = g(x{n})\n" for n in range(9)), 16),
        ("".join(f"{chr(97 + n % 26) * (1 + n // 26)} = g(h)\n" for n in range(120)), 70),
        ('"""Of the file."""\n\n\ndef f():\n    """Of the function."""\n    return g()\n', 0),
        ("train = load(a)\ntest = load(b)\nx = train.drop(c)\nprint(x)\nprint(train)\n", 0),
        ("with a as b:\n    f(b)\nwith c as d:\n    g(d)\n", 0),
    ],
)
def test_what_repeats_a_shape_counts_once(source: str, idle: int) -> None:
    assert padding(ast.parse(source)).statements == idle


def test_a_line_that_holds_something_else_is_no_padding() -> None:
    found = padding(ast.parse("X_1 = f(1)\nX_2 = f(2)\nX_3 = f(3); import os\n"))
    assert (found.statements, found.lines) == (2, frozenset({2}))


@pytest.mark.slow
def test_a_deep_expression_is_looked_at_in_one_pass() -> None:
    assert padding(ast.parse(f"x = {'+'.join(['y'] * 900)}\n" * 200)).statements == 199
