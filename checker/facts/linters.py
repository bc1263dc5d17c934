"""The linters that a course can choose from, and what has to be known of each outside of its own module.

Another linter is an entry of :data:`LINTERS`, a module of ``checker.sandbox.inside`` and a class of settings in
``checker.course``. Checks judge one linter each: a score has a bar, findings without a score have none to compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Linter:
    """A linter that can run inside the sandbox.

    - ``name``: its name in a course file, as a program and as a distribution.
    - ``inside``: the module of ``checker.sandbox.inside`` whose ``run(payload)`` gives its version, and its result for
      each of the rounds.
    - ``checks``: the checks that judge its results.
    - ``command``: a line that runs it on a whole project.
    - ``is_preloaded``: the zygote for linters has it loaded.
    """

    name: str
    inside: str
    checks: frozenset[str]
    command: str
    is_preloaded: bool = False


PYLINT = Linter(
    name="pylint",
    inside="lint",
    checks=frozenset({"lint-main", "lint-modules"}),
    command="pylint --rcfile=/dev/null $(git ls-files '*.py')",
    is_preloaded=True,
)

LINTERS: Mapping[str, Linter] = MappingProxyType({linter.name: linter for linter in (PYLINT,)})
"""All linters, by name."""


def linter_inside(module: str) -> Linter | None:
    """The linter that this module of ``checker.sandbox.inside`` runs; None for a module that runs none."""
    return next((linter for linter in LINTERS.values() if linter.inside == module), None)


def linter_of(check: str) -> Linter | None:
    """The linter that *check* judges; None for a check of something else."""
    return next((linter for linter in LINTERS.values() if check in linter.checks), None)
