"""The reasons why a main script does nothing: detected in its run, and explained from its source.

A run is idle in which nothing was read, fitted, evaluated or requested, no function of a module was called, and no
other program was started. The source then gives the line.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.project.code import candidates
from checker.evidence.results.printed_results import parse_results
from checker.evidence.source.python import string_of, without_not
from checker.facts.code import Code, PythonFile
from checker.facts.job import Finished
from checker.facts.main_script import IdleMain, Idleness, MainSource
from checker.facts.observation import Holder, Observation
from checker.model import Location, text

_SHOWN = 80
_STARTED = {"__name__": "__main__"}
"""The values of names in a script that is started."""
_DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def main_source(code: Code, course: Course) -> MainSource:
    """The main script and whether it holds work; a script that cannot be parsed may hold some."""
    main = code.main_file
    if main is None:
        raise NotDoneYet(text("There is no {main} yet.", main=course.names.main))
    return MainSource(main.tree is None or not _reason(main, main.tree).holds_no_work)


def idle_main(code: Code, course: Course, finished: Finished, seen: Observation | None) -> IdleMain | None:
    """The reason why the main script did nothing in a successful run; None where it did something, or unknown."""
    main = code.main_file
    if main is None or main.tree is None or seen is None or not finished.succeeded or not _saw_nothing(finished, seen):
        return None
    idle = _reason(main, main.tree)
    printed = parse_results(finished, course)
    if idle.why is Idleness.UNEXPLAINED and seen.imports and (printed.scores or printed.matrices):
        return None  # a library that the observer does not cover may have done the work
    if idle.why in (Idleness.EMPTY, Idleness.PRINTING):
        others = (path for path in candidates(code, course.model) if path != code.main)
        return replace(idle, elsewhere=next(others, ""))
    return idle


def _saw_nothing(finished: Finished, seen: Observation) -> bool:
    work = (seen.reads, seen.splits, seen.fits, seen.evaluations, seen.connections, finished.requests)
    if any(work) or seen.started_others or seen.cut:
        return False
    called = any(function.holder is Holder.MODULE for function in seen.functions)
    return not called and all(opened.writing for opened in seen.opened)


def _reason(main: PythonFile, tree: ast.Module) -> IdleMain:
    functions = {node.name: node for node in tree.body if isinstance(node, _Function)}
    executed = list(_executed(tree.body))
    for node in executed:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) and node.value.id in functions:
            return IdleMain(Idleness.NAMED, _at(main, node), node.value.id)
    for node in tree.body:
        if isinstance(node, ast.If) and _truth(node.test) is False and not node.orelse:
            return IdleMain(Idleness.GUARD, _at(main, node), ast.unparse(node.test)[:_SHOWN])
    working = _working(functions)
    uncalled = [node for node in _unused(functions, tree) if node.name in working]
    if uncalled:
        chosen = next((node for node in uncalled if node.name == "main"), uncalled[-1])
        return IdleMain(Idleness.UNCALLED, _at(main, chosen), chosen.name)
    works, called = _work(executed, functions)
    if works or called & working:
        return IdleMain(Idleness.UNEXPLAINED, Location(main.path))
    printed = next(_printed_words(executed, functions), None)
    if printed is None:
        return IdleMain(Idleness.EMPTY, Location(main.path))
    return IdleMain(Idleness.PRINTING, _at(main, printed), str(printed.value)[:_SHOWN])


def _at(main: PythonFile, node: ast.stmt | ast.expr) -> Location:
    return Location(main.path, line=node.lineno)


def _executed(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that a start of the script runs, including those of open guards."""
    waiting = [*reversed(body)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and (open_ := _truth(node.test)) is not None:
            waiting += reversed(node.body if open_ else node.orelse)
        elif not isinstance(node, _DEFINING):
            yield node


def _truth(test: ast.expr) -> bool | None:
    """The value of a condition on ``__name__`` or on constants in a script that is started; None: unknown."""
    inner, negated = without_not(test)
    if isinstance(inner, ast.Constant):
        return bool(inner.value) != negated
    if not isinstance(inner, ast.Compare) or len(inner.ops) != 1:
        return None
    left_value, right_value = _value(inner.left), _value(inner.comparators[0])
    if left_value is None or right_value is None:
        return None
    if isinstance(inner.ops[0], ast.Eq | ast.Is):
        return (left_value == right_value) != negated
    if isinstance(inner.ops[0], ast.NotEq | ast.IsNot):
        return (left_value != right_value) != negated
    return None


def _value(node: ast.expr) -> str | None:
    return _STARTED.get(node.id) if isinstance(node, ast.Name) else string_of(node)


def _working(functions: dict[str, _Function]) -> set[str]:
    """The names of the functions that do more than print literal text, and of the functions that call them."""
    working: set[str] = set()
    callers: dict[str, list[str]] = {}
    for name, function in functions.items():
        works, called = _work(function.body, functions)
        if works:
            working.add(name)
        for callee in called:
            callers.setdefault(callee, []).append(name)
    waiting = [*working]
    while waiting:
        fresh = [name for name in callers.get(waiting.pop(), ()) if name not in working]
        working.update(fresh)
        waiting += fresh
    return working


def _work(body: list[ast.stmt], functions: dict[str, _Function]) -> tuple[bool, set[str]]:
    """True where statements do more than print literal text, and the functions that they call."""
    called: set[str] = set()
    for node in body:
        if isinstance(node, _DEFINING):
            continue
        if not isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return):
            return True, called
        for call in (part for part in ast.walk(node) if isinstance(part, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            if name in functions:
                called.add(name)
            elif name != "print" or any(not isinstance(value, ast.Constant) for value in call.args):
                return True, called
    return False, called


def _printed_words(executed: list[ast.stmt], functions: dict[str, _Function]) -> Iterator[ast.Constant]:
    """The constants that are printed, in the script itself and in its functions."""
    for node in (*executed, *functions.values()):
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "print":
                yield from (value for value in part.args if isinstance(value, ast.Constant))


def _unused(functions: dict[str, _Function], tree: ast.Module) -> Iterator[_Function]:
    """The functions whose name is not read outside of them and that have no decorator, which could register them."""
    read = Counter(part.id for part in ast.walk(tree) if isinstance(part, ast.Name))
    for name, function in functions.items():
        inside = sum(isinstance(part, ast.Name) and part.id == name for part in ast.walk(function))
        if not function.decorator_list and read[name] == inside:
            yield function


PROBES = (main_source,)
