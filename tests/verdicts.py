"""The verdict that a test expects, and what it advises."""

from __future__ import annotations

from checker.model import Failed, Passed, Verdict


def passed(verdict: Verdict) -> Passed:
    """The verdict, which has to be a success."""
    assert isinstance(verdict, Passed), verdict
    return verdict


def failed(verdict: Verdict) -> Failed:
    """The verdict, which has to be a failure of the student's."""
    assert isinstance(verdict, Failed), verdict
    return verdict


def advised(verdict: Verdict) -> str:
    """What the verdict advises, in one line."""
    return " ".join(str(advice.message) for advice in verdict.advice)
