"""An annotation says which absence a probe or check can do without: *not there yet* is not *not here*."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from checker.absences import NotDoneYet, OutOfTime, UnavailableHere, VerdictInstead
from checker.model import Blocked, Errored, Failed, Passed, ToDo, Unavailable, Verdict, text
from checker.needs import Need, needs
from checker.plan import Evidence

LACKING = Unavailable(what=text("No kernel."), remedy=text("Install one."))
BLOCKED = Blocked(by=("main-runs",))


@dataclass(frozen=True)
class Fact:
    value: int = 1


def plain(fact: Fact) -> Verdict:
    return _said(fact)


def optional(fact: Fact | None) -> Verdict:
    return _said(fact)


def told(fact: Fact | Unavailable) -> Verdict:
    return _said(fact)


def either(fact: Fact | Unavailable | None) -> Verdict:
    return _said(fact)


def _said(fact: object) -> Verdict:
    """What the function was given, told by the verdict's own sentence."""
    return Passed(message=text("{given}", given=type(fact).__name__))


def judged(function, failure: Exception) -> Verdict:
    def probe() -> Fact:
        raise failure

    return Evidence({}, [probe]).judge(function)


def given(verdict: Verdict) -> str:
    assert isinstance(verdict, Passed), verdict
    return str(verdict.message)


@pytest.mark.parametrize(
    ("function", "need"),
    [
        (plain, Need(Fact)),
        (optional, Need(Fact, optional=True)),
        (told, Need(Fact, told=True)),
        (either, Need(Fact, optional=True, told=True)),
    ],
)
def test_the_annotation_says_what_can_be_done_without(function, need) -> None:
    assert needs(function) == (need,)


@pytest.mark.parametrize("function", [plain, optional, told, either])
def test_a_fact_that_is_there_is_given_to_each(function) -> None:
    assert given(Evidence({Fact: Fact()}, []).judge(function)) == "Fact"


@pytest.mark.parametrize(
    "failure",
    [UnavailableHere(LACKING.what, LACKING.remedy), VerdictInstead(LACKING)],
    ids=["of the machine", "as a verdict"],
)
def test_what_the_machine_cannot_tell_is_unavailable_unless_it_is_asked_for(failure) -> None:
    assert judged(plain, failure) == LACKING
    assert judged(optional, failure) == LACKING
    assert given(judged(told, failure)) == "Unavailable"
    assert given(judged(either, failure)) == "Unavailable"


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [(NotDoneYet(text("Not yet.")), ToDo(what=text("Not yet."))), (VerdictInstead(BLOCKED), BLOCKED)],
    ids=["not yet", "a verdict"],
)
def test_what_the_submission_lacks_is_none_to_who_can_do_without(failure, verdict) -> None:
    assert judged(plain, failure) == verdict
    assert judged(told, failure) == verdict
    assert given(judged(optional, failure)) == "NoneType"
    assert given(judged(either, failure)) == "NoneType"


@pytest.mark.parametrize("function", [plain, optional, told, either])
def test_a_fault_of_ours_is_no_absence(function) -> None:
    assert isinstance(judged(function, ZeroDivisionError()), Errored)


def test_no_probe_is_asked_what_the_machine_cannot_tell_of_another() -> None:
    """A probe that asks for an optional fact does not go on without it: whoever builds on it knows as little."""

    @dataclass(frozen=True)
    class Other:
        """A fact that is found by way of the first one."""

    def lacking() -> Fact:
        raise UnavailableHere(LACKING.what, LACKING.remedy)

    def probe(fact):
        raise AssertionError(f"was run with {fact}")

    probe.__annotations__ = {"fact": Fact | None, "return": Other}

    def last(other):
        return _said(other)

    last.__annotations__ = {"other": Other | None, "return": Verdict}
    assert Evidence({}, [lacking, probe]).judge(last) == LACKING


@pytest.mark.parametrize("hint", [int | str, Unavailable | None, Fact | str | Unavailable])
def test_two_kinds_or_none_at_all_are_no_need(hint) -> None:
    def wrong(fact):
        return _said(fact)

    wrong.__annotations__ = {"fact": hint}
    with pytest.raises(TypeError, match="no type of fact"):
        needs(wrong)


TOO_SLOW = Failed(expected=text("In time."), actual=text("Too slow."), hint=text("Be faster."), reproduce="false")


def test_a_fact_that_came_too_late_is_none_to_nobody() -> None:
    """Whoever needs it is too slow, too; whoever can do without is told that nobody looked."""
    assert judged(plain, OutOfTime(TOO_SLOW)) == TOO_SLOW
    assert judged(optional, OutOfTime(TOO_SLOW)) == TOO_SLOW
    assert given(judged(told, OutOfTime(TOO_SLOW))) == "Unavailable"
    assert given(judged(either, OutOfTime(TOO_SLOW))) == "Unavailable"
