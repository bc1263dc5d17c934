"""Writing a file of grades: whole or not at all, and over another one only on demand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from checker.errors import UsageError, unwritable
from checker.model import text


def refuse_existing(path: Path) -> None:
    """Raise UsageError if the file exists already: the error comes before the grades are gathered."""
    if path.exists():
        raise UsageError(
            text("{path} is there already.", path=str(path)),
            text("Give another name to --output, or write over it: --force."),
        )


def write_grades(path: Path, content: bytes, *, over: bool) -> None:
    """Write *content* to *path*; *over* allows replacing an existing file. Raises UsageError.

    Only the owner may read the file, since it holds names and grades.
    """
    if not over:
        refuse_existing(path)
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".grades-", delete=False) as file:
            beside = Path(file.name)
            try:
                file.write(content)
                file.close()
                beside.replace(path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise unwritable(path, error, text("Choose another file for --output.")) from error
