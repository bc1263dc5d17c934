"""The scores that the linter gives: to the code as it is, and as it was when it first came."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from checker.absences import NotDoneYet, UnavailableHere, VerdictInstead
from checker.course import Course
from checker.evidence.code import read_code
from checker.evidence.looked_into import looked_into
from checker.evidence.source import deepest_line, dotted, is_main_guard
from checker.evidence.student_runs import StudentRuns
from checker.facts.code import Code, PythonFile
from checker.facts.history import Commit, History
from checker.facts.lint import FileScore, FirstScore, LintScores, MessageGroup, Score
from checker.facts.running import End, Finished, Job, Limits, Tool
from checker.facts.tree import Entry, Tree
from checker.model import Failed, Json, Location, Unavailable, known, text

MAIN, MODULES = "main", "modules"
_MOST_COMMITS = 300
_LARGEST_SOURCE = 5_000_000
_PAST = ".past-{}/"
"""Where an earlier state lies beside the graded one: a name that nothing can import."""
_MOST_PADDING = 200
"""Nobody has so many constants in the code of this course, and hardly anything else."""
_MOST_GROUPS = 60
_ORDINARY = b'"""Say hello."""\n\nprint("hello")\n'
_MOST_PLACES = 20
_WEIGHTS = {"error": 5, "warning": 1, "refactor": 1, "convention": 1}
_MOST_STATEMENTS = 3
"""A main script with more statements than this, imports and docstrings aside, has work of its own."""
_RUNNING_NOTEBOOKS = ("run_cell", "execute_notebook", "ExecutePreprocessor", "NotebookClient")
_PROGRAMS = re.compile(r"python|jupyter|nbconvert|papermill|\.ipynb$")


_Target: TypeAlias = Mapping[str, Mapping[str, Any]]
"""What is said of the files of a group, by path."""


@dataclass(frozen=True, slots=True)
class _State:
    """One state of the repository, and some of its groups of files. ``commit`` is None for the state that is graded."""

    tree: Tree
    code: Code
    targets: Mapping[str, list[str]]
    commit: Commit | None = None


def lint_scores(
    tree: Tree, code: Code, course: Course, runs: StudentRuns, history: History | Unavailable | None
) -> LintScores:
    """The scores of the graded state, and of the first commit that had a main script, or modules, for comparison."""
    if code.main is None and not code.modules:
        raise NotDoneYet(text("There is no script and no module yet."))
    handed, hidden = handed_over(code)
    targets = {MAIN: [code.main, *handed] if code.main else [], MODULES: list(code.modules)}
    states = [_State(tree, code, targets), *_first_states(targets, course, known(history))]
    version, results = _lint(states, course, runs)
    now = results[0]
    wanted = course.lint.version
    if not version.startswith(f"{wanted}."):
        raise UnavailableHere(
            text("Pylint {version} is installed; the course asks for {wanted}.", version=version, wanted=wanted),
            text("Install pylint {wanted} beside the checker.", wanted=wanted),
        )
    return LintScores(
        version=version,
        main=_score(now[MAIN], code) if code.main else None,
        modules=_score(now[MODULES], code) if code.modules else None,
        handed=handed,
        hidden=hidden,
        first=MappingProxyType(_first_scores(states, results)),
    )


def own_names(code: Code, course: Course) -> frozenset[str]:
    """The import names that mean the project itself, those of forgotten modules included."""
    names = set(course.names.usual_modules) | {imported.package for imported in code.missing}
    for path in code.files:
        for root in code.roots:
            inner = path.removeprefix(f"{root}/") if root else path
            if not root or path.startswith(f"{root}/"):
                names.add(inner.partition("/")[0].removesuffix(".py"))
    return frozenset(names)


def _lint(states: Sequence[_State], course: Course, runs: StudentRuns) -> tuple[str, list[Mapping[str, _Target]]]:
    """The version of the linter and what it says of each target's files, state by state.

    All states are read in one run: what the linter infers of the libraries costs more than all else, and is the same.
    Where that does not come to its end, the graded state is read alone: what lies in the past must not cost it.
    """
    limits = Limits(seconds=2 * course.limits.other)
    while True:
        files: dict[str, bytes] = {}
        rounds: list[Json] = []
        for number, one in enumerate(states):
            folder = _PAST.format(number) if one.commit is not None else ""
            sources = [entry.path for entry in _sources(one.tree)]
            files |= {path: one.tree.read(source) for source in sources if (path := folder + source) not in files}
            rounds += _rounds(one, folder, sources, course)
        finished = runs.run(Job(tree=Tree.of(files), action=Tool("lint", {"rounds": rounds}), limits=limits))
        if finished.result is not None:
            result: Mapping[str, Any] = finished.result
            said = iter(result["rounds"])
            return (
                str(result["version"]),
                [{name: {path: next(said) for path in paths} for name, paths in one.targets.items()} for one in states],
            )
        graded = [one for one in states if one.commit is None]
        if len(graded) == len(states):
            raise _no_score(finished, limits, course, runs)
        states = graded


def _rounds(state: _State, folder: str, sources: list[str], course: Course) -> Iterator[Json]:
    """One for each file of each target, with all that what is said of it depends on."""
    own: list[Json] = [*sorted(own_names(state.code, course))]
    beside: list[Json] = [*sources]
    into = looked_into(state.tree, sources)
    for paths in state.targets.values():
        together: list[Json] = [*paths]
        for path in paths:
            read: list[Json] = [folder + source for source in sorted(into.get(path, sources))]
            yield {"root": folder, "paths": together, "only": path, "own": own, "beside": beside, "sources": read}


def _sources(tree: Tree) -> list[Entry]:
    """What the linter may read: sources, and nothing that could configure it."""
    return [entry for suffix in (".py", ".pyi") for entry in tree.files(suffix) if entry.size <= _LARGEST_SOURCE]


def _no_score(finished: Finished, limits: Limits, course: Course, runs: StudentRuns) -> Exception:
    """A linter that gives no score was led astray by what it read, unless it cannot read ordinary code either."""
    too_deep = finished.error is not None and finished.error.name in ("RecursionError", "MemoryError")
    if finished.end is End.EXIT and not too_deep and not _reads_ordinary_code(limits, course, runs):
        return RuntimeError(f"the linter gave no result: {finished.end} {finished.status} {finished.errors[-2000:]}")
    return VerdictInstead(
        Failed(
            expected=text("Pylint reads the code of the project within {seconds} seconds.", seconds=limits.seconds),
            actual=text("Pylint did not come to an end."),
            hint=text("Look for expressions that are nested very deeply or are very long, and write them simply."),
            reproduce="timeout 120 pylint --rcfile=/dev/null $(git ls-files '*.py')",
        ),
    )


def _reads_ordinary_code(limits: Limits, course: Course, runs: StudentRuns) -> bool:
    path = course.names.main
    payload: dict[str, Json] = {"rounds": [{"root": "", "paths": [path], "only": path, "own": []}]}
    job = Job(tree=Tree.of({path: _ORDINARY}), action=Tool("lint", payload), limits=limits)
    return runs.run(job).result is not None


def _score(target: _Target, code: Code) -> Score:
    """The score of one joint run: that of the sums."""
    read = {path: file for path, file in target.items() if file["problem"] is None}
    whole = {path: file for path, file in read.items() if not file["crashed"]}
    statements = sum(file["statements"] for file in read.values())
    padding = sum(_padding(code.files[path]) for path in whole)
    if padding <= max(_MOST_PADDING, statements / 2):
        padding = 0
    return Score(
        files=tuple(
            FileScore(path, _rounded(_value([file])), file["statements"]) for path, file in sorted(whole.items())
        ),
        value=_rounded(_without(_value(read.values()), statements, padding)),
        honoured=_rounded(_value(file["honoured"] for file in read.values())),
        statements=statements,
        groups=tuple(_groups(read.values(), statements)),
        pragmas=tuple(
            Location(place["path"], line=place["line"]) for file in read.values() for place in file["pragmas"]
        ),
        unreadable=tuple(
            (
                Location(path, line=problem["line"] or deepest_line(code.files[path])),
                text("{path} is not valid Python: {reason}.", path=path, reason=problem["message"][:200]),
            )
            for path, file in sorted(target.items())
            if (problem := file["problem"]) is not None
        ),
        left_out=tuple(sorted({name for file in read.values() for name in file["left_out"]})),
        crashed=tuple(
            Location(path, line=deepest_line(code.files[path]))
            for path, file in sorted(read.items())
            if file["crashed"]
        ),
        sound=all(file.get("sound", True) for file in read.values()),
        padding=padding,
    )


def _value(files: Iterable[Mapping[str, Any]]) -> float | None:
    """By pylint's own formula. None where there is no statement to judge."""
    statements, faults = 0, Counter[str]()
    for file in files:
        statements += file["statements"]
        faults.update(file["faults"])
    if not statements:
        return None
    if faults["fatal"]:
        return 0.0
    weighed = sum(_WEIGHTS.get(category, 0) * count for category, count in faults.items())
    return max(0.0, 10.0 - float(10.0 * weighed / statements))


