"""Grade many submissions with one grader, two at a time: ``python -m benchmarks.grading OUTPUT FOLDER…``.

No results are kept from one to the next. OUTPUT is JSON: the time at which each was done, and the seconds of its
probes.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader

SIDE_BY_SIDE = 2


def main() -> None:
    """Grade the folders that the command line names."""
    output, *folders = sys.argv[1:]
    started = time.monotonic()
    with Grader(GradingOptions(docker="off", lasting=True)) as grader:

        def grade(folder: str) -> dict[str, Any]:
            begun = time.monotonic()
            outcome = grader.grade(Submission(path=Path(folder), commit="HEAD"))
            now = time.monotonic()
            return {
                "folder": folder,
                "points": float(outcome.report.points),
                "faults": list(outcome.faults),
                "begun": begun - started,
                "done": now - started,
                "probes": dict(outcome.seconds),
            }

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            graded = list(pool.map(grade, folders))
    Path(output).write_text(json.dumps(graded))


if __name__ == "__main__":
    main()
