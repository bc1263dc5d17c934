"""Facts are asked for by type, gathered once, and every fault finds its owner."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from checker.absences import NoFact, NotDoneYet, UnavailableHere, VerdictInstead
from checker.model import Errored, Failed, Passed, ToDo, Unavailable, Verdict, text
from checker.plan import Evidence


@dataclass(frozen=True)
class Number:
    value: int


@dataclass(frozen=True)
class Double:
    value: int


@dataclass(frozen=True)
class Other:
    value: int


@dataclass(frozen=True)
class Long:
    value: int = 0


def double(number: Number) -> Double:
    return Double(number.value * 2)


def even(double: Double) -> Verdict:
    return Passed(message=text("{n}", n=double.value))


def maybe(other: Other | None) -> Verdict:
    return Passed(message=text("nothing")) if other is None else ToDo(what=text("something"))


def certainly(other: Other) -> Verdict:
    return Passed(message=text("{n}", n=other.value))


def test_a_fact_is_found_through_its_probe() -> None:
    assert Evidence({Number: Number(4)}, [double]).judge(even) == Passed(message=text("{n}", n=8))


def test_a_probe_runs_once_for_all_who_ask() -> None:
    calls: list[int] = []

    def counted(number: Number) -> Double:
        calls.append(number.value)
        return Double(0)

    evidence = Evidence({Number: Number(1)}, [counted])
    evidence.gather([even, even])
    evidence.judge(even)
    assert calls == [1]


def test_independent_probes_run_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=10)

    def one(number: Number) -> Double:
        meeting.wait()
        return Double(1)

    def two(number: Number) -> Other:
        meeting.wait()
        return Other(2)

    evidence = Evidence({Number: Number(1)}, [one, two], jobs=2)
    evidence.gather([even, certainly])
    assert isinstance(evidence.judge(certainly), Passed)


def test_what_takes_longest_is_begun_first_with_what_it_needs() -> None:
    begun: list[type] = []

    def quick(number: Number) -> Other:
        return Other(2)

    def needed(number: Number) -> Double:
        return Double(1)

    def long(double: Double) -> Long:
        return Long()

    def all_of_them(other: Other, long: Long) -> Verdict:
        return Passed(message=text("Done."))

    evidence = Evidence({Number: Number(1)}, [quick, needed, long], jobs=1, dearest=[Long], on_probe=begun.append)
    evidence.gather([all_of_them])
    assert begun == [Double, Long, Other]


def test_nothing_runs_that_nobody_asked_for() -> None:
    def never(number: Number) -> Other:
        raise AssertionError("was run")

    assert isinstance(Evidence({Number: Number(1)}, [double, never]).judge(even), Passed)


def test_an_absent_fact_is_to_do() -> None:
    def absent(number: Number) -> Other:
        raise NotDoneYet(text("There is none."))

    evidence = Evidence({Number: Number(1)}, [absent])
    assert evidence.judge(certainly) == ToDo(what=text("There is none."))
    assert isinstance(evidence.judge(maybe), Passed)


def test_what_the_machine_lacks_is_unavailable() -> None:
    def lacking(number: Number) -> Other:
        raise UnavailableHere(text("No engine."), text("Install one."))

    verdict = Evidence({Number: Number(1)}, [lacking]).judge(certainly)
    assert verdict == Unavailable(what=text("No engine."), remedy=text("Install one."))


def test_a_probe_may_settle_the_verdict() -> None:
    failed = Failed(expected=text("a"), actual=text("b"), hint=text("c"), reproduce="false")

    def broken(number: Number) -> Other:
        raise VerdictInstead(failed)

    assert Evidence({Number: Number(1)}, [broken]).judge(certainly) is failed


def test_an_exception_is_our_fault_and_the_rest_goes_on() -> None:
    def faulty(number: Number) -> Other:
        raise ZeroDivisionError

    evidence = Evidence({Number: Number(1)}, [double, faulty])
    evidence.gather([certainly, even])
    verdict = evidence.judge(certainly)
    assert isinstance(verdict, Errored)
    assert "ZeroDivisionError" in verdict.fault
    assert isinstance(evidence.judge(maybe), Errored)
    assert isinstance(evidence.judge(even), Passed)


def test_a_wrong_annotation_is_an_error_at_the_start() -> None:
    def untyped(number) -> Verdict:
        raise AssertionError

    evidence = Evidence({Number: Number(1)}, [double])
    with pytest.raises(TypeError, match="no type"):
        evidence.require(untyped)
    with pytest.raises(TypeError, match="nothing gives Other"):
        evidence.require(certainly)


def test_two_probes_of_one_fact_are_an_error() -> None:
    def again(number: Number) -> Double:
        raise AssertionError

    with pytest.raises(TypeError, match="twice"):
        Evidence({Number: Number(1)}, [double, again])


def test_probes_that_wait_for_each_other_are_an_error() -> None:
    def chicken(other: Other) -> Double:
        raise AssertionError

    def egg(double: Double) -> Other:
        raise AssertionError

    with pytest.raises(TypeError, match="wait for each other"):
        Evidence({}, [chicken, egg])


def test_a_fact_in_progress_is_waited_for() -> None:
    calls: list[int] = []
    asked, go_on = threading.Event(), threading.Event()

    def slow(number: Number) -> Double:
        calls.append(number.value)
        asked.set()
        go_on.wait(10)
        return Double(7)

    evidence = Evidence({Number: Number(1)}, [slow])
    verdicts: list[Verdict] = []
    first = threading.Thread(target=lambda: verdicts.append(evidence.judge(even)))
    second = threading.Thread(target=lambda: verdicts.append(evidence.judge(even)))
    first.start()
    assert asked.wait(10)
    second.start()
    second.join(0.3)
    assert second.is_alive(), "the second one did not wait"
    go_on.set()
    first.join(10)
    second.join(10)
    assert calls == [1]
    assert verdicts == [Passed(message=text("{n}", n=7))] * 2


class _Over:
    """A clock whose time is over."""

    over = True

    def too_late(self) -> NoFact:
        return UnavailableHere(text("Too late."), text("Try again."))


def test_a_probe_that_does_not_come_back_is_given_up_when_the_time_is_over() -> None:
    never = threading.Event()

    def stuck(number: Number) -> Double:
        never.wait(60)
        return Double(1)

    evidence = Evidence({Number: Number(1)}, [stuck], clock=_Over())
    verdict = evidence.judge(even)
    never.set()
    assert verdict == Unavailable(what=text("Too late."), remedy=text("Try again."))
    assert evidence.judge(even) == verdict, "the first outcome stays"


def test_of_the_probes_that_are_ready_the_one_that_most_depends_on_runs_first() -> None:
    begun: list[type] = []

    def one(number: Number) -> Other:
        return Other(1)

    def two(number: Number) -> Long:
        return Long()

    def worth_less(other: Other) -> Verdict:
        return Passed(message=text("Done."))

    def worth_more(long: Long) -> Verdict:
        return Passed(message=text("Done."))

    evidence = Evidence({Number: Number(1)}, [one, two], jobs=1, on_probe=begun.append)
    for _ in evidence.gathering({worth_less: 0.5, worth_more: 1.0}):
        pass
    assert begun == [Long, Other]


def test_a_question_about_one_grading_is_not_kept_for_ever() -> None:
    """A function made for one question can be forgotten with the evidence, with all that it holds."""

    class Large:
        pass

    held: list[weakref.ref[Large]] = []

    def question() -> Callable[[Number], Verdict]:
        large = Large()
        held.append(weakref.ref(large))

        def asking(number: Number) -> Verdict:
            return Passed(message=text("{n}", n=id(large)))

        return asking

    Evidence({Number: Number(1)}, []).judge(question())
    gc.collect()
    assert held[0]() is None
