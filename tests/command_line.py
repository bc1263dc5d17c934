"""The command line in this process, as an instructor or a student types it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest
import typer.main

from checker.cli.main import main

typer.main.get_command = cache(typer.main.get_command)
"""The tree of commands is made once for all tests of a process: it takes longer than most commands do."""


class Said(NamedTuple):
    """The exit code of a command, and its output on both streams."""

    code: int
    out: str
    err: str

    @property
    def plain(self) -> Said:
        """The same, with spaces in the place of those that French puts before its signs."""
        return Said(self.code, self.out.replace("\xa0", " "), self.err.replace("\xa0", " "))


Checker: TypeAlias = Callable[..., Said]
"""``checker("check", "--step", "1.4")``, as fixtures of that name give it."""


def command_line(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Said:
    """What ``checker`` says to these words."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    return Said(code, *capsys.readouterr())
