"""A student's loop: one Python file is really changed, all else is known."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import naive
from benchmarks.accounting import Spent, median
from benchmarks.one_check import check
from benchmarks.results import Goal
from benchmarks.submissions import FINAL, solution

CHANGED = "src/models/train_evaluate.py"
_PATIENCE = 300


def run(folder: Path, times: int) -> Iterator[Goal]:
    """The goals of ``checker check`` and ``checker watch`` after a change, medians of so many changes."""
    tree = solution(FINAL, folder)
    with naive.network(folder) as variables:
        baseline = median([naive.script(tree, variables)[0] for _ in range(times)])
    check(tree, folder)
    checked: list[Spent] = []
    for count in range(times):
        change(tree, count)
        checked.append(check(tree, folder))
    yield Goal("the loop, checker check: wall", median(checked).wall / baseline.wall, 0.3)
    seen = sorted(watched(tree, folder, times))
    yield Goal("the loop, checker watch: wall", seen[len(seen) // 2] / baseline.wall, 0.08)


def change(tree: Path, count: int) -> None:
    """Give a function of the project another body, with the same result."""
    path = tree / CHANGED
    source = path.read_text().partition("\n\ndef added")[0].rstrip()
    added = f'def added_{count}(number):\n    """Return more than the number."""\n    return number + {count}\n'
    path.write_text(f"{source}\n\n\n{added}")


def watched(tree: Path, folder: Path, times: int) -> list[float]:
    """Seconds from each change to the line that says that it was checked."""
    variables = {**naive.programs(), "TITANIC_CHECKER_CACHE": str(folder / "cache"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        ["checker", "watch", "--language", "en", os.fspath(tree)],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        found: list[float] = []
        _until_checked(process.stdout)
        for count in range(times + 1):
            time.sleep(2)  # whatever is made ready in the background is ready
            started = time.monotonic()
            change(tree, 100 + count)
            _until_checked(process.stdout)
            found.append(time.monotonic() - started)
        return found[1:]
    finally:
        process.terminate()
        process.wait(30)


def _until_checked(lines: object) -> None:
    deadline = time.monotonic() + _PATIENCE
    for line in lines:  # type: ignore[attr-defined]
        if line.startswith("Checked"):
            return
        if time.monotonic() > deadline:
            break
    raise RuntimeError("checker watch never said that it had checked")
