"""A run of a notebook's cells as one plain script: the cells that are sent, and the marks that prove their end."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile

from checker.facts.actions import Cells
from checker.facts.job import Finished, Job
from checker.model import Json, Location
from checker.sandbox.inside.cells import FOLDER
from checker.sandbox.process import run_result
from checker.sandbox.process.exchange import RunExchange
from checker.sandbox.process.workspace import WorkspacePaths


class PlainCells(RunExchange):
    """One run of plain cells. A cell has ended when its mark, a secret until then, has been reported."""

    def __init__(self, job: Job, setting: WorkspacePaths, empty: str | None) -> None:
        super().__init__(job, setting, empty)
        assert isinstance(job.action, Cells)
        self._path = job.action.path
        self._sources = job.action.sources
        self._marks = [secrets.token_hex(8) for _ in self._sources]

    def content(self) -> Mapping[str, Json]:
        return {"cells": [[source, mark] for source, mark in zip(self._sources, self._marks, strict=True)]}

    def place(self, path: str, line: int) -> Location | None:
        number = path.removeprefix(FOLDER).removesuffix(".py")
        if path.startswith(FOLDER) and number.isdecimal():
            return Location(self._path, int(number), line)
        return super().place(path, line)

    def finish(self, finished: Finished, report: bytes) -> Finished:
        """*finished* with the number of cells that ended, counted from the first without a gap."""
        marks = [message["mark"] for message in run_result.messages_of(report) if "mark" in message]
        ended = takewhile(lambda pair: pair[0] == pair[1], zip(marks, self._marks, strict=False))
        return replace(finished, cells=len(list(ended)))