def _padding(file: PythonFile) -> int:
    """Statements that do nothing but be statements: a constant, one given to a name, ``pass``."""
    return sum(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant))
        for node in (ast.walk(file.tree) if file.tree else ())
    )


def _without(score: float | None, statements: int, padding: int) -> float | None:
    """The score that the same faults make among the statements that do something."""
    if score is None or not padding:
        return score
    faults = (10.0 - score) / 10.0 * statements
    return max(0.0, 10.0 - 10.0 * faults / max(1, statements - padding))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _groups(files: Iterable[Mapping[str, Any]], statements: int) -> list[MessageGroup]:
    """The messages of all files by their kind, the dearest first."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for file in files:
        for group in file["groups"]:
            kinds.setdefault(group["symbol"], []).append(group)
    found = [_group(groups, statements) for groups in kinds.values()]
    dearest = sorted(found, key=lambda pair: (-pair[0], pair[1].symbol))[:_MOST_GROUPS]
    return [group for _, group in dearest]


def _group(groups: Sequence[Mapping[str, Any]], statements: int) -> tuple[float, MessageGroup]:
    first = groups[0]
    count = sum(group["count"] for group in groups)
    places = [place for group in groups for place in group["places"]][:_MOST_PLACES]
    cost = 10.0 * _WEIGHTS.get(first["category"], 0) * count / statements if statements else 0.0
    group = MessageGroup(
        symbol=first["symbol"],
        id=first["id"],
        count=count,
        cost=round(cost, 2),
        example=places[0]["text"],
        where=tuple(Location(place["path"], line=place["line"], column=place["column"]) for place in places),
        said=tuple(place["text"] for place in places),
    )
    return cost, group


def _first_states(targets: Mapping[str, list[str]], course: Course, history: History | None) -> Iterator[_State]:
    """The oldest commits of the student's own that had the files; one state where it is one commit."""
    if history is None or history.shallow:
        return
    left = {name for name, paths in targets.items() if paths}
    for commit in history.own[::-1][:_MOST_COMMITS]:
        if not left:
            break
        past = commit.tree()
        if not past.files(".py"):
            continue
        code = read_code(past, course, None)
        here = {MAIN: [code.main] if code.main else [], MODULES: [*code.modules, *code.unreached]}
        found = {name: paths for name, paths in here.items() if paths and name in left}
        if found:
            left -= found.keys()
            yield _State(past, code, found, commit)


