"""How a hostile submission is written down: a solution, edited, and what has to be said of it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from checker.model import Failed, Passed, Verdict
from tests.mutants.model import Edit, Replace, Write

MARK = "left-by-a-hostile-program"
"""What hostile programs call the files that they leave: none may be found outside of their private copy."""

SECRET = "correct-horse-battery-staple"
"""What the grader keeps in its environment and in its home: no report may say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one check has to say. ``where`` is a printed location among those of a failure, ``says`` a fragment of
    its English sentences."""

    check: str
    verdict: tuple[type[Verdict], ...] = (Failed,)
    where: str = ""
    says: str = ""


def fails(check: str, says: str = "", where: str = "") -> Expected:
    """The check fails."""
    return Expected(check=check, says=says, where=where)


def passes(check: str) -> Expected:
    """The check passes: what is hostile is no matter of it, or did not come through."""
    return Expected(check=check, verdict=(Passed,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A submission: the solution of step *base*, edited.

    ``traps`` are the numbers of the list that it is one of; none: it is of our own invention. Words of ``edits`` such
    as ``@TCP@`` are replaced by where the test listens. ``seconds`` is the limit of each run, ``within`` how long
    the whole grading may take at most. ``commit`` says whether the edits are committed.
    """

    name: str
    traps: tuple[int, ...] = ()
    base: str = "1.5"
    edits: tuple[Edit, ...]
    expected: tuple[Expected, ...]
    seconds: float = 4
    within: float = 60
    commit: bool = False
    whole: bool = False
    never_says: tuple[str, ...] = ()


def hostile(name: str, *edits: Edit, **more: object) -> Hostile:
    """A submission of these edits; *more* are the other fields of :class:`Hostile`."""
    return Hostile(name=name, edits=edits, **more)  # type: ignore[arg-type]


def instead(source: str) -> Edit:
    """The main script is *source* and nothing else."""
    return Write("main.py", source)


def first(source: str) -> Edit:
    """The main script does its work, after *source*."""
    return Replace("main.py", "N_TREES = 20\n", "N_TREES = 20\n" + source)


def module(source: str) -> Edit:
    """A module of the project holds *source* at its top level, after its imports."""
    return Replace("src/data/import_data.py", "import pandas as pd\n", "import pandas as pd\n\n" + source)


def cells(*sources: str) -> str:
    """A notebook of these code cells, as its file."""
    code = [
        {"cell_type": "code", "id": f"c{number}", "metadata": {}, "execution_count": None, "outputs": [], "source": one}
        for number, one in enumerate(sources)
    ]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
