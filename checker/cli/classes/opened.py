"""The class that a command is about, with the gradebook that these surroundings name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checker.classroom.opening import OpenClass, open_class

GRADEBOOK_VARIABLE = "TITANIC_CHECKER_GRADEBOOK"
"""The variable that names another gradebook than ``class.toml``: an address with a password belongs in no file."""


@contextmanager
def opened_here(folder: Path) -> Iterator[OpenClass]:
    """The class in *folder*, with the gradebook that these surroundings name. Raises as :func:`open_class`."""
    with open_class(folder, os.environ.get(GRADEBOOK_VARIABLE, "")) as opened:
        yield opened
