"""The time of one check, probe by probe."""

from __future__ import annotations

from pathlib import Path

from benchmarks.results import table
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader

_SHOWN = 12


def dearest(tree: Path, cache: Path | None) -> str:
    """A table of the slowest probes in a check of *tree*, with the results in *cache* (None: an empty one).

    Probes run side by side, so their sum is more than the time of the check. A probe that takes no time was cached.
    """
    with Grader(GradingOptions(docker="off", cache=cache)) as grader:
        outcome = grader.grade(Submission(path=tree, own=True))
    rows = sorted(outcome.seconds.items(), key=lambda row: -row[1])[:_SHOWN]
    return table(("probe", "wall s"), rows)
