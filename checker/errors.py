"""What can go wrong before or around a grading, each with its exit code, its cause and the next thing to do.

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

from checker.model import Text, text


class CheckerError(Exception):
    """A sentence for people: what happened and why (*cause*), what to do next (*remedy*)."""

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
    """A field of the report is missing, or does not hold what it should: *field* is its way from the top."""

    def __init__(self, field: str) -> None:
        super().__init__(
            text("The report is damaged, or was changed: {field} is missing or wrong.", field=field),
            text("Make the report again; no report is mended by hand."),
        )


class NewerReport(ReportError):
    """The report was made by a newer checker, in a *form* that came after the *known* one."""

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
    """The forge of a class cannot be asked, or does not tell what is wanted."""

    exit_code = 3


class CheckerFault(CheckerError):
    """The checker cannot go on, and it is not the student's doing."""

    exit_code = 4
