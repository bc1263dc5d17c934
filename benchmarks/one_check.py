"""One full check of the final solution, with an empty cache and without Docker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks import naive
from benchmarks.accounting import Spent, median, spend
from benchmarks.probes import dearest
from benchmarks.results import Goal, table
from benchmarks.submissions import FINAL, solution

CHECK = ("checker", "check", "--docker", "off", "--format", "json")


def check(tree: Path, folder: Path, *options: str) -> Spent:
    """The cost of a check of *tree* from within it, as its author starts it; the cache lies in *folder*."""
    variables = {**naive.programs(), "TITANIC_CHECKER_CACHE": str(folder / "cache")}
    return spend(
        [*CHECK, *options],
        folder=tree,
        variables=variables,
        statuses=frozenset({0, 1}),
        output=folder / "report.json",
    )


def run(folder: Path, times: int) -> Iterator[Goal]:
    """The goals of one check, medians of so many runs, alternating with the baseline."""
    tree = solution(FINAL, folder)
    baseline: list[Spent] = []
    ours: list[Spent] = []
    parts: dict[str, Spent] = {}
    with naive.network(folder) as variables:
        for _ in range(times):
            spent, parts = naive.script(tree, variables)
            baseline.append(spent)
            ours.append(check(tree, folder, "--no-cache"))
    rows = [(name, part.wall, part.processor) for name, part in parts.items()]
    print(table(("naive script", "wall s", "cpu s"), rows))
    before, after = median(baseline), median(ours)
    print(
        table(
            ("medians", "wall s", "cpu s"),
            [("naive script", before.wall, before.processor), ("checker check", after.wall, after.processor)],
        )
    )
    print(dearest(tree, None))
    yield Goal("one full check: wall", after.wall / before.wall, 0.5)
    yield Goal("one full check: processors", after.processor / before.processor, 0.75)
