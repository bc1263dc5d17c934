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
    """What it costs to grade these submissions, and what was told of each."""
    output = folder / "graded.json"
    command = [sys.executable, "-m", "benchmarks.grading", str(output), *map(str, places)]
    variables = {**naive.programs(), "PYTHONPATH": str(Path(__file__).parents[1])}
    spent = spend(command, folder=folder, variables=variables, memory=True)
    told: list[dict[str, Any]] = json.loads(output.read_text())
    if faults := [fault for one in told for fault in one["faults"]]:
        raise RuntimeError(f"a check errored: {faults[:3]}")
    return spent, told


def run(folder: Path, number: int) -> Iterator[Goal]:
    """The goals of a class of that *number*; the baseline is measured once a step and weighted."""
    places = submissions(number, folder)
    by_step: dict[str, Spent] = {}
    with naive.network(folder) as variables:
        for place in places:
            if step_of(place) not in by_step:
                by_step[step_of(place)] = naive.script(place, variables)[0]
    few, _ = graded(places[:FEW], folder)
    many, told = graded(places, folder)
    naive_of_few = sum(by_step[step_of(place)].processor for place in places[:FEW])
    naive_of_all = sum(by_step[step_of(place)].processor for place in places)
    _print(told, by_step, many, number)
    yield Goal(f"{number} submissions: processors, each", many.processor / naive_of_all, 0.25)
    relative_few, relative_all = few.processor / naive_of_few, many.processor / naive_of_all
    yield Goal(f"{number} submissions: cost of each, against that at {FEW}", relative_all / relative_few, 1.15)
    yield Goal(f"{number} submissions: memory of the whole tree", many.memory / 1e9, 1.5, " GB")


def hung(folder: Path) -> Iterator[Goal]:
    """One that never ends among honest ones: it costs its own limit, and the others nothing."""
    places = submissions(9, folder)
    _, before = graded(places, folder)
    endless = next(place for place in places if (place / "main.py").exists())
    hang(endless)
    _, after = graded([endless, *(place for place in places if place != endless)], folder)
    others = {str(place) for place in places if place != endless}
    spent = next(one["done"] - one["begun"] for one in after if one["folder"] == str(endless))
    alone = max(one["done"] for one in before if one["folder"] in others)
    beside = max(one["done"] for one in after if one["folder"] in others)
    limits = load().course.limits
    yield Goal("a hung submission: its own time", spent, limits.main + 40, " s")
    # it takes one of two processors away for as long as it is allowed to
    yield Goal("a hung submission: delay of all others", beside - alone, spent, " s")


def _print(told: list[dict[str, Any]], by_step: dict[str, Spent], many: Spent, number: int) -> None:
    probes: dict[str, float] = defaultdict(float)
    for one in told:
        for name, seconds in one["probes"].items():
            probes[name] += seconds
    rows = sorted(((name, seconds / number) for name, seconds in probes.items()), key=lambda row: -row[1])
    print(table(("probe", "wall s each"), rows[:15]))
    print(table(("step", "naive cpu s"), [(step, spent.processor) for step, spent in sorted(by_step.items())]))
    print(f"  cpu s each: {many.processor / number:.2f}   wall s each: {many.wall / number:.2f}")
