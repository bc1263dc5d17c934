"""Python programs of reproduce commands: the files of ``reproduce/``, with values of a submission in their blanks.

A blank is a name in capital letters. A file begins with comments for its readers here, which no command holds.
"""

from __future__ import annotations

import re
import shlex
from importlib import resources

from checker.course import Model


def program(script: str, **blanks: str) -> str:
    """The program ``reproduce/SCRIPT.py``, with Python source in place of each of its *blanks*.

    Raises FileNotFoundError where there is no such file.
    """
    file = resources.files("checker") / "checks" / "reproduce" / f"{script}.py"
    lines = file.read_text(encoding="utf-8").splitlines()
    while lines[0].startswith("#"):
        del lines[0]
    source = "\n".join(lines)
    names = "|".join(map(re.escape, blanks))
    return re.sub(rf"\b(?:{names})\b", lambda blank: blanks[blank[0]], source) if blanks else source


def replacing_methods(model: Model) -> str:
    """Python source by which a program replaces methods of the *model* of a course: the blank MODELS."""
    return program("models", CLASSES=repr(list(model.classes)))


def here_document(script: str, **blanks: str) -> str:
    """A shell command that runs :func:`program` from the standard input of Python, some lines long."""
    return f"python - <<'EOF'\n{program(script, **blanks)}\nEOF"


def argument(script: str, **blanks: str) -> str:
    """A shell command that runs :func:`program` as an argument of Python, to be followed by the program's own."""
    return f"python -c {shlex.quote(program(script, **blanks))}"
