"""The functions that the main script imports from modules."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from checker.checks.base import check
from checker.checks.command_programs import here_document, replacing_methods
from checker.course import Course, Model
from checker.facts.code import Code, ImportedName, PythonFile
from checker.facts.main_script import MainRun
from checker.facts.notebook import NotebookFile
from checker.facts.observation import Fit, Holder
from checker.model import Advice, Basis, Failed, Location, Passed, Text, Verdict, advice, text

_FITTING = re.compile(r"\.fit(?:_transform)?\(")
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

    `{=names.main}` takes its functions from modules of the project: `from module import function` and `import module as
    alias` both pass. No Python file of the project contains `import *` (in a notebook it is advice only). The
    forest is trained in a module of the project, in the process of `{=names.main}` itself: a script that starts the
    notebook does not count. The functions of the chain are not defined in `{=names.main}`.

    ## Why it matters

    The reader of `{=names.main}` must see at once where each name comes from. With `import *`, a name may come from
    anywhere, and one module may silently replace the function of another.

    ## How to do it

    List the functions you use in the import. Move any function that is still defined in `{=names.main}` to a module.

    ## Example

    ```python
    # Before
    from functions import *

    # After
    from functions import build_features, import_data, train_evaluate
    ```

    ## Known limits

    Small functions in `{=names.main}`, such as one called `main` that calls the others in order, are welcome.
    """
    main = code.main_file
    if main is None:
        raise LookupError(run.path)
    expected = text("{main} takes its functions from modules, by name.", main=course.names.main_for(main.path))
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
    if defined := list(_own_work(main, code, course.model)):
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
    # a module that was forgotten is charged where its import makes the run fail
    if not own and all(one.where.path != main.path for one in code.missing):
        return Failed(
            expected=expected,
            actual=text("{main} imports nothing from a module of the project.", main=main.path),
            hint=text("Import the functions that you wrote in step 1.2: from functions import …"),
            reproduce=here_document("own_imports", PATH=repr(main.path)),
            where=(Location(main.path),),
            basis=Basis.READ,
        )
    verdict = _fitted_in_module(run, code, main, own, course.model, expected)
    return replace(verdict, advice=tuple(_starred_cells(notebook, code))) if isinstance(verdict, Passed) else verdict


def _stars(code: Code) -> Iterator[ImportedName]:
    for file in code.project:
        if file.tree is not None:
            yield from (one for one in file.imports if one.name == "*")


def _starred_cells(notebook: NotebookFile | None, code: Code) -> Iterator[Advice]:
    if starred := [one for one in (notebook.imports if notebook else ()) if one.name == "*" and is_own(one, code)]:
        yield advice(
            "The notebook, too, is easier to read when it names what it uses: from {module} import …",
            module=starred[0].module,
            where=tuple(one.where for one in starred[:3]),
        )


def _own_work(main: PythonFile, code: Code, model: Model) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of the main script that do a part of the pipeline, and call no function of a module for it."""
    work = _WORK | {model.name}
    given = {one.alias or one.name or one.module.partition(".")[0] for one in main.imports if is_own(one, code)}
    for node in ast.walk(main.tree) if main.tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
            attributes = {part.attr for part in calls if isinstance(part, ast.Attribute)}
            names = {part.id for part in calls if isinstance(part, ast.Name)}
            roots = {_root(part) for part in calls if isinstance(part, ast.Attribute)}
            if (attributes | names) & work and not (names | roots) & given:
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
                own.add(path.removeprefix(prefix).removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    return imported.module in own or (imported.name is not None and f"{imported.module}.{imported.name}" in own)


def _fitted_in_module(
    run: MainRun, code: Code, main: PythonFile, own: list[ImportedName], model: Model, expected: Text
) -> Verdict:
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
    if not fits and (not run.succeeded or run.observation is None or _calls_training(run, code)):
        return _fit_by_source(code, main, names, model, expected)
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
        reproduce=here_document("fit_in_module", PATH=repr(main.path), MODELS=replacing_methods(model)),
        where=where or (Location(main.path),),
    )


def _in_module(fit: Fit, run: MainRun) -> bool:
    same = run.observation is not None and fit.process == run.observation.process
    return same and bool(fit.stack) and fit.stack[-1].holder is Holder.MODULE


def _calls_training(run: MainRun, code: Code) -> bool:
    """Whether main calls a function of a module that fits another model, which functions-train charges."""
    seen = run.observation
    if seen is None or seen.started_others:
        return False
    called = {(one.path, one.line) for one in seen.functions if one.holder is Holder.MODULE}
    return any(
        isinstance(node, ast.FunctionDef) and (path, node.lineno) in called and _FITTING.search(ast.unparse(node))
        for path in code.modules
        for node in ast.walk(code.files[path].tree or ast.Module([], []))
    )


def _fit_by_source(code: Code, main: PythonFile, names: tuple[str, ...], model: Model, expected: Text) -> Verdict:
    fitting = [path for path in code.modules if _FITTING.search(code.files[path].source)]
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
        reproduce=here_document("fit_in_module", PATH=repr(main.path), MODELS=replacing_methods(model)),
        where=(Location(main.path),),
        basis=Basis.READ,
    )
