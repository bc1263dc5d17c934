"""Why results that a main script computes reach no screen: the line, and the reason.

They are written to a file, drawn in a figure, logged below the level that is shown, or left as an expression.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checker.checks.pipeline_roles import MATRICES, SCORES
from checker.facts.code import Code, PythonFile, called_name
from checker.facts.main_script import MainRun
from checker.facts.observation import Observation
from checker.model import Location, Text, text

_OF_TEXT = (".log", ".txt", ".out", ".md", ".rst", ".html")
_FIGURES = frozenset(
    {"ConfusionMatrixDisplay", "from_estimator", "from_predictions", "plot_confusion_matrix", "heatmap", "matshow"}
)
_QUIET = frozenset({"info", "debug"})
_MEASURES = SCORES | MATRICES


@dataclass(frozen=True, slots=True)
class UnseenResult:
    """The reason for which a result is not seen, as a hint, and the place of it."""

    hint: Text
    where: Location | None = None


def unseen_result(run: MainRun, code: Code, *, score: bool, matrix: bool) -> UnseenResult:
    """Why the performance (*score*) or the *matrix* is not seen, or neither: those that are lacking are True."""
    seen = run.observation
    if seen is not None and score and matrix and (found := _written(seen, run.finished.output)):
        return found
    if matrix and (call := next(_calls(code, _FIGURES), None)):
        return UnseenResult(text("A figure is no print: beside it, write print(confusion_matrix(…))."), call)
    if score and matrix and (call := next(_logged(code), None)):
        return UnseenResult(
            text(
                "The level of the log hides this line: write logging.basicConfig(level=logging.INFO) at the start of "
                "{main}, or print.",
                main=run.path,
            ),
            call,
        )
    wanted = (SCORES if score else frozenset()) | (MATRICES if matrix else frozenset())
    if (expression := next(_expressions(code), None)) or seen is None:
        return UnseenResult(
            text("In a script an expression alone prints nothing: wrap score and matrix in print(…)."), expression
        )
    computed = next((one.where for one in seen.evaluations if one.what in wanted and one.where is not None), None)
    if computed is not None:
        return UnseenResult(text("This line computes it, and nothing shows it: print what it gives."), computed)
    return UnseenResult(text("Nothing computes it yet: call score and confusion_matrix, each within print(…)."))


def _written(seen: Observation, output: str) -> UnseenResult | None:
    """What is printed goes to a file, or nowhere."""
    files = [one for one in seen.opened if one.writing and one.inside]
    printed = next((one.where for one in seen.prints if one.where is not None), None)
    silenced = printed is not None and not output.strip()
    target = next((one for one in files if silenced or one.path.lower().endswith(_OF_TEXT)), None)
    if target is not None and (silenced or any(one.what in _MEASURES for one in seen.evaluations)):
        return UnseenResult(
            text("It is written to {file}, and nothing reaches the screen: print it there, too.", file=target.path),
            target.where,
        )
    if silenced:
        return UnseenResult(
            text("What print writes goes elsewhere, and nothing reaches the screen: leave sys.stdout as it is."),
            printed,
        )
    return None


def _calls(code: Code, names: frozenset[str]) -> Iterator[Location]:
    for file, node in _nodes(code):
        if isinstance(node, ast.Call) and called_name(node) in names:
            yield Location(file.path, line=node.lineno)


def _logged(code: Code) -> Iterator[Location]:
    """Calls of loggers of the standard library below the level that they show by default."""
    logging = {file.path for file in code.project if any(one.package == "logging" for one in file.imports)}
    for file, node in _nodes(code):
        if (
            file.path in logging
            and isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _QUIET
        ):
            yield Location(file.path, line=node.lineno)


def _expressions(code: Code) -> Iterator[Location]:
    """Measures, and names of values, that stand alone on their line."""
    for file, node in _nodes(code):
        if not isinstance(node, ast.Expr):
            continue
        measured = isinstance(node.value, ast.Call) and called_name(node.value) in _MEASURES
        if measured or isinstance(node.value, ast.Name | ast.Attribute):
            yield Location(file.path, line=node.lineno)


def _nodes(code: Code) -> Iterator[tuple[PythonFile, ast.AST]]:
    for file in code.project:
        for node in ast.walk(file.tree) if file.tree else ():
            yield file, node
