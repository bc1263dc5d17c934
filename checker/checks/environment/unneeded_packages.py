"""Packages that the project declares and does not need."""

from __future__ import annotations

import shlex

from checker.checks.base import check
from checker.checks.environment.declaration_commands import declaration_lines, name_pattern
from checker.checks.environment.declaration_details import use_details
from checker.course import Course
from checker.facts.environment import Declared, EnvironmentUse
from checker.model import Basis, Blocked, Failed, Passed, Verdict, advice, text

_HEAVIEST = 10
_LISTED = 60
_MORE_BY_UNKNOWN = 10
"""What a package that is unknown here may bring along, and would count as unneeded."""
_OURS = "titanic-checker"


@check("environment-minimal")
def environment_minimal(declared: Declared, use: EnvironmentUse, course: Course) -> Verdict:
    """The environment holds only what is needed

    ## What it checks

    A declared library is unneeded when neither the scripts, the notebooks nor the reports (`.qmd`, `.Rmd`) import
    it, no needed library depends on it, it is not one of those with which conda runs Python, and it is not on the
    course's list of tools that are always welcome (pip, jupyter, pylint, pytest, s3fs, pyarrow…). An import that never
    runs (under `if False`), or of which a file that nothing runs makes no use, needs nothing. Up to five unneeded ones
    are advice; with more, the check fails and names the ten heaviest.

    Both ways pass: a fresh environment exported (some forty lines, with builds), and a short list written by hand.

    ## Why it matters

    A short environment is installed in a minute rather than twenty, has fewer conflicts and can be read by a
    person.

    ## How to do it

    Create a fresh environment, install only what your files import, verify that `{=names.main}` works, and export it. Or
    write the list yourself.

    ## Example

    ```yaml
    # Before: the whole base environment, some 270 lines
    name: basesspcloud

    # After
    name: {=names.environment}
    channels: [conda-forge]
    dependencies:
      - python=3.11
      - pandas=2.2
      - scikit-learn=1.5
      - s3fs=2024.6
    ```

    ## Known limits

    Dependencies are known for the libraries that the grading environment has; the checker itself in your file is
    advice.
    """  # noqa: E501  wrapped as it is printed
    if declared.main.is_unknown:
        return Blocked(by=("environment-file",))
    most = course.environment.unneeded_as_advice
    allowed = most + _MORE_BY_UNKNOWN * len(use.unknown)
    details = use_details(use, declared)
    ours = tuple(
        advice("The checker itself has no place in the environment of the project.", where=(package.where,))
        for package in declared.main.declared
        if package.key == _OURS
    )
    others = [one for one in use.unneeded if one.package.key != _OURS]
    if len(others) > allowed:
        heaviest = others[:_HEAVIEST]
        return Failed(
            expected=text("{path} holds what the project needs, and little more.", path=declared.main.path),
            actual=text(
                "Nothing needs {count} of its {all} packages; the heaviest: {names}.",
                count=len(others),
                all=declared.main.packages,
                names=tuple(one.package.name for one in heaviest),
            ),
            hint=text(
                "Create a fresh environment, install only what the project imports, run {main}, and export it.",
                main=course.names.main,
            ),
            reproduce=_few_of([one.package.name for one in others], most, declared),
            where=tuple(one.package.where for one in heaviest),
            advice=ours,
            details=details,
            basis=Basis.READ,
        )
    notes = ours
    if others:
        where = tuple(one.package.where for one in others[:3])
        names = tuple(one.package.name for one in others)
        notes = (advice("Nothing in the project seems to need {names}.", where=where, names=names), *ours)
    return Passed(
        message=text(
            "{path} declares {count} packages, and the project needs them.",
            path=declared.main.path,
            count=declared.main.packages,
        ),
        advice=notes,
        details=details,
        basis=Basis.READ,
    )


def _few_of(names: list[str], most: int, declared: Declared) -> str:
    """A command that fails while more than *most* of some packages are declared."""
    choice = "|".join(name_pattern(name) for name in names[:_LISTED])
    lines = shlex.quote(rf"^[[:space:]\"'-]*([a-z0-9_.-]+::)?({choice})([[:space:]=<>~!;\"',[]|$)")
    return f"test $({declaration_lines(declared)} | tr -d '\\r' | grep -icE {lines}) -le {most}"
