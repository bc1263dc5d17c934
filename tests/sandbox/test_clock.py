"""The time of one grading: what counts, what does not, and who is told to be faster."""

from __future__ import annotations

import threading
import time

import pytest

from checker.absences import OutOfTime
from checker.facts.actions import Program, python_program
from checker.model import Failed, Unavailable
from checker.sandbox.base import SandboxFault
from checker.sandbox.per_grading.clock import Cancellation, Cancelled, GradingClock, RunSlots
from tests.verdicts import failed

MAIN = python_program("main.py")
NOTEBOOK = Program("titanic.ipynb", "titanic.ipynb", "jupyter nbconvert --execute titanic.ipynb")


class Run:
    """A run that is watched, and can be ended."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def abandon(self) -> None:
        self.ended.set()


def too_late(clock: GradingClock) -> Failed | Unavailable:
    verdict = clock.too_late().verdict
    assert isinstance(verdict, Failed | Unavailable)
    return verdict


def until_it_is_ended(run: Run, clock: GradingClock) -> None:
    with clock.running(MAIN), clock.watched(run):
        assert run.ended.wait(10)
        raise SandboxFault("it was ended")


def test_a_run_that_goes_on_when_the_time_is_over_is_ended_and_named() -> None:
    run = Run()
    with GradingClock(0.5) as clock:
        with pytest.raises(OutOfTime) as raised:
            until_it_is_ended(run, clock)
        with pytest.raises(OutOfTime):
            clock.admit(NOTEBOOK)
    verdict = failed(raised.value.verdict)
    assert "main.py (" in str(verdict.actual)
    assert verdict.reproduce == "timeout 10 python main.py"


def test_a_run_that_begins_after_the_end_is_ended_at_once() -> None:
    with GradingClock(0.1) as clock:
        time.sleep(0.4)
        run = Run()
        with clock.watched(run):
            assert run.ended.is_set()


def test_a_program_that_is_known_to_take_longer_than_what_is_left_is_not_begun() -> None:
    with GradingClock(1.0) as clock:
        with clock.running(MAIN):
            time.sleep(0.6)
        clock.admit(NOTEBOOK)
        with pytest.raises(OutOfTime):
            clock.admit(MAIN)


def test_the_program_that_took_most_in_all_is_told_to_be_faster() -> None:
    with GradingClock(1.0) as clock:
        for program, times in ((MAIN, 3), (NOTEBOOK, 1)):
            for _ in range(times):
                with clock.running(program):
                    time.sleep(0.2)
        verdict = failed(too_late(clock))
    assert str(verdict.hint).startswith("Make main.py faster")
    assert "main.py (3 runs, 1 s), titanic.ipynb (1 s)" in str(verdict.actual)


def test_a_run_that_still_goes_on_counts() -> None:
    with GradingClock(0.5) as clock, clock.running(MAIN):
        time.sleep(0.4)
        assert isinstance(too_late(clock), Failed)


def test_where_the_submission_took_less_than_half_the_machine_was_too_slow() -> None:
    with GradingClock(1.0) as clock:
        with clock.running(MAIN):
            time.sleep(0.1)
        time.sleep(0.5)
        assert isinstance(too_late(clock), Unavailable)


def test_an_image_and_a_wait_for_a_slot_do_not_count() -> None:
    with GradingClock(10) as clock:
        with clock.excluded():
            time.sleep(0.3)
        with clock.waiting():
            time.sleep(0.3)
        assert clock.left > 9.8
        with clock.running(MAIN), clock.waiting():
            time.sleep(0.3)
        assert clock.left < 9.8


def test_what_waits_for_a_slot_is_told_that_the_time_is_over() -> None:
    slots = RunSlots(1)
    with GradingClock(0.3) as clock, slots.take(clock.check), clock.running(MAIN), pytest.raises(OutOfTime):
        slots.take(clock.check)


@pytest.mark.parametrize("before", [True, False])
def test_a_cancelled_grading_begins_nothing_and_ends_what_runs(before: bool) -> None:
    cancellation, run = Cancellation(), Run()
    if before:
        cancellation.cancel()
    with GradingClock(60) as clock:
        cancellation.bind(clock)
        with clock.watched(run):
            cancellation.cancel()
            assert run.ended.wait(10)
        with pytest.raises(Cancelled):
            clock.admit(MAIN)
