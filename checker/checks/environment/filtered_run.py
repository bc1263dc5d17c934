"""The main script's run with the declared packages alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from checker.checks.base import check
from checker.checks.command_programs import argument
from checker.checks.environment.declaration_commands import declaration_test, installation
from checker.facts.environment import Declared, FilteredRun
from checker.model import Advice, Basis, Blocked, Failed, Json, Location, Passed, Text, Verdict, advice, text
from checker.quoting import quoted


@check("environment-sufficient")
def environment_sufficient(declared: Declared, run: FilteredRun) -> Verdict:
    """The declared libraries are enough

    ## What it checks

    `{=names.main}` is run while only the declared libraries and their dependencies can be imported. It fails only when a
    library that is not declared is asked for, including those your code never names: the engine of a file format
    (pyarrow, openpyxl) or of an address (`s3://` needs s3fs). A script that finds a library missing and goes another
    way has to do the same there: read the same data, train the forest, print the matrix.

    When `{=names.main}` cannot run for another reason, the answer is that of `environment-complete`. A lock file, or a
    `requirements.txt` with versions, passes in the same way.

    ## Why it matters

    This is the question that matters: could somebody else, with this file and nothing more, run the project?

    ## How to do it

    Create the environment from the file under another name, and run `{=names.main}` in it. Declare what it says is
    missing.

    ## Example

    ```yaml
    # Before: {=names.main} calls pd.read_parquet("s3://…"), and both engines are missing
    dependencies:
      - python=3.11
      - pandas=2.2

    # After
    dependencies:
      - python=3.11
      - pandas=2.2
      - pyarrow=16.1
      - s3fs=2024.6
    ```

    ## Known limits

    Libraries are filtered by name: the versions that run are those of the grading environment, not yours. With
    `--environment declared`, an environment is made from your file, and `{=names.main}` runs in it.
    """  # noqa: E501  wrapped as it is printed
    if declared.main.is_unknown:
        return Blocked(by=("environment-file",))
    basis = Basis.RUN if run.ran else Basis.READ
    details: dict[str, Json] = {"ran": run.ran, "lacking": run.lacking, "importable": dict(run.distributions)}
    main = run.path
    if run.made is not None:
        details["environment"] = {
            "python": run.made.python,
            "versions": dict(run.made.versions),
            "left_out": [*run.made.left_out],
        }
        if run.made.unmade is not None:
            return Failed(
                expected=text("An environment can be made from {path}.", path=declared.main.path),
                actual=run.made.unmade,
                hint=run.made.remedy or text("Correct the names and versions that are declared."),
                reproduce=installation(declared),
                where=_blamed(run.made.unmade, declared),
                details=details,
                basis=Basis.RUN,
            )
    if run.lacking is not None:
        blocked = f"{argument('package_removed')} {quoted(run.package)} {quoted(main)}"
        names = declaration_test(run.package, run.lacking, declared).partition(" || ")[2]
        return Failed(
            expected=text("{main} finds all it needs in {path}.", main=main, path=declared.main.path),
            actual=_lacking(run, run.lacking),
            hint=text(
                "Add {name}, with its version, and run {main} in an environment made from the file.",
                name=run.lacking,
                main=main,
            ),
            reproduce=names if run.less else f"{blocked} || {names}",
            where=run.where,
            details=details,
            basis=basis,
        )
    return Passed(
        message=text("{main} runs with the declared libraries alone.", main=main)
        if run.ran and not run.message
        else text("{path} declares what the scripts import; {main} was not run.", path=declared.main.path, main=main),
        advice=tuple(_notes(run)),
        details=details,
        basis=basis,
    )


def _notes(run: FilteredRun) -> Iterator[Advice]:
    if run.made is not None and run.made.asked:
        asked, python = run.made.asked, run.made.python
        yield advice("Python {asked} is not on this machine: it was run with {python}.", asked=asked, python=python)
    if run.ran and run.message:
        yield advice(
            "With the declared packages alone, {main} stops for another reason: {reason}.",
            main=run.path,
            reason=run.message,
        )


def _blamed(reason: Text, declared: Declared) -> tuple[Location, ...]:
    """The declared packages that a sentence names."""
    words = {
        canonicalize_name(word) for _, value in reason.values for word in re.findall(r"[A-Za-z0-9][\w.-]*", str(value))
    }
    found = tuple(package.where for package in declared.main.declared if package.key in words)
    return found[:5] or (Location(declared.main.path),)


def _lacking(run: FilteredRun, name: str) -> Text:
    if run.less:
        return text(
            "With the declared packages alone, {main} goes without {name} and does less. With it: {less}.",
            main=run.path,
            name=name,
            less=run.less,
        )
    if run.ran:
        return text(
            "With the declared packages alone, {main} stops: {name} is missing ({reason}).",
            main=run.path,
            name=name,
            reason=run.message,
        )
    return text("The scripts import {package}, and {name} is not declared.", package=run.package, name=name)
