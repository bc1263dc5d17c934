"""Situations of real students, as values: what they did, and all that a whole report has to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from tests.mutants.model import Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The solution of step *base* after *edits*, and its report.

    - ``charged``: the checks that fail and cost something, each with a fragment of its English sentences. No other
      check costs anything. ``french`` has fragments of French sentences, ``where`` is the beginning of a printed place
      of the first charge, and ``credit`` what each charge earns all the same.
    - ``reached``: the checks that fail and cost nothing, for an earlier commit had them, each with a fragment.
    - ``unavailable`` and ``blocked``: the checks with these verdicts, each with a fragment.
    - ``passed``: checks that have to have passed. ``advises`` has fragments of the advice of checks.

    ``up_to`` is the last step that is judged, where later ones say nothing of the matter. ``committed`` says whether
    the edits are committed.
    """

    name: str
    base: str
    edits: tuple[Edit, ...]
    charged: Mapping[str, str] = field(default_factory=dict)
    french: Mapping[str, str] = field(default_factory=dict)
    reached: Mapping[str, str] = field(default_factory=dict)
    unavailable: Mapping[str, str] = field(default_factory=dict)
    blocked: Mapping[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    advises: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    up_to: str | None = None
    committed: bool = True
    credit: Fraction | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def situation(name: str, base: str, *edits: Edit, **report: object) -> Situation:
    """The solution of step *base* after *edits*; *report* are the other fields of :class:`Situation`."""
    return Situation(name=name, base=base, edits=edits, **report)  # type: ignore[arg-type]
