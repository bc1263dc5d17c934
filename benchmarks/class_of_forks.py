"""A class: submissions of all steps, each with edits of its own, graded one after the other by one process."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import naive
from benchmarks.accounting import Spent, spend
from benchmarks.results import Goal, table
from benchmarks.submissions import hang, step_of, submissions
from checker.course import load

FEW = 10


def graded(places: Sequence[Path], folder: Path) -> tuple[Spent, list[dict[str, Any]]]:
    """The cost of grading these submissions, and the lines that the grading wrote about each."""
    output = folder / "graded.json"
    command = [sys.executable, "-m", "benchmarks.grading", str(output), *map(str, places)]
    variables = {**naive.programs(), "PYTHONPATH": str(Path(__file__).parents[1])}
    spent = spend(command, folder=folder, variables=variables, memory=True)
    lines: list[dict[str, Any]] = json.loads(output.read_text())
    if faults := [fault for line in lines for fault in line["faults"]]:
        raise RuntimeError(f"a check errored: {faults[:3]}")
    return spent, lines


def run(folder: Path, number: int) -> Iterator[Goal]:
    """The goals of a class of that *number*; the baseline is measured once a step and weighted."""
    places = submissions(number, folder)
    by_step: dict[str, Spent] = {}
    with naive.network(folder) as variables:
        for place in places:
            if step_of(place) not in by_step:
                by_step[step_of(place)] = naive.script(place, variables)[0]
    few, _ = graded(places[:FEW], folder)
    many, lines = graded(places, folder)
    naive_of_few = sum(by_step[step_of(place)].processor for place in places[:FEW])
    naive_of_all = sum(by_step[step_of(place)].processor for place in places)
    _print(lines, by_step, many, number)
    yield Goal(f"{number} submissions: processors, each", many.processor / naive_of_all, 0.25)
    relative_few, relative_all = few.processor / naive_of_few, many.processor / naive_of_all
    yield Goal(f"{number} submissions: cost of each, against that at {FEW}", relative_all / relative_few, 1.15)
    yield Goal(f"{number} submissions: memory of the whole tree", many.memory / 1e9, 1.5, " GB")


def hung(folder: Path) -> Iterator[Goal]:
    """The cost of a class with one submission that never ends: its own time limit, and nothing for the others."""
    places = submissions(9, folder)
    _, before = graded(places, folder)
    endless = next(place for place in places if (place / "main.py").exists())
    hang(endless)
    _, after = graded([endless, *(place for place in places if place != endless)], folder)
    others = {str(place) for place in places if place != endless}
    spent = next(line["done"] - line["begun"] for line in after if line["folder"] == str(endless))
    alone = max(line["done"] for line in before if line["folder"] in others)
    beside = max(line["done"] for line in after if line["folder"] in others)
    limits = load().course.limits
    yield Goal("a hung submission: its own time", spent, limits.main + 40, " s")
    # the endless one keeps one of two processors busy until its time limit
    yield Goal("a hung submission: delay of all others", beside - alone, spent, " s")


def _print(lines: list[dict[str, Any]], by_step: dict[str, Spent], many: Spent, number: int) -> None:
    probes: dict[str, float] = defaultdict(float)
    for line in lines:
        for name, seconds in line["probes"].items():
            probes[name] += seconds
    rows = sorted(((name, seconds / number) for name, seconds in probes.items()), key=lambda row: -row[1])
    print(table(("probe", "wall s each"), rows[:15]))
    print(table(("step", "naive cpu s"), [(step, spent.processor) for step, spent in sorted(by_step.items())]))
    print(f"  cpu s each: {many.processor / number:.2f}   wall s each: {many.wall / number:.2f}")
