"""The file that declares the environment: there is one, and conda can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.base import check
from checker.checks.command_programs import argument
from checker.checks.environment.declaration_details import file_details
from checker.checks.environment.local_packages import from_one_computer, package_names
from checker.course import Course
from checker.facts.environment import Bound, Declared, EnvironmentFile, Form, Package
from checker.model import Advice, Failed, Location, Passed, Text, Verdict, advice, text
from checker.quoting import quoted


@check("environment-file")
def environment_file(declared: Declared, course: Course) -> Verdict:
    """The environment is written in a file

    ## What it checks

    There is a file `{=names.environment_file}` at the root that conda would read (the suffix `.yaml` passes with advice). A
    full `conda env export` of three hundred lines is right at this step, with `prefix:` and builds. Files with a
    byte-order mark, Windows line ends or in UTF-16 are recognised, and the message says what conda makes of them.

    A `requirements.txt` with versions, or a lock file, is accepted in part instead; a `requirements.txt` without
    versions counts for less.

    ## Why it matters

    Without a list of libraries, nobody can set up what your code needs, except by guessing.

    ## How to do it

    Activate the environment in which `{=names.main}` works, and export it with the option `--file`.

    ## Example

    ```bash
    # Before: on Windows, PowerShell may write UTF-16, which conda cannot read
    conda env export > {=names.environment_file}

    # After
    conda env export --file {=names.environment_file}
    ```

    ## Known limits

    The environment is not installed here; what it contains is judged by `environment-complete` and
    `environment-pinned`.
    """  # noqa: E501  wrapped as it is printed
    file, wanted = declared.main, course.names.environment_file
    if file.form is not Form.CONDA:
        return _instead(file, declared, course)
    details = file_details(file)
    reads = f"{argument('conda_reads')} {quoted(wanted)}"
    if file.fatal or not (file.declared or file.python):
        problems = [problem.what for problem in file.fatal] or [text("{path} lists no package.", path=file.path)]
        return Failed(
            expected=text("Conda can read {path}.", path=file.path),
            actual=problems[0],
            hint=_mending(file, wanted),
            reproduce=_exceeds(file) or f"{argument('conda_reads')} {quoted(file.path)}",
            where=tuple(problem.where for problem in file.fatal) or (Location(file.path),),
            details=details,
        )
    if "/" in file.path or file.path not in (wanted, wanted.replace(".yml", ".yaml")):
        return Failed(
            expected=text("The environment is in {wanted}, at the root.", wanted=wanted),
            actual=text("The environment is in {path}.", path=file.path),
            hint=text("Move it: git mv {path} {wanted}.", path=file.path, wanted=wanted),
            reproduce=reads,
            where=(Location(file.path),),
            credit=course.credit.share("pinned_requirements"),
            credits=("pinned_requirements",),
            details=details,
        )
    return Passed(
        message=text("{path} declares {count} packages.", path=file.path, count=file.packages),
        advice=tuple(_file_notes(file, declared, wanted)),
        details=details,
    )


def _instead(file: EnvironmentFile, declared: Declared, course: Course) -> Verdict:
    """The verdict where pip's files stand in for conda's."""
    wanted = course.names.environment_file
    if file.fatal or not file.declared:
        shares: tuple[str, ...] = ()
        actual = file.fatal[0].what if file.fatal else text("{path} lists no package.", path=file.path)
    elif local := from_one_computer(file):
        shares = ("unpinned_requirements",)
        actual = text(
            "{path} names paths of the machine that made it: {names}.", path=file.path, names=package_names(local)
        )
    elif file.form is Form.LOCK or any(other.form is Form.LOCK for other in declared.files):
        shares = ("pinned_requirements",)
        actual = text("{path} fixes {count} packages instead.", path=file.path, count=file.packages)
    elif pinned(file):
        shares = ("pinned_requirements",)
        actual = text("{path} declares {count} packages with versions instead.", path=file.path, count=file.packages)
    else:
        shares = ("unpinned_requirements",)
        actual = text("{path} declares {count} packages, not all with a version.", path=file.path, count=file.packages)
    return Failed(
        expected=text("The environment is in {wanted}, at the root.", wanted=wanted),
        actual=actual,
        hint=text("Write the environment out: conda env export --file {wanted}.", wanted=wanted),
        reproduce=f"{argument('conda_reads')} {quoted(wanted)}",
        where=tuple(problem.where for problem in file.fatal) or (Location(file.path),),
        credit=course.credit.share(*shares),
        credits=shares,
        details=file_details(file),
    )


def _exceeds(file: EnvironmentFile) -> str | None:
    """A command that fails while the file is too large, where that is what is wrong with it."""
    excess = file.fatal[0].excess if file.fatal else None
    if excess is None:
        return None
    count = "wc -c <" if excess.counted == "bytes" else "grep -c '[[:alnum:]]'"
    return f'test "$({count} {quoted(excess.path)})" -le {excess.most}'


def pinned(file: EnvironmentFile) -> bool:
    """Whether all packages of a file carry a version, be it a lower bound."""
    return bool(file.declared) and all(package.bound is not Bound.NONE for package in file.declared)


def _mending(file: EnvironmentFile, wanted: str) -> Text:
    if file.encoding != "utf-8":
        return text("Write it once more, and let conda do it: conda env export --file {wanted}.", wanted=wanted)
    output = next((problem for problem in file.fatal if problem.command), None)
    if output is not None and output.where.path != file.path:
        return text("Write each line as name==version: pip list --format=freeze does.")
    if output is not None or not file.fatal or file.fatal[0].excess is not None:
        return text("Write the environment out: conda env export --file {wanted}.", wanted=wanted)
    return text("Mend that line; conda installs nothing before.")


def _file_notes(file: EnvironmentFile, declared: Declared, wanted: str) -> Iterator[Advice]:
    place = (Location(file.path),)
    yield from (Advice(problem.what, (problem.where,)) for problem in file.problems if not problem.fatal)
    if file.path != wanted:
        yield advice("Conda looks for {wanted} first.", where=place, wanted=wanted)
    if file.bom:
        yield advice("{path} begins with a byte-order mark; save it without.", where=place, path=file.path)
    first: dict[str, Package] = {}
    for package in declared.packages:
        known = package if package.marker else first.setdefault(package.key, package)
        if known is not package and known.spec and package.spec and _numbers(known) != _numbers(package):
            yield advice(
                "{name} is declared twice, with different versions ({first} and {second}).",
                where=(known.where, package.where),
                name=package.name,
                first=known.spec,
                second=package.spec,
            )


def _numbers(package: Package) -> list[str]:
    """The digits of a version, by which ``=2.2`` of conda and ``==2.2.0`` of pip are nearly the same."""
    return re.findall(r"\d+", package.spec)[:2]