def _first_scores(states: Sequence[_State], results: Sequence[Mapping[str, _Target]]) -> Mapping[str, FirstScore]:
    return {
        name: FirstScore(one.commit.short, value)
        for one, result in zip(states, results, strict=False)
        for name, target in result.items()
        if one.commit is not None
        and (value := _rounded(_value(file for file in target.values() if file["problem"] is None))) is not None
    }


def handed_over(code: Code) -> tuple[tuple[str, ...], tuple[Location, ...]]:
    """What a main script hands all its work to: modules of the project, and files that no linter reads.

    A main script with work of its own hands over nothing, whatever it imports.
    """
    main = code.main_file
    if main is None or main.tree is None:
        return (), ()
    work = list(_work(main.tree.body))
    hidden = tuple(
        Location(main.path, line=node.lineno)
        for statement in work
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and _executes(node) and not _started(node, code)
    )
    if len(work) > _MOST_STATEMENTS:
        return (), hidden
    calls = [node for statement in work for node in ast.walk(statement) if isinstance(node, ast.Call)]
    started = [path for call in calls for path in _started(call, code)]
    sources = _imported_functions(main, code)
    called = [sources[name] for call in calls if (name := _first_name(call.func)) in sources]
    if len(called) + len(started) != 1:
        return (), hidden
    return (*started, *called), hidden


def _work(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that do something, those of ``main()`` and of its guard included, one by one."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and is_main_guard(node)
        ):
            yield from _work(node.body)
        elif isinstance(node, ast.If | ast.With | ast.For | ast.While | ast.Try):
            yield node
            yield from _work(node.body)
        else:
            yield node


def _executes(call: ast.Call) -> bool:
    """Whether a call runs text as code: ``exec(open(…).read())``, ``runpy.run_path``, ``os.system("python …")``.

    A notebook that is started is such a text: the linter does not read it.
    """
    name = dotted(call.func)
    if name in ("exec", "eval", "builtins.exec"):
        return bool(call.args) and not isinstance(call.args[0], ast.Constant)
    if name.endswith(("run_path", "run_module", *_RUNNING_NOTEBOOKS)):
        return True
    starts = ("os.system", "os.popen", "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.Popen")
    return name in (*starts, "subprocess.check_output") and any(_PROGRAMS.search(word) for word in _said(call))


def _said(call: ast.Call) -> list[str]:
    """The strings that stand in a call; the running interpreter counts as ``python``."""
    words = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    interpreter = any(isinstance(node, ast.Attribute) and node.attr == "executable" for node in ast.walk(call))
    return [*words, "python"] if interpreter else words


def _started(call: ast.Call, code: Code) -> tuple[str, ...]:
    """The project's files whose path stands in a call that runs text as code."""
    if not _executes(call):
        return ()
    words = _said(call)
    return tuple(
        path
        for path in code.files
        if path != code.main
        and any(path in word or path.removesuffix(".py").replace("/", ".") in word.split() for word in words)
    )


def _imported_functions(main: PythonFile, code: Code) -> Mapping[str, str]:
    """The names that a script imports from modules of the project, with the module's path."""
    found: dict[str, str] = {}
    for imported in main.imports:
        for root in code.roots:
            base = f"{root}/" if root else ""
            for module, name in (
                (imported.module, imported.alias or imported.name or imported.package),
                (f"{imported.module}.{imported.name}", imported.alias or imported.name or ""),
            ):
                path = f"{base}{module.replace('.', '/')}.py"
                if path in code.files:
                    found.setdefault(name, path)
    return found


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


PROBES = (lint_scores,)
