"""A run of a notebook's cells as one plain script: what we send, and what we take for its end."""

from __future__ import annotations

import secrets
from dataclasses import replace

from checker.facts.running import Cells, Finished
from checker.model import Location
from checker.sandbox import outcome
from checker.sandbox.inside.cells import FOLDER


class Plain:
    """One such run. A cell has ended when its mark, which nobody could know before, has come back."""

    def __init__(self, action: Cells) -> None:
        self._path = action.path
        self._marks = [secrets.token_hex(8) for _ in action.sources]
        self.cells = [[source, mark] for source, mark in zip(action.sources, self._marks, strict=True)]

    def place(self, path: str, line: int) -> Location | None:
        """The cell or file of a frame."""
        number = path.removeprefix(FOLDER).removesuffix(".py")
        if path.startswith(FOLDER) and number.isdecimal():
            return Location(self._path, int(number), line)
        return outcome.in_tree(path, line)

    def finish(self, finished: Finished, report: bytes) -> Finished:
        """*finished* with the number of cells that ended, one after the other from the first."""
        said = [message["mark"] for message in outcome.messages_of(report) if "mark" in message]
        ended = 0
        while ended < len(self._marks) and ended < len(said) and said[ended] == self._marks[ended]:
            ended += 1
        return replace(finished, cells=ended)
