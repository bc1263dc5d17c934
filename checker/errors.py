"""The errors before and around a grading, each with its exit code, its cause and the next thing to do.

======================  ====  ==========================================================
class                   code  when
======================  ====  ==========================================================
:class:`UsageError`     2     the command asks for something that is not there
:class:`ReportError`    2     a stored report cannot be read
:class:`CourseError`    3     the course file or the configuration is wrong
:class:`ClassError`     3     the file of a class, or its gradebook, cannot be used
:class:`ForgeError`     3     the forge of a class cannot be asked, or does not tell
:class:`CheckerFault`   4     we failed
======================  ====  ==========================================================

Exit code 1 is no error: it says that a check failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from checker.model import Text, text


class CheckerError(Exception):
    """An error that is shown as a sentence: *cause* says what happened and why, *remedy* what to do next."""

    exit_code = 4

    def __init__(self, cause: Text, remedy: Text) -> None:
        super().__init__(f"{cause} {remedy}")
        self.cause = cause
        self.remedy = remedy


class UsageError(CheckerError):
    """The command names something that does not exist or cannot be graded."""

    exit_code = 2


class MissingLibrary(UsageError):
    """The command needs a *library* that comes with an *extra* of the checker, which is not installed."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(
            text("This command needs {package}, which is not installed.", package=library),
            text("Install it: pip install 'titanic-checker[{extra}]'", extra=extra),
        )


class ReportError(UsageError):
    """A stored report cannot be read."""


class NoReport(ReportError):
    """The content is no report of the checker."""

    def __init__(self, cause: Text) -> None:
        super().__init__(
            cause,
            text("Give a file that this command has written: checker check --format json --output report.json"),
        )


class DamagedReport(ReportError):
    """A field of the report is missing or has a wrong value: *field* is its path from the top."""

    def __init__(self, field: str) -> None:
        super().__init__(
            text("The report is damaged, or was changed: {field} is missing or wrong.", field=field),
            text("Make the report again; no report is mended by hand."),
        )


class NewerReport(ReportError):
    """The report was made by a newer checker, in a *form* newer than the *known* one."""

    def __init__(self, form: str, known: str) -> None:
        super().__init__(
            text(
                "This report has the form {form}; the last one that can be read here is {known}.",
                form=form,
                known=known,
            ),
            text("It was made by a newer checker: upgrade titanic-checker, or make the report again with this one."),
        )


class CourseError(CheckerError):
    """The course file or the configuration cannot be used."""

    exit_code = 3


class ClassError(CheckerError):
    """The file of a class, or its gradebook, cannot be used."""

    exit_code = 3


class ForgeError(CheckerError):
    """The forge of a class cannot be asked, or refuses an answer."""

    exit_code = 3


class CheckerFault(CheckerError):
    """The checker cannot go on, and the student is not at fault."""

    exit_code = 4


def did_you_mean(word: str, known: Iterable[str], otherwise: Text | None = None, *, cutoff: float = 0.5) -> Text:
    """The remedy for an unknown *word*: the closest of the *known* ones, else *otherwise*, else all of them."""
    names = tuple(map(str, known))
    close = get_close_matches(word, names, n=1, cutoff=cutoff)
    if close:
        return text("Did you mean {name}?", name=close[0])
    return otherwise or text("There are: {names}.", names=names)


def unreadable(path: Path | str, error: OSError, remedy: Text) -> UsageError:
    """The error for a file or folder that the system does not let be read."""
    reason = error.strerror or str(error)
    return UsageError(text("{path} cannot be read: {reason}.", path=str(path), reason=reason), remedy)


def unwritable(path: Path | str, error: OSError, remedy: Text) -> UsageError:
    """The error for a file or folder that the system does not let be written."""
    reason = error.strerror or str(error)
    return UsageError(text("{path} cannot be written: {reason}.", path=str(path), reason=reason), remedy)
