"""Grading the repositories of a class, side by side, with one grader; each result is stored at once."""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.engine import Connection

from checker.classroom.gradebook.claims import Claimant, give_back, renew, take
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.runs import add_run, graded_since
from checker.classroom.planning import Task
from checker.classroom.records import Run, RunEnd
from checker.errors import CheckerFault, ClassError, ReportError, UsageError
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.model import Text, text
from checker.stored_report import read

_RENEWS_EVERY = 60.0
"""Seconds between renewals of claims; a fraction of the time after which a claim lapses."""


class ClassListener(Protocol):
    """A listener to the grading of a class; called from several threads."""

    def begun(self, task: Task) -> None:
        """A repository is being graded now."""
        ...

    def ended(self, task: Task, run: Run) -> None:
        """A repository was graded, and its result is stored."""
        ...

    def elsewhere(self, task: Task) -> None:
        """A repository is being graded by another process."""
        ...

    def fault(self, task: Task, fault: str) -> None:
        """The checker failed, with this traceback for its log."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The resources shared by the gradings of one class.

    ``keep`` stores a result elsewhere than among the gradings. It is called within the transaction that stores the
    grading, with the grading's number set.
    """

    gradebook: Gradebook
    grader: Grader
    who: Claimant
    submission: Callable[[Task], Submission]
    document: Callable[[Outcome], bytes]
    keep: Callable[[Connection, Run], None]
    listener: ClassListener


def grade_class(desk: Desk, tasks: Sequence[Task], *, at_once: int) -> None:
    """Grade the repositories of these *tasks*, in their order, *at_once* side by side.

    A submission that cannot be graded is a result like others. Raises ClassError where the gradebook fails: results
    stored until then stay, and running gradings are ended.
    """
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    workers = min(at_once, len(tasks))
    with _claims_renewed(desk):
        for _ in range(workers):
            # Daemons: an interrupted grading does not wait for student code, which its sandbox ends next.
            threading.Thread(target=_work, args=(desk, waiting, ended, stop), name="class", daemon=True).start()
        for _ in range(workers):
            error = ended.get()
            if error is not None:
                stop.set()
                desk.grader.give_up()
                raise error


def _work(
    desk: Desk,
    waiting: queue.SimpleQueue[Task],
    ended: queue.SimpleQueue[BaseException | None],
    stop: threading.Event,
) -> None:
    try:
        while not stop.is_set():
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                break
            _grade(desk, task)
    except BaseException as error:  # noqa: BLE001  the thread that waits raises it
        ended.put(error)
    else:
        ended.put(None)


def _grade(desk: Desk, task: Task) -> None:
    key = task.repository.key
    with desk.gradebook.writing() as connection:
        claimed = take(connection, key, desk.who, _now())
        if claimed and graded_since(connection, key, task.last, task.provenance):
            # by another process, between the plan and now
            give_back(connection, key, desk.who)
            claimed = False
    if not claimed:
        desk.listener.elsewhere(task)
        return
    desk.listener.begun(task)
    run = _graded(desk, task)
    with desk.gradebook.writing() as connection:
        number = add_run(connection, run)
        desk.keep(connection, replace(run, number=number))
        give_back(connection, key, desk.who)
    desk.listener.ended(task, run)


def _graded(desk: Desk, task: Task) -> Run:
    """The result of grading one repository; a failure is a result, too."""
    started = _now()
    report: bytes | None = None
    reason: Text | None = None
    try:
        outcome = desk.grader.grade(desk.submission(task))
        written = desk.document(outcome)
        # a report that cannot be read back would stop every reader of the gradebook
        if read(written).trust is task.provenance.trust:
            report, end = written, RunEnd.GRADED
        else:
            end, reason = RunEnd.ERRORED, text("The report was not made for this class.")
        for fault in outcome.faults.values():
            desk.listener.fault(task, fault)
    except ReportError as fault:
        end, reason = RunEnd.ERRORED, text("The checker itself failed.")
        desk.listener.fault(task, "".join(traceback.format_exception(fault)))
    except UsageError as refusal:
        end, reason = RunEnd.REFUSED, refusal.cause
    except CheckerFault as fault:
        end, reason = RunEnd.ERRORED, fault.cause
    except Exception as fault:  # noqa: BLE001  one bad submission never stops the class
        end, reason = RunEnd.ERRORED, text("The checker itself failed.")
        desk.listener.fault(task, "".join(traceback.format_exception(fault)))
    return Run(
        repository=task.repository.key,
        provenance=task.provenance,
        end=end,
        at=started,
        seconds=(_now() - started).total_seconds(),
        report=report,
        reason=reason,
        basis=task.counting.basis,
        late_seconds=task.counting.late_seconds,
    )


@contextmanager
def _claims_renewed(desk: Desk) -> Iterator[None]:
    """Renew the claims of this process every minute, until the block ends."""
    over = threading.Event()

    def renewing() -> None:
        while not over.wait(_RENEWS_EVERY):
            # a failing gradebook is reported where a result is stored
            with suppress(ClassError), desk.gradebook.writing() as connection:
                renew(connection, desk.who, _now())

    thread = threading.Thread(target=renewing, name="claims", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(1)


def _now() -> datetime:
    return datetime.now(UTC)
