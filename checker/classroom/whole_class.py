"""The grading of a whole class: its provenance, its plan, and the storing of each result."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from checker import __version__
from checker.classroom.counting import counting_commit
from checker.classroom.current import renew_grades
from checker.classroom.gradebook.claims import this_process
from checker.classroom.gradebook.roster import fetched, forked, repositories, students
from checker.classroom.gradebook.runs import graded_runs, latest_runs, put_lateness
from checker.classroom.grading import ClassListener, Desk, grade_class
from checker.classroom.named import repositories_named
from checker.classroom.opening import OpenClass
from checker.classroom.planning import Known, Plan, Retry, Task, plan
from checker.classroom.records import Counting, Fetched, Forked, Provenance, Run
from checker.classroom.stored import put_report
from checker.course import CourseFile
from checker.environment_file import environment_file
from checker.errors import ClassError
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.locale import Speech
from checker.model import Text, Trust, text
from checker.render.json import render


@dataclass(frozen=True, slots=True)
class WholeClass:
    """The grading of an open class by a grader of the class's options (:func:`options_of`)."""

    of: OpenClass
    grader: Grader

    def plan(self, course: CourseFile, only: Collection[str], retry: Collection[Retry]) -> Plan:
        """The plan for *only* these students or repositories, by key or account; for all if none are named.

        Raises UsageError for an unknown name, and ClassError where the gradebook fails.
        """
        with self.of.gradebook.reading() as connection:
            chosen = repositories_named(repositories(connection), students(connection), only)
            known = Known(
                repositories=chosen,
                fetched=fetched(connection),
                forked=forked(connection),
                runs=latest_runs(connection, reports=bool(retry)),
            )
        return plan(known, self._provenance(course), self._count, retry=retry)

    def settle(self, to_do: Plan) -> None:
        """Update all that needs no grading: lateness, grades, the files of reports.

        Raises ClassError where the gradebook fails, and where the reports cannot be written.
        """
        late = self.of.file.late
        with self.of.gradebook.writing() as connection:
            last = latest_runs(connection)
            for key, counting in to_do.up_to_date.items():
                run = last[key]
                if (run.basis, run.late_seconds) != (counting.basis, counting.late_seconds):
                    put_lateness(connection, run.number, counting.basis, counting.late_seconds)
            renew_grades(connection, late, "class file", datetime.now(UTC))
            runs = graded_runs(connection)
        try:
            for run in runs.values():
                put_report(self.of.folder.reports, run)
        except OSError as error:
            path, reason = str(self.of.folder.reports), error.strerror or str(error)
            raise ClassError(
                text("{path} cannot be written: {reason}.", path=path, reason=reason),
                text("Mend that, then run the command again: what was graded before is kept."),
            ) from error

    def grade(self, tasks: Collection[Task], listener: ClassListener, *, at_once: int) -> None:
        """Grade the repositories of these *tasks*. Raises ClassError where the gradebook fails."""
        desk = Desk(
            gradebook=self.of.gradebook,
            grader=self.grader,
            who=this_process(),
            submission=self._submission,
            document=self._document,
            keep=self._keep,
            listener=listener,
        )
        grade_class(desk, tuple(tasks), at_once=at_once)

    def _count(self, last: Fetched, record: Forked) -> Counting | Text:
        file = self.of.file
        return counting_commit(self.of.folder.repositories, last, record, file.deadline, file.late)

    def _submission(self, task: Task) -> Submission:
        return Submission(
            path=self.of.folder.repositories / task.fetched.place,
            commit=task.counting.commit,
            branch=task.fetched.branch,
            own=False,
            requests=task.forked.requests,
        )

    def _document(self, outcome: Outcome) -> bytes:
        return render(outcome.report, Speech(outcome.report.language)).encode("utf-8")

    def _keep(self, connection: Connection, run: Run) -> None:
        renew_grades(connection, self.of.file.late, "run", run.at, repository=run.repository)
        # the database has the report, too: a file that cannot be written now is written the next time
        with suppress(OSError):
            put_report(self.of.folder.reports, run)

    def _provenance(self, course: CourseFile) -> Provenance:
        options = self.grader.options
        path = environment_file(options.environment)
        kind = options.environment if path is None else f"file {hashlib.sha256(path.read_bytes()).hexdigest()}"
        return Provenance(identity="", course_hash=course.hash, checker=__version__, environment=kind)


def options_of(opened: OpenClass, here: GradingOptions) -> GradingOptions:
    """The options for grading the class: those of *here*, with the settings of ``class.toml``."""
    return replace(
        here,
        course=opened.folder.relative(opened.file.course),
        environment=opened.folder.relative(opened.file.environment),
        language=opened.file.language,
        lasting=True,
        trust=Trust.OFFICIAL,
    )
