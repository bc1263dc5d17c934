"""Notebooks stored as scripts: Python in jupytext's percent format, with its header.

Source: jupytext, "The Notebook formats", section "The percent format". Cells that only an editor marks (``# %%``
without that header) are parts of a script.
"""

from __future__ import annotations

import re

_LONGEST_HEADER = 4_000
_CELL = re.compile(r"# ?%%++(?P<rest>\s.*)?\Z")
_NO_CODE = re.compile(r"\[(?:markdown|md|raw)\]")


def is_paired(source: str) -> bool:
    """True where a script declares itself a notebook: its first comment is jupytext's header."""
    header = "\n".join(_header(source[:_LONGEST_HEADER].split("\n")))
    return "jupytext:" in header and "format_name: percent" in header


def _header(lines: list[str]) -> list[str]:
    """The lines from ``# ---`` to the next one, at the beginning of a script."""
    if not lines or lines[0].strip() != "# ---":
        return []
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == "# ---"), 0)
    return lines[: end + 1] if end else []


def percent_cells(source: str) -> tuple[str, ...]:
    """The sources of the code cells of a paired script, in order."""
    lines = source.split("\n")
    cells: list[list[str]] = []
    is_code = False
    for line in lines[len(_header(lines)) :]:
        if marked := _CELL.match(line.rstrip()):
            is_code = _NO_CODE.search(marked["rest"] or "") is None
            cells += [[]] if is_code else []
        elif is_code:
            cells[-1].append(line)
    return tuple("\n".join(cell).strip("\n") for cell in cells)
