"""The linter's scores: for the graded code, and for its first commit."""

from __future__ import annotations

import ast
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any, TypeAlias

from checker.absences import NotDoneYet, UnavailableHere, VerdictInstead
from checker.course import Course
from checker.evidence.packages.own_packages import own_packages
from checker.evidence.project.code import read_code
from checker.evidence.runs.student_runs import StudentRuns
from checker.evidence.source.lint_dependencies import lint_dependencies
from checker.evidence.source.padding import MOST, Padding, padding
from checker.evidence.source.python import deepest_line, dotted, is_main_guard, python_file, string_constants
from checker.facts.actions import Tool
from checker.facts.code import Code, PythonFile
from checker.facts.history import Commit, History
from checker.facts.job import End, Finished, Job, RunLimits
from checker.facts.lint import FileScore, FirstScore, LintScores, MessageGroup, Score, UnreachedScores
from checker.facts.linters import PYLINT
from checker.facts.main_script import MainRun
from checker.facts.tree import Tree, TreeEntry
from checker.model import Failed, Json, Location, Unavailable, known, text

MAIN, MODULES = "main", "modules"
_MOST_COMMITS = 300
_LARGEST_SOURCE = 5_000_000
_PAST = ".past-{}/"
"""The folder of an earlier state beside the graded one, with a name that cannot be imported."""
_MOST_GROUPS = 60
_LARGEST_TEXT = 200_000
_COMPILED = (".pyc", ".so", ".pyd")
_ORDINARY = b'"""Say hello."""\n\nprint("hello")\n'
_MOST_PLACES = 20
_WEIGHTS = {"error": 5, "warning": 1, "refactor": 1, "convention": 1}
_MOST_STATEMENTS = 3
"""The number of statements, without imports and docstrings, above which a main script has work of its own."""
_RUNNING_NOTEBOOKS = ("run_cell", "execute_notebook", "ExecutePreprocessor", "NotebookClient")
_STARTS = frozenset(
    {"os.system", "os.popen"}
    | {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")}
)
_INSTALLS = re.compile(r"(?:(?=\S*python)\S++ )?-m (?:pip|ensurepip)\b")
"""The first words of a call that installs packages and so executes no text of the project."""
_PROGRAMS = re.compile(r"python|jupyter|nbconvert|papermill|\.ipynb$")


_Target: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The linter's messages on the files of a group, by path."""


@dataclass(frozen=True, slots=True)
class _State:
    """One state of the repository, and some of its groups of files. ``commit`` is None for the graded state."""

    tree: Tree
    code: Code
    targets: Mapping[str, list[str]]
    commit: Commit | None = None


def lint_scores(
    tree: Tree, code: Code, course: Course, runs: StudentRuns, history: History | Unavailable | None
) -> LintScores:
    """The scores of the graded state, and of the first commit with a main script, or modules, for comparison."""
    if course.pylint is None:
        raise NotDoneYet(text("The course has no linter."))
    if code.main is None and not code.modules:
        raise NotDoneYet(text("There is no script and no module yet."))
    handed, hidden = handed_over(code)
    targets = {MAIN: [code.main, *handed] if code.main else [], MODULES: list(code.modules)}
    states = [_State(tree, code, targets), *_first_states(targets, course, known(history))]
    version, results = _lint(states, course, runs)
    now = results[0]
    asked_version = course.pylint.version
    if not version.startswith(f"{asked_version}."):
        raise UnavailableHere(
            text("Pylint {version} is installed; the course asks for {wanted}.", version=version, wanted=asked_version),
            text("Install pylint {wanted} beside the checker.", wanted=asked_version),
        )
    return LintScores(
        version=version,
        main=_score(now[MAIN], code) if code.main else None,
        modules=_score(now[MODULES], code) if code.modules else None,
        handed=handed,
        hidden=hidden,
        folders=own_packages(tree).folders,
        first=MappingProxyType(_first_scores(states, results)),
    )


def own_names(code: Code, course: Course) -> frozenset[str]:
    """The import names of the project itself, including those of forgotten modules."""
    names = set(course.names.usual_modules) | {imported.package for imported in code.missing}
    for path in code.files:
        for root in code.roots:
            inner = path.removeprefix(f"{root}/") if root else path
            if not root or path.startswith(f"{root}/"):
                names.add(inner.partition("/")[0].removesuffix(".py"))
    return frozenset(names)


def _lint(states: Sequence[_State], course: Course, runs: StudentRuns) -> tuple[str, list[Mapping[str, _Target]]]:
    """The version of the linter and its messages on each target's files, state by state.

    One run reads all states, because the linter's inference on the libraries costs most and is shared. Where that run
    fails, the graded state is read alone, so that an earlier state cannot cost the score.
    """
    limits = RunLimits(seconds=2 * course.limits.other)
    while True:
        files: dict[str, bytes] = {}
        rounds: list[Json] = []
        for number, state in enumerate(states):
            folder = _PAST.format(number) if state.commit is not None else ""
            sources = [entry.path for entry in _sources(state.tree)]
            files |= {path: state.tree.read(source) for source in sources if (path := folder + source) not in files}
            rounds += _rounds(state, folder, sources, course)
        finished = runs.run(Job(tree=Tree.of(files), action=Tool(PYLINT.inside, {"rounds": rounds}), limits=limits))
        if finished.result is not None:
            result: Mapping[str, Any] = finished.result
            results = iter(result["rounds"])
            return str(result["version"]), [
                {name: {path: next(results) for path in paths} for name, paths in state.targets.items()}
                for state in states
            ]
        graded = [state for state in states if state.commit is None]
        if len(graded) == len(states):
            raise _no_score(finished, limits, course, runs)
        states = graded


def _rounds(state: _State, folder: str, sources: list[str], course: Course) -> Iterator[Json]:
    """The rounds of the lint tool: one for each file of each target, with all files that its messages depend on."""
    project_names: list[Json] = [*sorted(own_names(state.code, course))]
    beside: list[Json] = [*sources]
    unread = [path for path in state.code.modules if state.code.files[path].tree is None]
    broken = {module for path in unread for module in _named(path, state.code)}
    absent: list[Json] = [*sorted({imported.module for imported in state.code.missing} | broken)]
    folders: list[Json] = [*own_packages(state.tree).folders]
    into = lint_dependencies(state.tree, sources)
    for paths in state.targets.values():
        together: list[Json] = [*paths]
        for path in paths:
            read: list[Json] = [folder + source for source in sorted(into.get(path, sources))]
            yield {
                "root": folder,
                "paths": together,
                "only": path,
                "own": project_names,
                "absent": absent,
                "folders": folders,
                "beside": beside,
                "sources": read,
            }


def _named(path: str, code: Code) -> Iterator[str]:
    """The names by which a module can be imported."""
    for root in code.roots:
        inner = path.removeprefix(f"{root}/") if root else path
        yield inner.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _sources(tree: Tree) -> list[TreeEntry]:
    """The sources for the linter, without files that could configure it."""
    return [entry for suffix in (".py", ".pyi") for entry in tree.files(suffix) if entry.size <= _LARGEST_SOURCE]


def _no_score(finished: Finished, limits: RunLimits, course: Course, runs: StudentRuns) -> Exception:
    """The exception for a linter without a score: the student's code stopped it, unless ordinary code stops it, too."""
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


def _reads_ordinary_code(limits: RunLimits, course: Course, runs: StudentRuns) -> bool:
    path = course.names.main
    payload: dict[str, Json] = {"rounds": [{"root": "", "paths": [path], "only": path, "own": []}]}
    job = Job(tree=Tree.of({path: _ORDINARY}), action=Tool(PYLINT.inside, payload), limits=limits)
    return runs.run(job).result is not None


def _score(target: _Target, code: Code) -> Score:
    """The score of one joint run, computed from the sums over its files."""
    read = {path: file for path, file in target.items() if file["problem"] is None}
    whole = {path: file for path, file in read.items() if not file["crashed"]}
    statements = sum(file["statements"] for file in read.values())
    padded = {path: padding(tree) for path in whole if (tree := code.files[path].tree) is not None}
    idle = sum(file_padding.statements for file_padding in padded.values())
    if idle <= max(MOST, statements / 2):
        idle = 0
    return Score(
        files=tuple(
            FileScore(path, _rounded(_value([file])), file["statements"]) for path, file in sorted(whole.items())
        ),
        value=_rounded(
            _value(_without(file, padded[path]) if idle and path in padded else file for path, file in read.items())
        ),
        honoured=_rounded(_value(file["honoured"] for file in read.values())),
        statements=statements,
        groups=tuple(_groups(read.values(), max(1, statements - idle) if idle else statements)),
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
        padding=idle,
    )


def _value(files: Iterable[Mapping[str, Any]]) -> float | None:
    """The score by pylint's own formula. None where there is no statement."""
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


def _without(file: Mapping[str, Any], padded: Padding) -> Mapping[str, Any]:
    """The linter's result for a file without its padding: neither the statements nor their messages count."""
    padded_messages = Counter(category for line, category in file["lines"] if line in padded.lines)
    faults = Counter(file["faults"])
    faults.subtract(padded_messages)
    return {"statements": max(1, file["statements"] - padded.statements), "faults": faults}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _groups(files: Iterable[Mapping[str, Any]], statements: int) -> list[MessageGroup]:
    """The messages of all files by their kind, the most expensive first."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for file in files:
        for group in file["groups"]:
            kinds.setdefault(group["symbol"], []).append(group)
    costed = [_group(groups, statements) for groups in kinds.values()]
    return [group for _, group in sorted(costed, key=lambda pair: (-pair[0], pair[1].symbol))[:_MOST_GROUPS]]


def _group(groups: Sequence[Mapping[str, Any]], statements: int) -> tuple[float, MessageGroup]:
    message = groups[0]
    count = sum(group["count"] for group in groups)
    places = [place for group in groups for place in group["places"]][:_MOST_PLACES]
    cost = 10.0 * _WEIGHTS.get(message["category"], 0) * count / statements if statements else 0.0
    group = MessageGroup(
        symbol=message["symbol"],
        id=message["id"],
        count=count,
        cost=round(cost, 2),
        example=places[0]["text"],
        where=tuple(Location(place["path"], line=place["line"], column=place["column"]) for place in places),
        texts=tuple(place["text"] for place in places),
    )
    return cost, group


def _first_states(targets: Mapping[str, list[str]], course: Course, history: History | None) -> Iterator[_State]:
    """The oldest of the student's commits that had the files; one state where it is one commit."""
    if history is None or history.shallow:
        return
    missing = {name for name, paths in targets.items() if paths}
    for commit in history.own[::-1][:_MOST_COMMITS]:
        if not missing:
            break
        past = commit.tree()
        if not past.files(".py"):
            continue
        code = read_code(past, course, None)
        files = {MAIN: [code.main] if code.main else [], MODULES: [*code.modules, *code.unreached]}
        present = {name: paths for name, paths in files.items() if paths and name in missing}
        if present:
            missing -= present.keys()
            yield _State(past, code, present, commit)


def _first_scores(states: Sequence[_State], results: Sequence[Mapping[str, _Target]]) -> Mapping[str, FirstScore]:
    return {
        name: FirstScore(state.commit.short, value)
        for state, result in zip(states, results, strict=False)
        for name, target in result.items()
        if state.commit is not None
        and (value := _rounded(_value(file for file in target.values() if file["problem"] is None))) is not None
    }


def handed_over(code: Code) -> tuple[tuple[str, ...], tuple[Location, ...]]:
    """The files to which a main script delegates all its work: modules of the project, and files that no linter reads.

    A main script with work of its own delegates nothing, whatever it imports.
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
    """The statements with an effect, one by one, including those of ``main()`` and of its guard."""
    for node in body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        opens = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_main_guard(node)
        if not opens and not is_text and not isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.If | ast.With | ast.For | ast.While | ast.Try):
            yield from _work(node.body)


def _executes(call: ast.Call) -> bool:
    """True where a call runs text as code: ``exec(open(…).read())``, ``runpy.run_path``, ``os.system("python …")``.

    Starting a notebook counts, too: the linter does not read it.
    """
    name = dotted(call.func)
    if name in ("exec", "eval", "builtins.exec"):
        return bool(call.args) and not isinstance(call.args[0], ast.Constant)
    if name.endswith(("run_path", "run_module", *_RUNNING_NOTEBOOKS)):
        return True
    if name not in _STARTS:
        return False
    constants = _words_in(call)
    return not _INSTALLS.match(" ".join(constants)) and any(_PROGRAMS.search(word) for word in constants)


def _words_in(call: ast.Call) -> list[str]:
    """The string constants in a call; the running interpreter counts as ``python``."""
    interpreter = any(isinstance(node, ast.Attribute) and node.attr == "executable" for node in ast.walk(call))
    return [*(word for word, _ in string_constants(call)), *(["python"] if interpreter else [])]


def _started(call: ast.Call, code: Code) -> tuple[str, ...]:
    """The project's files whose path is in a call that runs text as code."""
    if not _executes(call):
        return ()
    constants = _words_in(call)
    return tuple(
        path
        for path in code.files
        if path != code.main
        and any(path in word or path.removesuffix(".py").replace("/", ".") in word.split() for word in constants)
    )


def _imported_functions(main: PythonFile, code: Code) -> Mapping[str, str]:
    """The names that a script imports from modules of the project, with the module's path."""
    module_of: dict[str, str] = {}
    for imported, root in product(main.imports, code.roots):
        for module, name in (
            (imported.module, imported.alias or imported.name or imported.package),
            (f"{imported.module}.{imported.name}", imported.alias or imported.name or ""),
        ):
            path = posixpath.join(root, f"{module.replace('.', '/')}.py")
            if path in code.files:
                module_of.setdefault(name, path)
    return module_of


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def unreached_scores(
    tree: Tree, code: Code, course: Course, scores: LintScores, main: MainRun, runs: StudentRuns
) -> UnreachedScores:
    """The score of the modules together with the files that the main script loaded and no import reaches.

    ``importlib.import_module(name)``, ``runpy`` and ``exec(open(…).read())`` load such files. Raises NotDoneYet where
    there are none.
    """
    opened = (main.finished.observation or {}).get("files")
    names = {path for path in opened if isinstance(path, str)} if isinstance(opened, list) else set[str]()
    paths = sorted(path for path in names if path in tree and "__pycache__" not in path)
    reached = {code.main, *code.modules, *scores.handed}
    unreached = tuple(path for path in paths if path in code.files and path not in reached)
    texts = tuple(path for path in paths if path not in code.files and not scores.hidden and _holds_python(tree, path))
    compiled = tuple(path for path in paths if path.endswith(_COMPILED))
    if not unreached and not texts and not compiled:
        raise NotDoneYet(text("Nothing ran but the modules."))
    if not unreached:
        return UnreachedScores((), None, texts, compiled)
    _, results = _lint([_State(tree, code, {MODULES: [*code.modules, *unreached]})], course, runs)
    return UnreachedScores(unreached, _score(results[0][MODULES], code), texts, compiled)


def _holds_python(tree: Tree, path: str) -> bool:
    """True where a file without a Python suffix imports or defines something in Python."""
    content = tree.read_if_small(path, _LARGEST_TEXT) or b""
    parsed = python_file(path, content, newer=False).tree if b"import" in content or b"def " in content else None
    defining = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return parsed is not None and any(isinstance(node, defining) for node in parsed.body)


PROBES = (lint_scores, unreached_scores)
