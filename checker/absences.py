"""The reasons why a fact is absent: raised by probes and by the sandbox, turned into a verdict by the plan.

A module of its own below both, so that neither imports the other.
"""

from __future__ import annotations

from checker.model import Failed, Text, ToDo, Unavailable, Verdict


class NoFact(Exception):
    """A probe has no fact to give; ``verdict`` says why."""

    verdict: Verdict


class NotDoneYet(NoFact):
    """The submission lacks what a probe looks for: the student has not come to it yet."""

    def __init__(self, what: Text) -> None:
        super().__init__(str(what))
        self.verdict = ToDo(what=what)


class UnavailableHere(NoFact):
    """The machine lacks what a probe needs. ``what`` is lacking; the remedy is in the verdict."""

    def __init__(self, what: Text, remedy: Text) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.verdict = Unavailable(what=what, remedy=remedy)


class VerdictInstead(NoFact):
    """The submission allows no fact, only a verdict: a file that cannot be parsed, a crash."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(repr(verdict))
        self.verdict = verdict


class OutOfTime(NoFact):
    """The time of the whole grading was over before a fact was gathered; the verdict says which program took it."""

    def __init__(self, verdict: Failed | Unavailable) -> None:
        super().__init__(repr(verdict))
        self.verdict = verdict
        self.unavailable = (
            verdict if isinstance(verdict, Unavailable) else Unavailable(what=verdict.actual, remedy=verdict.hint)
        )
        """The verdict *unavailable* for a check that can do without the fact."""
