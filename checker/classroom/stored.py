"""The reports of a class as files, the latest of each repository, for readers of the folder."""

from __future__ import annotations

from pathlib import Path

from checker.classroom.records import Run


def put_report(folder: Path, run: Run) -> None:
    """Write the report of a grading beside the gradebook, whole or not at all. Raises OSError."""
    if run.report is None:
        return
    path = folder / f"{run.repository}.json"
    try:
        if path.stat().st_size == len(run.report) and path.read_bytes() == run.report:
            return
    except FileNotFoundError:
        pass
    folder.mkdir(exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_bytes(run.report)
    beside.replace(path)
