"""Step 1.3: a main script that runs, reports, and takes its functions from modules."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from checker.checks.base import check
from checker.checks.declared import past_the_gateway, undecided
from checker.checks.lacking import blocked_by_absence
from checker.checks.printing import prints
from checker.course import Course
from checker.facts.code import Code, ImportedName, PythonFile
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.environment_needs import missing_module
from checker.facts.notebook import NotebookFile
from checker.facts.observation import Fit, Holder
from checker.facts.program import MainRun, Matrix, Reporting
from checker.facts.running import End, Finished, StudentError
from checker.facts.tree import Tree
from checker.model import (
    Advice,
    Basis,
    Failed,
    Json,
    Location,
    Passed,
    Text,
    Verdict,
    advice,
    text,
)


def ending(finished: Finished, limit: float) -> Text:
    """How a run that did not succeed ended, in a sentence."""
    error = finished.error
    if finished.end is End.TIME:
        if finished.where:
            return text(
                "Too slow: stopped after {limit} s, at {where}.", limit=round(limit), where=tuple(finished.where[:1])
            )
        return text("Too slow: stopped after {limit} s.", limit=round(limit))
    if finished.end is End.MEMORY:
        return text("It needed more memory than it may have, and was stopped.")
    if finished.end is End.OUTPUT:
        return text("It wrote far too much output, and was stopped.")
    if error is not None:
        return text("{error}: {message}", error=error.name, message=_short(error.message))
    if finished.end is End.SIGNAL:
        return text("It was killed by signal {number}.", number=finished.status)
    return text("It ended with status {status}.", status=finished.status)


def _short(message: str, most: int = 300) -> str:
    first = " ".join(message.split())
    return first if len(first) <= most else first[: most - 1] + "…"


def hint_for(error: StudentError | None, tree: Tree, code: Code, environment: str | None = None) -> Text:
    """What to do about an exception of the main script."""
    if error is None:
        return text("Start it yourself from the root of a fresh clone, and mend what it says.")
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
    return text("Start it from the root of a fresh clone, see the same error, and mend the line that is named.")


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
    run: MainRun, tree: Tree, code: Code, course: Course, declared: Declared | None, use: EnvironmentUse | None
) -> Verdict:
    """The main script runs to its end

    ## What it checks

    `python main.py`, started at the root of a fresh copy of the repository, ends with status 0 within its time
    limit. Warnings are no error.

    If there is no `main.py`, the one script that nothing imports, that works when it is started and that trains the
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
    cd src && python ../main.py

    # After: from the root of a fresh clone
    git clone YOUR_REPOSITORY fresh && cd fresh
    python main.py && echo "it runs"
    ```

    ## Known limits

    Ignored files are absent in a fresh copy: when the run lacked one, the message names it. When the repository
    asks for versions of libraries that the grading environment does not have, the answer is *unavailable*, not
    *failed*.
    """
    details: dict[str, Json] = {
        "seconds": round(run.finished.seconds, 2),
        "status": run.finished.status,
        "traceback": _traceback(run.finished.error),
    }
    expected = text("{main}, started at the root, ends with status 0.", main=course.names.main)
    start = f"python {shlex.quote(run.path)}"
    if not run.succeeded:
        if other := undecided(run.finished, course, declared, use):
            return other
        error = run.finished.error
        hint = hint_for(error, tree, code, run.finished.environment)
        if run.finished.end is End.TIME:
            start = f"timeout {round(run.limit)} {start}"
            hint = text("See what takes so long: fewer trees, fewer plots, no search over hundreds of settings.")
        elif run.finished.status == 0:  # the exception was there, and the status that it makes was not
            start = f"! {start} 2>&1 >/dev/null | grep -q '^Traceback'"
        return Failed(
            expected=expected,
            actual=ending(run.finished, run.limit),
            hint=hint,
            reproduce=start,
            where=run.finished.where or (error.where if error else ()) or (Location(run.path),),
            details=details,
        )
    if run.substitute:
        return Failed(
            expected=expected,
            actual=text("{path} runs, but it is not called {main}.", path=run.path, main=course.names.main),
            hint=text("Rename it: git mv {path} {main}.", path=run.path, main=course.names.main),
            reproduce=f"test -e {shlex.quote(course.names.main)} && python {shlex.quote(course.names.main)}",
            where=(Location(run.path),),
            credit=course.credit.share("substitute_script"),
            credits=("substitute_script",),
            details=details,
        )
    return Passed(
        message=text("{path} ran to its end in {seconds} s.", path=run.path, seconds=round(run.finished.seconds, 1)),
        details=details,
    )


def _lines(matrix: Matrix) -> str:
    rows = (" ".join(f"{cell:g}" for cell in row) for row in matrix.cells)
    return f"[[{'] ['.join(rows)}]]"


@check("main-reports")
def main_reports(
    run: MainRun,
    reporting: Reporting,
    code: Code,
    course: Course,
    declared: Declared | None,
    use: EnvironmentUse | None,
) -> Verdict:
    """The main script reports performance and matrix

    ## What it checks

    `main.py` prints the performance of the forest and its confusion matrix, and both follow the data. The script is
    run a second time with other passengers, of whom more or fewer survived: the totals or the sums of rows of the
    matrix must change as the labels do.

    Any wording and any layout will do: `[[87 13] [21 58]]`, a pandas table, four numbers with their names, a share
    or a percentage. Of several matrices, any one.

    ## Why it matters

    A result that is not displayed did not take place, and a result copied by hand into a `print` is no result.

    ## How to do it

    Print the score and the matrix that the functions return. In a script, an expression alone on its line prints
    nothing, unlike in a notebook.

    ## Example

    ```python
    # Before: nothing is displayed, or always the same thing
    forest.score(X_test, y_test)
    print("accuracy: 0.81")

    # After
    print("accuracy:", forest.score(X_test, y_test))
    print(confusion_matrix(y_test, forest.predict(X_test)))
    ```

    ## Known limits

    The value of the performance is not judged. A script that crashes is charged in `main-runs`; this check then
    looks at the next best evidence.
    """
    printed = reporting.printed
    if not run.succeeded and not (printed.matrices and printed.scores):
        by_source = _reports_by_source(run, reporting)
        if isinstance(by_source, Failed):
            return undecided(run.finished, course, declared, use) or blocked_by_absence(code) or by_source
        return by_source
    if not printed.matrices or not printed.scores:
        return _prints_nothing(run, reporting)
    if reporting.matrix_follows is False or reporting.score_follows is False:
        if unseen := past_the_gateway(run.finished):
            return unseen
        return _stands_still(run, reporting, matrix=reporting.matrix_follows is False)
    said: list[Advice] = []
    if reporting.matrix_follows is None:
        if reporting.error is not None:
            said.append(
                advice(
                    "With other passengers, it ended with {error}: {message}",
                    error=reporting.error.name,
                    message=_short(reporting.error.message),
                    where=reporting.error.where,
                )
            )
        else:
            said.append(advice("Whether the matrix follows the data could not be seen: the files hold other columns."))
    matrix = reporting.matrix or printed.matrices[0]
    return Passed(
        message=text("Performance and confusion matrix {matrix} are printed.", matrix=_lines(matrix)),
        advice=tuple(said),
        details=reporting.details,
    )


def _reports_by_source(run: MainRun, reporting: Reporting) -> Verdict:
    if reporting.source_matrix and reporting.source_score:
        return Passed(
            message=text("The code computes and prints performance and matrix, as far as reading it tells."),
            basis=Basis.READ,
            details=reporting.details,
        )
    return Failed(
        expected=text("Performance and confusion matrix of the forest are printed."),
        actual=text("{path} stops too early, and its code does not seem to print both.", path=run.path),
        hint=text("Make it run first, then print the score and the confusion matrix."),
        reproduce=prints(f"sys.executable, {run.path!r}", score=True, matrix=True),
        where=(Location(run.path),),
        basis=Basis.READ,
        details=reporting.details,
    )


def _prints_nothing(run: MainRun, reporting: Reporting) -> Verdict:
    printed = reporting.printed
    if not printed.matrices and not printed.scores:
        actual = text("{path} prints neither a performance nor a confusion matrix.", path=run.path)
    elif not printed.matrices:
        actual = text("{path} prints a performance, but no confusion matrix.", path=run.path)
    else:
        actual = text("{path} prints a confusion matrix, but no performance.", path=run.path)
    return Failed(
        expected=text("Performance and confusion matrix of the forest are printed."),
        actual=actual,
        hint=text("In a script an expression alone prints nothing: wrap score and matrix in print(…)."),
        reproduce=prints(f"sys.executable, {run.path!r}", score=not printed.scores, matrix=not printed.matrices),
        where=(Location(run.path),),
        details=reporting.details,
    )


def _stands_still(run: MainRun, reporting: Reporting, *, matrix: bool) -> Verdict:
    shown = reporting.matrix or reporting.printed.matrices[0]
    if matrix:
        actual = text(
            "With other passengers, the matrix does not change as the labels do: {matrix}.", matrix=_lines(shown)
        )
        hint = text("Compute the matrix from the predictions at each run; neither paste it nor read it from a file.")
    else:
        actual = text(
            "With other passengers, the performance is still {score}.", score=f"{reporting.printed.scores[0]:.4g}"
        )
        hint = text("Print what the score function returns, not a number that was copied.")
    return Failed(
        expected=text("Performance and matrix follow the data."),
        actual=actual,
        hint=hint,
        reproduce=_with_more_survivors(run.path, reporting, matrix=matrix),
        where=(Location(run.path),),
        details=reporting.details,
    )


def _with_more_survivors(path: str, reporting: Reporting, *, matrix: bool) -> str:
    """Runs the script with every survivor twice, and looks whether it still prints the same to the letter."""
    if matrix:
        shown = reporting.matrix or reporting.printed.matrices[0]
        numbers = [[f"{cell:g}"] for row in shown.cells for cell in row]
    else:
        numbers = [[f"{score:.12g}", f"{score * 100:.12g}"] for score in reporting.printed.scores[:1]]
    alternatives = ("|".join(re.escape(way).replace(r"\.", "[.,]") for way in ways) for ways in numbers)
    wanted = r"(?<![\d.,])" + r"\D+".join(f"(?:{number})" for number in alternatives) + r"(?!\d)"
    return f"""python - <<'EOF'
import contextlib, io, re, runpy, sys, pandas
def others(*given, read=pandas.read_csv, **named):
    table = read(*given, **named)
    more = table[table.Survived == 1] if "Survived" in table else table[:0]
    return pandas.concat([table, more], ignore_index=True)
pandas.read_csv = others
with contextlib.redirect_stdout(io.StringIO()) as said:
    runpy.run_path({path!r}, run_name="__main__")
sys.exit("the same, whoever travels" if re.search({wanted!r}, said.getvalue()) else 0)
EOF"""


_WORK = frozenset(
    {
        "read_csv",
        "read_excel",
        "read_parquet",
        "read_table",
        "train_test_split",
        "fit",
        "fit_transform",
        "fillna",
        "get_dummies",
        "confusion_matrix",
        "RandomForestClassifier",
        "LabelEncoder",
        "OneHotEncoder",
        "StandardScaler",
    },
)
"""Calls by which a function is seen to do a part of the pipeline itself."""


@check("main-imports")
def main_imports(run: MainRun, code: Code, course: Course, notebook: NotebookFile | None) -> Verdict:
    """The main script imports its functions by name

    ## What it checks

    `main.py` takes its functions from modules of the project: `from module import function` and `import module as
    alias` both pass. No Python file of the project contains `import *` (in a notebook it is advice only). The
    forest is trained in a module of the project, in the process of `main.py` itself: a script that starts the
    notebook does not count. The functions of the chain are not defined in `main.py`.

    ## Why it matters

    The reader of `main.py` must see at once where each name comes from. With `import *`, a name may come from
    anywhere, and one module may silently replace the function of another.

    ## How to do it

    List the functions you use in the import. Move any function that is still defined in `main.py` to a module.

    ## Example

    ```python
    # Before
    from functions import *

    # After
    from functions import build_features, import_data, train_evaluate
    ```

    ## Known limits

    Small functions in `main.py`, such as one called `main` that calls the others in order, are welcome.
    """
    main = code.main_file
    if main is None:
        raise LookupError(run.path)
    expected = text("{main} takes its functions from modules, by name.", main=course.names.main)
    if starred := list(_stars(code)):
        files = " ".join(shlex.quote(path) for path in dict.fromkeys(one.where.path for one in starred))
        return Failed(
            expected=expected,
            actual=text(
                "from {module} import * hides where names come from.",
                module=tuple(dict.fromkeys(one.module for one in starred)),
            ),
            hint=text("List the functions that are used: from {module} import …", module=starred[0].module),
            reproduce=f"! grep -nE '^[[:space:]]*from[[:space:]].*import[[:space:](]*[*]' {files}",
            where=tuple(one.where for one in starred),
            basis=Basis.READ,
        )
    if defined := list(_own_work(main, code)):
        names = tuple(node.name for node in defined)
        return Failed(
            expected=expected,
            actual=text("{main} defines functions of the pipeline itself: {names}.", main=main.path, names=names),
            hint=text("Move {names} to a module and import them from there.", names=names),
            reproduce=f"! grep -nE '^[[:space:]]*(async )?def ({'|'.join(names)})\\b' {shlex.quote(main.path)}",
            where=tuple(Location(main.path, line=node.lineno) for node in defined),
            basis=Basis.READ,
        )
    own = [one for one in main.imports if is_own(one, code)]
    if not own and not _lacks(main, code):
        return Failed(
            expected=expected,
            actual=text("{main} imports nothing from a module of the project.", main=main.path),
            hint=text("Import the functions that you wrote in step 1.2: from functions import …"),
            reproduce=_imports_own(main.path),
            where=(Location(main.path),),
            basis=Basis.READ,
        )
    verdict = _fitted_in_module(run, code, main, own, expected)
    return replace(verdict, advice=_starred_cells(notebook, code)) if isinstance(verdict, Passed) else verdict


def _stars(code: Code) -> Iterator[ImportedName]:
    for file in code.project:
        if file.tree is not None:
            yield from (one for one in file.imports if one.name == "*")


def _starred_cells(notebook: NotebookFile | None, code: Code) -> tuple[Advice, ...]:
    starred = [one for one in (notebook.imports if notebook else ()) if one.name == "*" and is_own(one, code)]
    if not starred:
        return ()
    return (
        advice(
            "The notebook, too, is easier to read when it names what it uses: from {module} import …",
            module=starred[0].module,
            where=tuple(one.where for one in starred[:3]),
        ),
    )


def _own_work(main: PythonFile, code: Code) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of the main script that do a part of the pipeline, and call no function of a module for it."""
    given = {one.alias or one.name or one.module.partition(".")[0] for one in main.imports if is_own(one, code)}
    for node in ast.walk(main.tree) if main.tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
            attributes = {part.attr for part in calls if isinstance(part, ast.Attribute)}
            names = {part.id for part in calls if isinstance(part, ast.Name)}
            roots = {_root(part) for part in calls if isinstance(part, ast.Attribute)}
            if (attributes | names) & _WORK and not (names | roots) & given:
                yield node


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_own(imported: ImportedName, code: Code) -> bool:
    """Whether an import means a module of the project."""
    own: set[str] = set()
    for path in code.modules:
        for root in code.roots:
            prefix = f"{root}/" if root else ""
            if path.startswith(prefix):
                parts = path[len(prefix) :].removesuffix(".py").removesuffix("/__init__").split("/")
                own.add(".".join(parts))
    return imported.module in own or (imported.name is not None and f"{imported.module}.{imported.name}" in own)


def _lacks(main: PythonFile, code: Code) -> bool:
    """Whether the main script imports a module that was forgotten: that is charged where it makes the run fail."""
    return any(one.where.path == main.path for one in code.missing)


def _imports_own(path: str) -> str:
    return f"""python - <<'EOF'
import ast, glob, sys
own = {{part.removesuffix(".py") for path in glob.glob("**/*.py", recursive=True) for part in path.split("/")}}
tree = ast.parse(open({path!r}, "rb").read())
names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
sys.exit(0 if any(name.split(".")[0] in own for name in names) else "nothing of the project is imported")
EOF"""


def _fitted_in_module(run: MainRun, code: Code, main: PythonFile, own: list[ImportedName], expected: Text) -> Verdict:
    fits = run.observation.fits if run.observation else ()
    inside = [fit for fit in fits if _in_module(fit, run)]
    names = tuple(dict.fromkeys(one.name or one.module for one in own))
    if inside:
        return Passed(
            message=text(
                "{main} imports {names}; the forest is fitted in {place}.",
                main=main.path,
                names=names[:8],
                place=inside[0].stack[-1].path,
            ),
            details={"imports": list(names), "fitted_in": inside[0].stack[-1].key},
        )
    if not fits and not run.succeeded:
        return _fit_by_source(code, main, names, expected)
    if not fits and run.observation is None:
        return _fit_by_source(code, main, names, expected)
    where = tuple(dict.fromkeys(fit.where for fit in fits if fit.where is not None))
    if fits:
        actual = text("The forest is fitted in {main} itself.", main=main.path)
        hint = text("Call the training function of your module instead of fit.")
    else:
        actual = text("No forest is fitted in the process of {main}.", main=main.path)
        hint = text("Import the training function and call it: starting the notebook or another script is no import.")
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=_fit_outside_main(main.path),
        where=where or (Location(main.path),),
    )


def _in_module(fit: Fit, run: MainRun) -> bool:
    same = run.observation is not None and fit.process == run.observation.process
    return same and bool(fit.stack) and fit.stack[-1].holder is Holder.MODULE


def _fit_by_source(code: Code, main: PythonFile, names: tuple[str, ...], expected: Text) -> Verdict:
    fitting = [path for path in code.modules if re.search(r"\.fit(_transform)?\(", code.files[path].source)]
    if fitting or code.missing:
        return Passed(
            message=text("{main} imports {names} from modules.", main=main.path, names=names[:8]),
            basis=Basis.READ,
            details={"imports": list(names)},
        )
    return Failed(
        expected=expected,
        actual=text("No module of the project fits a model, as far as reading it tells."),
        hint=text("Move the training to a function of a module."),
        reproduce=_fit_outside_main(main.path),
        where=(Location(main.path),),
        basis=Basis.READ,
    )


def _fit_outside_main(path: str) -> str:
    """Runs the script and wants a forest that is fitted by a line of another file of the project."""
    return f"""python - <<'EOF'
import os, runpy, sys, traceback
from sklearn.ensemble import _forest
places, fit = [], _forest.BaseForest.fit
def seen(self, *given, **named):
    ours = [f.filename for f in traceback.extract_stack()[:-1] if f.filename.startswith((os.getcwd(), {path!r}))]
    places.append(os.path.relpath(ours[-1]) if ours else "")
    return fit(self, *given, **named)
_forest.BaseForest.fit, sys.path[0] = seen, ""
runpy.run_path({path!r}, run_name="__main__")
sys.exit(0 if any(place not in ("", {path!r}) for place in places) else f"fitted in: {{places or 'no place'}}")
EOF"""


CHECKS = (main_runs, main_reports, main_imports)
