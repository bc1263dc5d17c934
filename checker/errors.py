"""What can go wrong before or around a grading, each with its exit code, its cause and the next thing to do.

======================  ====  ==========================================================
class                   code  when
======================  ====  ==========================================================
:class:`UsageError`     2     the command asks for something that is not there
:class:`CourseError`    3     the course file or the configuration is wrong
:class:`CheckerFault`   4     we failed
======================  ====  ==========================================================

Exit code 1 is no error: it says that a check failed.
"""

from __future__ import annotations

from checker.model import Text


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


class CourseError(CheckerError):
    """The course file or the configuration cannot be used."""

    exit_code = 3


class CheckerFault(CheckerError):
    """The checker cannot go on, and it is not the student's doing."""

    exit_code = 4
