"""The main script's run from beginning to end."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from checker.checks.base import check
from checker.checks.environment.environment_excuse import undecided
from checker.checks.runs import absent_files
from checker.checks.runs.absent_modules import absence_behind, command, remedy
from checker.checks.runs.charged_elsewhere import charged_elsewhere
from checker.checks.runs.ending_text import ending
from checker.checks.runs.idle_main import does_nothing
from checker.checks.runs.run_endings import known_ending
from checker.course import Course
from checker.facts.absent_modules import AbsentModules
from checker.facts.code import Code, ImportedName
from checker.facts.configuration import Configuration, ConfigurationCrash
from checker.facts.data_access import DataAccess
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.environment_needs import missing_module
from checker.facts.job import End, StudentError
from checker.facts.main_script import MainRun, MainStart
from checker.facts.own_packages import OwnPackages
from checker.facts.tree import Tree
from checker.model import Advice, Failed, Json, Location, Passed, Text, Verdict, advice, text


def hint_for(error: StudentError | None, tree: Tree, code: Code, environment: str | None = None) -> Text:
    """What to do about an exception of the main script."""
    if error is None:
        return text("Start it yourself from the root of the project, and mend what its last lines say.")
    kind = error.name.rpartition(".")[2]
    if module := missing_module(error):
        lacking = [one for one in code.missing if one.package == module.partition(".")[0]]
        if lacking:
            return text("The module {module} is imported but not in the repository: git add it.", module=module)
        if environment == "declared":
            return text(
                "{module} is not in the environment that is declared: declare it, with its version.", module=module
            )
        return text("No file of the repository and no library here is called {module}: see the import.", module=module)
    if kind == "FileNotFoundError" and (path := _quoted(error.message)):
        return _file_hint(path, tree)
    if kind in {"SyntaxError", "IndentationError", "TabError"}:
        return text("Correct this line: Python cannot read the file.")
    if kind == "NameError":
        return text("Nothing of that name exists at this line: import it, or define it before.")
    return text("Mend the line that is named. Where it runs on your machine all the same, try it in a fresh clone.")


def _quoted(message: str) -> str | None:
    found = re.search(r"'([^'\n]+)'\s*$|\"([^\"\n]+)\"\s*$", message.strip())
    return (found[1] or found[2]) if found else None


def _file_hint(path: str, tree: Tree) -> Text:
    if re.match(r"^(/|~|[A-Za-z]:[\\/])", path):
        return text("{path} exists on your machine only: write a path relative to the root.", path=path)
    name = re.split(r"[\\/]", path)[-1]
    there = sorted(entry for entry in tree.entries if entry.rpartition("/")[2] == name)
    if there:
        return text("The file is {there}: write its path as seen from the root.", there=there[0])
    return text("{path} is not in the repository: commit it, or read it from where it is served.", path=path)


def _traceback(error: StudentError | None) -> list[Json]:
    return [f"{place}: {line}" for place, line in error.frames[-10:]] if error else []


@check("main-runs")
def main_runs(
    start: MainStart,
    tree: Tree,
    code: Code,
    course: Course,
    access: DataAccess | None,
    configuration: Configuration | None,
    crash: ConfigurationCrash | None,
    declared: Declared | None,
    use: EnvironmentUse | None,
    packages: OwnPackages | None,
    absent: AbsentModules | None,
) -> Verdict:
    """The main script runs to its end

    ## What it checks

    `python {=names.main}`, started at the root of a fresh copy of the repository, ends with status 0 within its time
    limit.{?names.other_scripts| Without `{=names.main}`, the first one that is there of {=names.other_scripts|and} takes its place.} Warnings are no error. A script that does nothing earns nothing: no data read, no function of the project
    called, no model trained.

    If there is no `{=names.main}`{?names.other_scripts| and no {=names.other_scripts|or}}, the one script that nothing imports, that works when it is started and that trains the
    forest is judged in its place; it is accepted in part only, with the advice to rename it.

    ## Why it matters

    A single command that always does the same thing is what can be automated: in a scheduled task, in continuous
    integration, in an image.

    ## How to do it

    Run the script yourself from the root, in a fresh clone if you can. Use paths relative to the root, and commit
    every file that it needs.

    ## Example

    ```bash
    # Before: works only from another folder, or with files that git does not have
    cd {=names.source_folder} && python ../{=names.main}

    # After: from the root of a fresh clone
    git clone YOUR_REPOSITORY fresh && cd fresh
    python {=names.main} && echo "it runs"
    ```

    ## Known limits

    - Ignored files are absent in a fresh copy: when the run lacked one, the message names it. Data that git ignores
      are judged in `data-remote` alone: here the script runs with those of the course.
    - A keyboard, a screen and the variables of your machine are absent, too.
    - A module that is called otherwise, lies in another folder, is ignored or belongs to a nested repository is
      charged here: all else is judged with the module in its place.
    - When the repository asks for versions of libraries that the grading environment does not have, the answer is
      *unavailable*, not *failed*; so it is where the code has syntax of a newer Python, in every check that reads or
      runs the file.
    - The project's own package can be imported as if it was installed, where it can be.
    - A crash in the reading of the configuration or of the data over the network is judged in `config-file` or
      `data-remote`.
    """  # noqa: E501  wrapped as it is printed
    run = start.run
    finished = run.submitted or run.finished
    details: dict[str, Json] = {
        "seconds": round(finished.seconds, 2),
        "status": finished.status,
        "traceback": _traceback(finished.error),
    }
    expected = text("{main}, started at the root, ends with status 0.", main=course.names.main_for(run.path))
    line = _start(run)
    if run.idle is not None:
        return does_nothing(run.idle, course, details)
    if not finished.succeeded:
        if other := undecided(finished, course, declared, use):
            return other
        if charged := charged_elsewhere(run, access, configuration, crash, course):
            return replace(charged, details=details)
        error = finished.error
        hint = hint_for(error, tree, code, finished.environment)
        if absence := absence_behind(error, absent):
            hint, line = remedy(absence), command(absence, line)
            details["cause"] = str(absence.cause)
        elif run.absent and not run.absent[-1].lent:
            hint, details["cause"] = absent_files.remedy(run.absent[-1]), str(run.absent[-1].cause)
            line = absent_files.command(run.absent[-1], line)
        elif known := known_ending(finished, run.path):
            hint, line = known.hint, known.command
        if finished.end is End.TIME:
            line = f"timeout {round(run.limit)} {line}"
            hint = text("See what takes so long: fewer trees, fewer plots, no search over hundreds of settings.")
        elif finished.end is End.MEMORY:
            hint = text("Read less at once, or fit a smaller forest.")
        elif finished.end is End.OUTPUT:
            hint = text("Print the performance and the matrix, and nothing in a loop.")
        elif finished.status == 0:  # the exception was there, and the status that it makes was not
            line = f"! {line} 2>&1 >/dev/null | grep -q '^Traceback'"
        return Failed(
            expected=expected,
            actual=ending(finished, run.limit),
            hint=hint,
            reproduce=line,
            where=finished.where or (error.where if error else ()) or (Location(run.path),),
            details=details,
        )
    if run.substitute:
        return Failed(
            expected=expected,
            actual=text("{path} runs, but it is not called {main}.", path=run.path, main=course.names.main),
            hint=_move_to_root(run, code, course),
            reproduce=f"test -e {shlex.quote(course.names.main)} && python {shlex.quote(course.names.main)}",
            where=(Location(run.path),),
            credit=course.credit.share("substitute_script"),
            credits=("substitute_script",),
            details=details,
        )
    return Passed(
        message=text("{path} ran to its end in {seconds} s.", path=run.path, seconds=round(finished.seconds, 1)),
        advice=(*_untold_installation(packages, code, course), *absent_files.lent(run.absent, run.path)),
        details=details,
    )


def _start(run: MainRun) -> str:
    if not run.as_module:
        return f"python {shlex.quote(run.path)}"
    name = run.path.removesuffix(".py").removesuffix("/__main__").replace("/", ".")
    return f"python -m {shlex.quote(name)}"


def _move_to_root(run: MainRun, code: Code, course: Course) -> Text:
    """How a substitute becomes the main script: relative imports do not outlive the move."""
    main = code.main_file
    relative = [
        node.module or ""
        for node in (ast.walk(main.tree) if main is not None and main.tree is not None else ())
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    if not relative:
        return text("Rename it: git mv {path} {main}.", path=run.path, main=course.names.main)
    folder = run.path.rpartition("/")[0].replace("/", ".")
    return text(
        "It belongs to the root: git mv {path} {main}. There, write {right} instead of {relative}.",
        path=run.path,
        main=course.names.main,
        right=f"from {folder}.{relative[0]}".rstrip("."),
        relative=f"from .{relative[0]}",
    )


def _untold_installation(packages: OwnPackages | None, code: Code, course: Course) -> Iterator[Advice]:
    """A word where the code imports a package that has to be installed first, and nothing says so."""
    if packages is None or packages.asked_at is not None or not packages.project:
        return
    if needed := next(
        (one for file in code.project for one in file.imports if _is_installed(one, packages, code)), None
    ):
        yield advice(
            "{package} can be imported once the project is installed, and nothing says so: write -e . into {file}.",
            package=needed.package,
            file=course.names.environment_file,
            where=(needed.where,),
        )


def _is_installed(imported: ImportedName, packages: OwnPackages, code: Code) -> bool:
    """Whether an import finds its package in the folder of an installed project alone."""
    inside = f"{imported.package}/"
    if any(path.startswith(inside) or path == f"{imported.package}.py" for path in code.files):
        return False
    return any(path.startswith(f"{folder}/{inside}") for folder in packages.folders for path in code.files)
