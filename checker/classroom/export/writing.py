"""Writing a file of grades: whole or not at all, and over another one only where that is asked for."""

from __future__ import annotations

import tempfile
from pathlib import Path

from checker.errors import UsageError
from checker.model import text


def refuse_existing(path: Path) -> None:
    """Raise UsageError where there is a file already: it is known before the grades are gathered."""
    if path.exists():
        raise UsageError(
            text("{path} is there already.", path=str(path)),
            text("Give another name to --output, or write over it: --force."),
        )


def write_grades(path: Path, content: bytes, *, over: bool) -> None:
    """Write it to *path*; *over* allows to replace the file that is there. Raises UsageError.

    The file can be read by its owner alone, since it holds names and grades.
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
        raise UsageError(
            text("{path} cannot be written: {reason}.", path=str(path), reason=error.strerror or str(error)),
            text("Choose another file for --output."),
        ) from error
