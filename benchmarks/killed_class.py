"""A whole class by an instructor's commands, its grading killed twenty times; the gradebook has to stay correct."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.results import Goal
from benchmarks.submissions import solution
from tests.classroom.synthetic import synthetic_class
from tests.classroom.whole_class import checker, differences, filled, grade_to_the_end, grade_with_kills

NUMBER = 120
KILLS = 20


def run(folder: Path, number: int) -> Iterator[Goal]:
    """The goal of a class of that *number*: no grade in its gradebook differs from the planted one."""
    planted = synthetic_class(number, folder / "made", hostile=5, empty=3)
    of_class = folder / "class"
    for words in (("init", "--class", str(of_class)), ("clone", "--class", str(of_class))):
        result = checker(folder, "class", *words)
        if result.returncode != 0:
            raise RuntimeError(result.stdout + result.stderr)
        if words[0] == "init":
            filled(planted, of_class / "gradebook.sqlite")
    started = time.monotonic()
    grade_with_kills(of_class, KILLS, most_between=max(1, number // 15))
    print(grade_to_the_end(of_class))
    print(f"  wall s each, with {KILLS} kills: {(time.monotonic() - started) / number:.2f}")
    solutions = folder / "solutions"
    solutions.mkdir()
    known: dict[str, Path] = {}

    def of_step(step: str) -> Path:
        if step not in known:
            known[step] = solution(step, solutions)
        return known[step]

    wrong = differences(of_class, planted, of_step)
    for key, difference in wrong.items():
        print(f"  {key}: {difference}")
    yield Goal(f"{number} submissions, {KILLS} kills: gradings that are not what was planted", len(wrong), 0)
