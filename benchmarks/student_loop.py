"""A student's loop: one Python file changes, all other results are cached."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import naive
from benchmarks.accounting import Spent, median
from benchmarks.one_check import check
from benchmarks.probes import dearest
from benchmarks.results import Goal
from benchmarks.submissions import FINAL, solution

MAIN, MODULE = "main.py", "src/models/train_evaluate.py"
_CHECKED = re.compile(r"--- \d+:")
_PATIENCE = 300
_WARM = 25
"""Seconds after the first check in which background preparation ends."""


def run(folder: Path, times: int) -> Iterator[Goal]:
    """The goals of ``checker check`` and ``checker watch`` after a change, medians of so many changes."""
    tree = solution(FINAL, folder)
    with naive.network(folder) as variables:
        baseline = median([naive.script(tree, variables)[0] for _ in range(times)])
    for changed in (MAIN, MODULE):
        check(tree, folder)
        checked: list[Spent] = []
        for count in range(times):
            change(tree / changed, count)
            checked.append(check(tree, folder))
        change(tree / changed, 50)
        print(dearest(tree, folder / "cache"))
        yield Goal(f"{changed} changed, checker check: wall", median(checked).wall / baseline.wall, 0.3)
    for changed in (MAIN, MODULE):
        seconds = sorted(watched(tree, changed, folder, times))
        yield Goal(f"{changed} changed, checker watch: wall", seconds[len(seconds) // 2] / baseline.wall, 0.08)


def change(path: Path, count: int) -> None:
    """Add one more function to a file, another one at each call."""
    source = path.read_text().partition("\n\ndef added")[0].rstrip()
    added = f'def added_{count}(number):\n    """Return more than the number."""\n    return number + {count}\n'
    path.write_text(f"{source}\n\n\n{added}")


def watched(tree: Path, changed: str, folder: Path, times: int) -> list[float]:
    """Seconds from each change to the line that says that it was checked."""
    variables = {**naive.programs(), "TITANIC_CHECKER_CACHE": str(folder / "cache"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        ["checker", "watch", "--language", "en"],
        cwd=tree,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        found: list[float] = []
        _until_checked(process.stdout)
        time.sleep(_WARM)
        for count in range(times + 1):
            started = time.monotonic()
            change(tree / changed, 100 + count)
            _until_checked(process.stdout)
            found.append(time.monotonic() - started)
            time.sleep(1)
        return found[1:]
    finally:
        process.terminate()
        process.wait(30)


def _until_checked(lines: object) -> None:
    deadline = time.monotonic() + _PATIENCE
    for line in lines:  # type: ignore[attr-defined]
        if _CHECKED.match(line):
            return
        if time.monotonic() > deadline:
            break
    raise RuntimeError("checker watch never said that it had checked")
