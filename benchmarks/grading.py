"""Grades many submissions with one sandbox, two at a time: ``python -m benchmarks.grading OUTPUT FOLDER…``.

Nothing is kept from one to the next. Writes to OUTPUT, as JSON, when each was done and what its probes took.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from checker.sandbox.lazy import LazySandbox
from checker.sandbox.open import open_sandbox
from checker.session import Request, run

SIDE_BY_SIDE = 2


def main() -> None:
    """Grade the folders that the command line names."""
    output, *folders = sys.argv[1:]
    started = time.monotonic()
    with LazySandbox(open_sandbox("auto", lasting=True)) as sandbox:

        def grade(folder: str) -> dict[str, Any]:
            begun = time.monotonic()
            outcome = run(Request(path=Path(folder), commit="HEAD", docker="off", jobs=2), sandbox=sandbox)
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
