"""The class of a command, with the gradebook that these surroundings name."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from checker.classroom.opening import OpenClass, open_class

GRADEBOOK_VARIABLE = "TITANIC_CHECKER_GRADEBOOK"
"""The variable that overrides the gradebook of ``class.toml``: an address with a password belongs in no file."""


def opened_here(folder: Path) -> AbstractContextManager[OpenClass]:
    """The class in *folder*, with the gradebook that these surroundings name. Raises as :func:`open_class`."""
    return open_class(folder, os.environ.get(GRADEBOOK_VARIABLE, ""))
