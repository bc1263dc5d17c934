"""Command lines that show, without the checker, which functions a project's run goes through.

Each runs the script ``main``, or where it is not there the notebook, with a handful of library functions replaced by
ones that note their callers, and ends with status 1 as long as no function of the project is among these.
"""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Iterable, Sequence
from itertools import chain, count

from checker.checks.command_programs import here_document, program, replacing_methods
from checker.course import Model
from checker.facts.code import Code


def _spying(model: Model, main: str, failing: str, *more: str) -> str:
    return here_document(
        "calls_of_the_project",
        MODELS=replacing_methods(model),
        RUN="\n".join((*map(program, more), _run(main))),
        OF_MAIN=_text(f"{posixpath.basename(main)}:"),
        FAILING=failing,
    )


def _run(main: str) -> str:
    return program("project_run", MAIN=_text(main))


def _text(words: str) -> str:
    """*words* as Python writes them."""
    return json.dumps(words, ensure_ascii=False)


def reading(model: Model, main: str) -> str:
    """Fails where no function that reads a table gives two tables."""
    failing = 'len(frames) < 2 and "no function reads the data and returns tables"'
    return _spying(model, main, failing, "returned_tables")


def features(model: Model, main: str) -> str:
    """Fails where more columns are assigned outside of functions than inside."""
    failing = '(len(outside - inside) > len(inside) or not inside) and f"outside: {sorted(outside - inside)}"'
    return _spying(model, main, failing, "assigned_columns")


def splitting(model: Model, main: str) -> str:
    """Fails where no function makes the split."""
    return _spying(model, main, 'not players["split"] and "no function makes the split"')


def judging(model: Model, main: str) -> str:
    """Fails where no function judges the model, or no confusion matrix is computed."""
    failing = '(not players["judge"] or not seen["matrix"]) and "no function judges the model by score and matrix"'
    return _spying(model, main, failing, "spied_matrices")


def learning(model: Model, main: str, rows: int) -> str:
    """Fails where no model learns from as many *rows* as that."""
    failing = f'max(fitted, default=0) < {rows} and f"rows that models learned from: {{fitted}}"'
    return _spying(model, main, failing, "rows_learned")


def calling(model: Model, main: str) -> str:
    """Fails where reading, splitting or training is no call of a function of the project."""
    failing = 'str([kind for kind in ("read", "split", "fit") if not players[kind]] or "") or 0'
    return _spying(model, main, failing)


def training(model: Model, main: str, code: Code, values: Sequence[int | None]) -> str:
    """Fails where the model keeps its parameter although every integer argument of the modules is another one."""
    numbers = chain(model.others, count(max(model.others) + 1))
    value = next(number for number in numbers if all(one is None or one == 0 or one % number for one in values))
    modules = [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in code.modules]
    return here_document(
        "varied_arguments",
        MODELS=replacing_methods(model),
        MODULES=repr(modules),
        OF_MODEL=model.value,
        RUN=_run(main),
        VALUE=str(value),
    )


def python_line(statement: str) -> str:
    """One statement, in a Python of its own."""
    return f"python -c {shlex.quote(statement)}"


def importing(modules: Iterable[tuple[str, str]], seconds: float | None = None) -> str:
    """Imports each module (with the folder where Python is started) in a Python of its own."""
    within = f"timeout {round(seconds)} " if seconds else ""
    return " && ".join(
        _in_folder(folder, within + python_line(f"import {module or 'a-name-that-python-refuses'}"))
        for module, folder in modules
    )


def coming_back(modules: Iterable[tuple[str, str]]) -> str:
    """The same for modules that end Python quietly: what follows the import has to happen."""
    return " && ".join(
        _in_folder(folder, f"{python_line(f'import {module}; print(1912)')} | tail -n 1 | grep -qx 1912")
        for module, folder in modules
    )


def _in_folder(folder: str, line: str) -> str:
    return f"(cd {shlex.quote(folder)} && {line})" if folder else line


def working(model: Model, modules: Iterable[tuple[str, str]]) -> str:
    """Fails where a module opens a file of the project, connects or trains while it is imported."""
    lines = []
    for module, folder in modules:
        line = here_document("work_at_import", MODULE=repr(module), MODELS=replacing_methods(model))
        lines.append(f"(cd {shlex.quote(folder)} && {line}\n)" if folder else line)
    return " && ".join(lines) if len(lines) == 1 else "set -e\n" + "\n".join(lines)
