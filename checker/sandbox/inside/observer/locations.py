"""The locations of code: a file of the project, or a cell of a notebook."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any, Optional

from .. import tracebacks

Place = tuple[Optional[str], Optional[int]]
"""A path relative to the root and None, or None and the number of a cell (in the order of execution, from 1)."""

_FOREIGN = ("site-packages", "dist-packages", "node_modules", ".git")


class Locations:
    """Maps the file names of code to places below a root."""

    def __init__(self, root: str) -> None:
        self.roots = sorted({os.path.abspath(root).rstrip("/") + "/", os.path.realpath(root).rstrip("/") + "/"})
        self.cell_number = 1
        self._counting = False
        self._known: dict[str, Place | None] = {}
        self._environments: dict[str, bool] = {}

    def count_cells(self) -> None:
        """Count the cells that this process runs, if it is a kernel; empty cells are never sent to a kernel."""
        module = sys.modules.get("IPython.core.interactiveshell")
        shell = getattr(getattr(module, "InteractiveShell", None), "_instance", None)
        if shell is None:
            return
        self.cell_number = 0

        def before_cell(info: Any) -> None:
            self.cell_number += bool(info.store_history)

        shell.events.register("pre_run_cell", before_cell)

    def next_cell(self) -> None:
        """Count one more cell; called in a run without a kernel."""
        self.cell_number = self.cell_number + 1 if self._counting else 1
        self._counting = True

    def of_code(self, filename: str) -> Place | None:
        """The place of the code that was compiled under *filename*; None for code that is not the project's."""
        if filename not in self._known:
            self._known[filename] = self._find(filename)
        return self._known[filename]

    def cell(self, filename: str) -> Place:
        """The place of the cell that is being compiled under *filename*."""
        place = (None, self.cell_number)
        self._known[filename] = place
        return place

    def relative(self, path: str) -> str | None:
        """*path* relative to the root; None for a path outside of the root."""
        full = os.path.abspath(path)
        for root in self.roots:
            if full.startswith(root):
                return full[len(root) :]
        return None

    def of_frame(self, frame: FrameType | None) -> list[Any] | None:
        """``[path, cell, line]`` of the innermost frame, from *frame* outwards, that is the project's."""
        while frame is not None:
            place = self.of_code(frame.f_code.co_filename)
            if place is not None:
                return [place[0], place[1], frame.f_lineno or 0]
            frame = frame.f_back
        return None

    def _find(self, filename: str) -> Place | None:
        if tracebacks.is_cell(filename):
            return (None, self.cell_number)
        if filename.startswith("<") or not filename:
            return None
        relative = self.relative(filename)
        if relative is None or any(part in _FOREIGN for part in relative.split("/")):
            return None
        return None if self._in_environment(relative) else (relative, None)

    def _in_environment(self, relative: str) -> bool:
        """Whether the file belongs to a virtual environment that lies in the tree."""
        folder = relative.rpartition("/")[0]
        if not folder:
            return False
        if folder not in self._environments:
            here = os.path.join(self.roots[0], folder, "pyvenv.cfg")
            self._environments[folder] = os.path.exists(here) or self._in_environment(folder)
        return self._environments[folder]
