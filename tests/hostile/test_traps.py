"""The corpus answers to the whole list of traps, and its page says how."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.hostile.corpus.registry import CORPUS
from tests.hostile.corpus.traps import ELSEWHERE, LEFT, TRAPS, table

ROOT = Path(__file__).parents[2]
CASES = Counter(number for case in CORPUS for number in case.traps)


@pytest.mark.parametrize("number", TRAPS)
def test_each_trap_is_tried_or_says_why_not(number: int) -> None:
    assert CASES[number] or number in ELSEWHERE or number in LEFT


def test_there_are_34_traps_and_no_other_is_named() -> None:
    assert [*TRAPS] == [*range(1, 35)]
    assert {*CASES, *ELSEWHERE, *LEFT} <= {*TRAPS}


def test_ten_and_more_are_of_our_own() -> None:
    assert sum(not case.traps for case in CORPUS) >= 10


def test_each_says_what_it_must_get() -> None:
    assert all(case.expected for case in CORPUS)
    names = [case.name for case in CORPUS]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("place", [place for places in ELSEWHERE.values() for place in places])
def test_the_tests_that_are_named_exist(place: str) -> None:
    path, _, name = place.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert not name or name in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_the_page_holds_the_table() -> None:
    assert table(CASES) in (ROOT / "tests/hostile/README.md").read_text(encoding="utf-8")
