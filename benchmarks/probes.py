"""Where the time of one check goes, probe by probe."""

from __future__ import annotations

from pathlib import Path

from benchmarks.results import table
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader

_SHOWN = 12


def dearest(tree: Path, cache: Path | None) -> str:
    """A table of the probes that took longest in a check of *tree*, with what is kept in *cache* (None: nothing).

    Probes run side by side, so that the sum is more than the check took. One that takes no time was known.
    """
    with Grader(GradingOptions(docker="off", cache=cache)) as grader:
        outcome = grader.grade(Submission(path=tree, own=True))
    rows = sorted(outcome.seconds.items(), key=lambda row: -row[1])[:_SHOWN]
    return table(("probe", "wall s"), rows)
