"""Versions of the declared packages."""

from __future__ import annotations

from checker.checks.base import check
from checker.checks.environment.declaration_commands import version_test
from checker.checks.environment.declaration_details import bound_of
from checker.checks.environment.local_packages import from_one_computer, one_computer_failure
from checker.facts.environment import Bound, Declared, EnvironmentUse, Form
from checker.model import Basis, Blocked, Failed, Json, Passed, ToDo, Verdict, advice, text


@check("environment-pinned")
def environment_pinned(declared: Declared, use: EnvironmentUse) -> Verdict:
    """The imported libraries have a version

    ## What it checks

    Each library that the project imports is declared with an exact version or with an upper bound: `=2.2`,
    `==2.2.1`, `2.2.*`, `~=2.2`, `>=2,<3`. A lower bound alone (`>=2`) passes with advice. No version at all fails.

    ## Why it matters

    Libraries change. Without a version, the same file gives another environment next year, and code that worked may
    stop or, worse, give other results.

    ## How to do it

    Write down the versions with which `{=names.main}` works today. An export by conda contains them already.

    ## Example

    ```yaml
    # Before
    dependencies:
      - pandas
      - scikit-learn>=1.5

    # After
    dependencies:
      - pandas=2.2
      - scikit-learn=1.5
    ```

    ## Known limits

    Only what the project imports is looked at, not the whole list. Whether these versions exist is not verified
    here.
    """
    if declared.main.is_unknown:
        return Blocked(by=("environment-file",))
    found = [(one, one.declared) for one in use.required if one.declared is not None]
    if not found:
        if any(one.scripts and not one.optional and one.via is None for one in use.required):
            return Blocked(by=("environment-complete",))
        if not use.required:
            return ToDo(what=text("No script imports anything yet."))
    loose = [(one, package) for one, package in found if bound_of(package, declared) is Bound.NONE]
    open_ended = [(one, package) for one, package in found if bound_of(package, declared) is Bound.LOWER]
    notes = tuple(
        advice(
            "{name}{spec} sets no upper bound: another year brings another version.",
            where=(package.where,),
            name=package.name,
            spec=package.spec,
        )
        for _, package in open_ended
    )
    versions: dict[str, Json] = {package.name: package.spec for _, package in found}
    if local := [package for package in from_one_computer(declared.main) if package in [one for _, one in loose]]:
        if declared.main.form is not Form.CONDA:
            return Blocked(by=("environment-file",))  # which names the paths
        return one_computer_failure(local, declared)
    if loose:
        first = loose[0][1]
        example = f"{first.name}={'' if first.conda else '='}…"
        return Failed(
            expected=text("Each library that is imported has a version in {path}.", path=declared.main.path),
            actual=text("There is no version for {names}.", names=tuple(package.name for _, package in loose)),
            hint=text("Write the versions that you use now, as conda list shows them: {example}.", example=example),
            reproduce=" && ".join(version_test(package, declared) for _, package in loose),
            where=tuple(package.where for _, package in loose),
            advice=notes,
            details={"versions": versions},
            basis=Basis.READ,
        )
    return Passed(
        message=text("The {count} libraries that are imported have a version.", count=len(found)),
        advice=notes,
        details={"versions": versions},
        basis=Basis.READ,
    )
