"""The submissions that are measured: solutions of the course, each with edits of its own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pygit2

from checker import solutions

FINAL = "2.3"


def solution(step: str, folder: Path) -> Path:
    """The repository of a step's solution, in *folder*."""
    place = folder / f"solution-{step}"
    solutions.build(step, place, language="en")
    return place


def submissions(number: int, folder: Path) -> list[Path]:
    """*number* repositories, their steps mixed evenly; no two share a notebook or a Python file."""
    steps = solutions.steps()
    originals = {step: solution(step, folder) for step in steps}
    made = []
    for count in range(number):
        # 7 and the number of steps are coprime: any ten in a row are mixed
        step = steps[count * 7 % len(steps)]
        place = Path(shutil.copytree(originals[step], folder / f"{count:03}-{step}", symlinks=True))
        edit(place, f"student {count}")
        made.append(place)
    return made


def step_of(submission: Path) -> str:
    """The step that a submission has come to."""
    return submission.name.partition("-")[2]


def edit(place: Path, words: str) -> None:
    """Write *words* into each notebook and Python file of a repository, and commit."""
    for path in sorted(place.rglob("*.py")):
        path.write_text(f"{path.read_text()}\n# {words}\n")
    for path in sorted(place.rglob("*.ipynb")):
        document = json.loads(path.read_text())
        code = next(cell for cell in document["cells"] if cell["cell_type"] == "code")
        code["source"] = [*code["source"], f"\n# {words}"]
        path.write_text(json.dumps(document, indent=1) + "\n")
    commit(place, words)


def commit(place: Path, message: str) -> None:
    """Record everything that is not ignored."""
    repository = pygit2.Repository(os.fspath(place))
    repository.index.add_all()
    repository.index.write()
    author = pygit2.Signature("A Student", "student@example.org", 1_700_000_000, 0)
    repository.create_commit("HEAD", author, author, message, repository.index.write_tree(), [repository.head.target])


def hang(place: Path) -> None:
    """Replace the main script of a repository by an endless one."""
    path = place / "main.py"
    path.write_text("while True:\n    pass\n")
    commit(place, "never ends")


def largest(paths: Sequence[Path]) -> int:
    """Total size in bytes of all files in *paths*; a benchmark checks its input by it."""
    return sum(file.stat().st_size for path in paths for file in path.rglob("*") if file.is_file())
