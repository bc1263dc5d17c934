"""A declaration that another computer can install."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from checker.checks.base import check
from checker.checks.command_programs import program
from checker.checks.environment.declaration_commands import version_test
from checker.checks.environment.environment_file import pinned
from checker.checks.environment.local_packages import from_one_computer, one_computer_failure, package_names
from checker.course import Course
from checker.facts.environment import Bound, Declared, EnvironmentFile, Form
from checker.model import Advice, Basis, Blocked, Failed, Json, Location, Passed, Text, Verdict, advice, text

_REFUSED = re.compile(r"[/:# ]")
"""What conda takes in no name of an environment (``PREFIX_NAME_DISALLOWED_CHARS`` of conda.base.constants)."""


@check("environment-portable")
def environment_portable(declared: Declared, course: Course) -> Verdict:
    """The environment can be created elsewhere

    ## What it checks

    The file has no line `prefix:`; it has a name that conda takes (no `/`, `:`, `#` or space) other than `base`
    (the expected one is `{=names.environment}`, another is advice); Python is given with its minor version (`=3.10`, `3.10.*`,
    `>=3.10,<3.11` or `3.10.0` pass, a bare `>=` is advice, no version fails); and the conda dependencies have the
    names that conda knows. Builds, and packages of one system only, are advice.

    A lock file, or a `requirements.txt` with versions, instead of conda passes.

    ## Why it matters

    A path of your computer, or a name that conda cannot find, stops the installation on every other computer.

    ## How to do it

    Delete the line `prefix:`, name the environment, and write `python=3.11`. Use the names that a search on
    conda-forge shows. Export with `--no-builds` to leave out what depends on your system.

    ## Example

    ```yaml
    # Before
    name: base
    dependencies:
      - python
      - scikit_learn=1.5
    prefix: /home/jdupont/miniconda3

    # After
    name: {=names.environment}
    dependencies:
      - python=3.11
      - scikit-learn=1.5
    ```

    ## Known limits

    No channel is asked: names are compared with a list of frequent mistakes, and versions are read, not looked up.
    """  # noqa: E501  wrapped as it is printed
    file = declared.main
    if file.is_unknown:
        return Blocked(by=("environment-file",))
    if file.form is not Form.CONDA:
        return _portable_pip(file, declared)
    faults = tuple(_portable_faults(file, course))
    notes = tuple(_portable_notes(file, course))
    details: dict[str, Json] = {
        "name": file.name,
        "prefix": file.prefix is not None,
        "python": file.python.spec if file.python else None,
        "channels": [*file.channels],
        "builds": sum(1 for package in file.declared if package.build),
    }
    if faults:
        return Failed(
            expected=text("Conda can create the environment of {path} on another computer.", path=file.path),
            actual=text("In {path}: {faults}.", path=file.path, faults=tuple(fault for fault, *_ in faults)),
            hint=faults[0][1],
            reproduce=_portable_command(file.path, course),
            where=tuple(place for *_, place in faults),
            advice=notes,
            details=details,
            basis=Basis.READ,
        )
    return Passed(
        message=text("Nothing in {path} is bound to one computer.", path=file.path),
        advice=notes,
        details=details,
        basis=Basis.READ,
    )


def _portable_faults(file: EnvironmentFile, course: Course) -> Iterator[tuple[Text, Text, Location]]:
    """What stops an installation elsewhere, each with what to do and its place."""
    top = Location(file.path)
    named = file.name_line or top
    of_its_own = text("Give it a name of its own: name: {name}.", name=course.names.environment)
    version = text("Write the minor version of Python: python=3.11.")
    if file.prefix is not None:
        yield text("the line prefix names a folder of your computer"), text("Delete the line prefix."), file.prefix
    if file.name is None or not file.name.strip():
        first = text("Write a first line: name: {name}.", name=course.names.environment)
        yield text("the environment has no name"), first, top
    elif file.name.strip().lower() in ("base", "root"):
        yield text("{name} is a name that conda keeps for itself", name=file.name), of_its_own, named
    elif _REFUSED.search(file.name.strip()):
        refused = text("{name} is no name: conda takes none with a slash, a colon, a # or a space", name=file.name)
        yield refused, of_its_own, named
    if file.python is None:
        yield text("python is not among the dependencies"), version, top
    elif file.python.bound is Bound.NONE:
        yield text("python has no version"), version, file.python.where
    elif file.no_python:
        yield text("no Python 3 that conda has is a python{spec}", spec=file.python.spec), version, file.python.where
    for package in file.declared:
        right = course.environment.conda_names.get(package.name.lower())
        if package.conda and right is not None:
            hint = text("For conda it is called {name}.", name=right)
            yield text("{name} is no package that conda knows", name=package.name), hint, package.where


def _portable_notes(file: EnvironmentFile, course: Course) -> Iterator[Advice]:
    expected = course.names.environment
    named = (file.name or "").strip()
    if named not in (expected, "base", "root", "") and not _REFUSED.search(named):
        place = (file.name_line or Location(file.path),)
        yield advice("The statement calls it {expected}, and not {name}.", where=place, expected=expected, name=named)
    if file.python is not None and file.python.bound is not Bound.NONE and not (file.one_python or file.no_python):
        yield advice(
            "python{spec} allows several minor versions; choose one: python=3.11.",
            where=(file.python.where,),
            spec=file.python.spec,
        )
    if built := [package for package in file.declared if package.build]:
        yield advice(
            "{count} packages carry a build, which other systems lack: conda env export --no-builds.",
            where=(built[0].where,),
            count=len(built),
        )
    if bound := [package for package in file.declared if package.name.lower() in course.environment.platform_packages]:
        yield advice(
            "One operating system only has {names}.",
            where=(bound[0].where,),
            names=tuple(package.name for package in bound[:5]),
        )


def _portable_pip(file: EnvironmentFile, declared: Declared) -> Verdict:
    """Pip's files: a lock, or versions in all lines, and no path of one computer."""
    local = from_one_computer(file)
    locked = any(other.form is Form.LOCK for other in declared.files)
    if not local and (locked or pinned(file)):
        return Passed(
            message=text("{path} can be installed on any computer.", path=file.path),
            basis=Basis.READ,
            details={"python": file.python.spec if file.python else None},
        )
    if local:
        return one_computer_failure(local, declared)
    loose = [package for package in file.declared if package.bound is Bound.NONE][:10]
    return Failed(
        expected=text("{path} gives the same environment on another computer.", path=file.path),
        actual=text("There is no version for {names}.", names=package_names(loose, 10)),
        hint=text("Write each line as name==version: pip list --format=freeze does."),
        reproduce=" && ".join(version_test(package, declared) for package in loose) or "false",
        where=tuple(package.where for package in loose) or (Location(file.path),),
        basis=Basis.READ,
    )


def _portable_command(path: str, course: Course) -> str:
    refused = sorted(course.environment.conda_names)
    script = program("portable_environment", PATH=repr(path), REFUSED=repr(refused)) + "\n"
    return f"python -c {shlex.quote(script)}"
