"""Where main takes its data from: the gateway's log, the files that it opened, and the source."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping

from checker.course import Course
from checker.evidence.addresses import MOVED, address, moved, parts_of
from checker.evidence.program import main_job
from checker.evidence.student_runs import StudentRuns
from checker.evidence.tables import disk_tables, role_of
from checker.evidence.worlds import ordinary_world
from checker.facts.code import Code, PythonFile
from checker.facts.configuration import Following
from checker.facts.data_access import DataAccess, Parameters, Part, Place
from checker.facts.observation import Call, Observation
from checker.facts.program import MainRun
from checker.facts.running import Finished, Request
from checker.facts.tree import Tree
from checker.model import Json, Location

_CLIENTS = frozenset(
    {"s3fs", "boto3", "minio", "fsspec", "requests", "urllib", "httpx", "aiohttp", "urllib3", "duckdb"}
)
_ADDRESS = re.compile(r"\b(?:https?|s3a?)://", re.IGNORECASE)
_READING = re.compile(
    r"\bread_(csv|parquet|table|excel|feather|json)\b|\bscan_(csv|parquet)\b|\bopen\(|S3FileSystem|\bboto3\b|\bMinio\("
    r"|get_object|download_file|urlopen|urlretrieve|requests\.get|\.get\(|\.ls\(|\.glob\(|\bsql\("
)
_READERS = frozenset(
    {"read_csv", "read_parquet", "read_table", "read_excel", "read_feather", "read_json", "load_dataset"}
)
_OTHER_FILES = re.compile(r"\.(ya?ml|json|toml|ini|cfg|env|png|pkl|joblib)['\"]")
_GIT_HOST = re.compile(r"(^|\.)(raw\.githubusercontent\.com|github\.com|codeberg\.org|bitbucket\.org)$|git")


def data_access(tree: Tree, code: Code, course: Course, run: MainRun) -> DataAccess:
    """What the run of main read, and from where."""
    requested = tuple(_requested(run.finished.requests, course))
    disk = tuple(_from_disk(tree, course, run.observation))
    return DataAccess(
        requested=requested,
        disk=disk,
        succeeded=run.succeeded,
        broke=_broke(run.finished, requested),
        broke_at=run.finished.error.where if run.finished.error else run.finished.where,
        tracked=tuple(_tracked(tree, course, requested)),
        places=tuple(_places(code)),
    )


def _requested(requests: tuple[Request, ...], course: Course) -> Iterator[tuple[str, Request]]:
    for request in requests:
        role = role_of(request.path, course)
        if role is not None:
            yield role, request


def tables_asked(requests: tuple[Request, ...], course: Course) -> Mapping[str, frozenset[str]]:
    """The addresses at which each table was asked for, by role."""
    asked: dict[str, set[str]] = {}
    for role, request in _requested(requests, course):
        asked.setdefault(role, set()).add(address(request))
    return {role: frozenset(places) for role, places in asked.items()}


def _from_disk(
    tree: Tree, course: Course, observation: Observation | None
) -> Iterator[tuple[str, str, Location | None]]:
    """The tables that were opened: tracked ones, and those that are not there (the run then ends in it)."""
    if observation is None:
        return
    known = {table.path: table.role for table in disk_tables(tree, course)}
    written = {opened.path for opened in observation.opened if opened.writing}
    seen = [(one.path, one.where) for one in observation.opened if one.inside and not one.writing]
    seen += [(posixpath.normpath(one.source), one.where) for one in observation.reads if "://" not in one.source]
    told: set[str] = set()
    for path, where in seen:
        role = known.get(path) or role_of(path, course)
        if role is not None and path not in told and path not in written:
            told.add(path)
            yield ("train" if role == "data" else role), path, where


def _broke(finished: Finished, requested: tuple[tuple[str, Request], ...]) -> bool:
    """Whether a run that failed did so while it read data."""
    if finished.succeeded or finished.error is None:
        return False
    if requested and all(request.status >= 400 for _, request in requested):
        return True
    if not finished.error.frames:
        return False
    line = finished.error.frames[-1][1]
    said = f"{line} {finished.error.message}"
    return _READING.search(line) is not None and _OTHER_FILES.search(said) is None


def _tracked(tree: Tree, course: Course, requested: tuple[tuple[str, Request], ...]) -> Iterator[tuple[str, str]]:
    tables = [table.path for table in disk_tables(tree, course)]
    for _, request in requested:
        if _GIT_HOST.search(request.host):
            place = address(request)
            yield from ((place, path) for path in tables if place.endswith(f"/{path}"))


def _places(code: Code) -> Iterator[Place]:
    """The calls in the source that read data, and whether the file around them speaks of the network."""
    for file in code.project:
        if file.tree is None:
            continue
        remote = is_remote(file)
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in _READERS:
                    first = node.args[0] if node.args else None
                    constant = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
                    local = constant if constant is not None and not _ADDRESS.search(constant) else None
                    there = bool(constant and _ADDRESS.search(constant))
                    yield Place(
                        Location(file.path, line=node.lineno), remote=there or (remote and not local), local=local
                    )


def is_remote(file: PythonFile) -> bool:
    """Whether a file imports a client of the network or names an address."""
    if any(one.package in _CLIENTS or one.module.startswith("pyarrow.fs") for one in file.imports):
        return True
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and _ADDRESS.search(node.value)
        for node in ast.walk(file.tree or ast.Module([], []))
    )


def parameters(
    tree: Tree,
    code: Code,
    course: Course,
    run: MainRun,
    access: DataAccess,
    following: Following | None,
    runs: StudentRuns,
) -> Parameters:
    """Which parts of the address of each table move with an argument or with the configuration.

    All strings among the arguments of the project's functions that stand in an address are replaced at the call,
    in one run.
    """
    wanted = {role: found[-1] for role in ("train", "test") if (found := access.asked(role))}
    if not wanted:
        return Parameters(ran=False, written=tuple(_written_addresses(code)), loaders=tuple(_loaders(code)))
    names = frozenset(name for request in wanted.values() for name, _ in parts_of(request, course))
    rules, by = _rules(run.observation, names)
    asked: Mapping[str, frozenset[str]] = {}
    if rules:
        observe: dict[str, Json] = {"replace": rules, "tables": False}
        again = runs.run(main_job(tree, run.path, course, ordinary_world(course), observe=observe))
        asked = tables_asked(again.requests, course)
    parts: dict[str, tuple[Part, ...]] = {}
    for role, request in wanted.items():
        parts[role] = tuple(
            Part(
                name=name,
                kind=kind,
                moved_by=_mover(name, role, asked, by) or _by_configuration(name, role, following),
                written=tuple(_written(code, name)),
            )
            for name, kind in parts_of(request, course)
        )
    return Parameters(parts=parts, loaders=tuple(_loaders(code)), runs=1 if rules else 0)


def _rules(observation: Observation | None, names: frozenset[str]) -> tuple[list[Json], dict[str, str]]:
    """What is to be replaced at the calls, and by part of an address the argument that holds it."""
    rules: dict[tuple[str, str, str], dict[str, Json]] = {}
    by: dict[str, str] = {}
    for call in observation.calls if observation else ():
        for argument in call.arguments:
            if not isinstance(argument.value, str):
                continue
            held = names.intersection(argument.value.split("/"))
            if held:
                rules[(call.function.key, argument.name, argument.value)] = {
                    "function": call.function.key,
                    "argument": argument.name,
                    "path": list(argument.path),
                    "old": argument.value,
                    "value": moved(argument.value, names),
                }
                for name in held:
                    by.setdefault(name, _spoken(call, argument.name))
    return list(rules.values()), by


def _spoken(call: Call, argument: str) -> str:
    return f"{call.function.name}({argument})"


def _mover(name: str, role: str, asked: Mapping[str, frozenset[str]], by: Mapping[str, str]) -> str | None:
    """The argument that moves a part of the address of a table."""
    places = asked.get(role, frozenset()) | asked.get("data", frozenset())
    there = re.compile(rf"(?:^|/){re.escape(MOVED + name)}(?:/|\.|$)")
    return by.get(name) if any(there.search(place) for place in places) else None


def _by_configuration(name: str, role: str, following: Following | None) -> str | None:
    """The value of the configuration that moves a part of the address of a table."""
    for trial in following.trials if following else ():
        for place in trial.places.get(role, ()):
            if name not in re.split(r"[/.:]", place) and name not in place.split("/"):
                return f"{following.file}: {trial.leaf.key}" if following else None
    return None


def _written(code: Code, name: str) -> Iterator[Location]:
    """The constants that hold a part of an address: in modules inside of functions or as names of the module, else
    inside of functions of the main script. What is a default or an argument of the main script is not among them.
    """
    modules = [file for file in code.project if file.path != code.main]
    found = [place for file in modules for place in _constants(file, name, globally=True)]
    main = code.main_file
    yield from found or (_constants(main, name, globally=False) if main is not None else ())


def _constants(file: PythonFile, name: str, *, globally: bool) -> Iterator[Location]:
    statements: list[tuple[ast.stmt, ast.FunctionDef | ast.AsyncFunctionDef | None]] = [
        (inner, function) for function in _functions(file) for inner in function.body
    ]
    if globally and file.tree is not None:
        statements += [(node, None) for node in file.tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    for statement, function in statements:
        for node in ast.walk(statement):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if name in node.value.split("/") and not (function is not None and _is_docstring(node, function)):
                yield Location(file.path, line=node.lineno)


def _functions(file: PythonFile) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(file.tree) if file.tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _is_docstring(node: ast.Constant, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = function.body[0]
    return isinstance(first, ast.Expr) and first.value is node


def _written_addresses(code: Code) -> Iterator[Location]:
    """The constants inside of functions that are an address, or a path of folders to a table."""
    for file in code.project:
        for function in _functions(file):
            for statement in function.body:
                for node in ast.walk(statement):
                    if (
                        isinstance(node, ast.Constant)
                        and isinstance(node.value, str)
                        and not _is_docstring(node, function)
                        and re.search(r"^s3://\w|^https?://[^/]+/\w|^[\w.-]+/[\w./-]*\.(csv|parquet)\b", node.value)
                    ):
                        yield Location(file.path, line=node.lineno)


def _loaders(code: Code) -> Iterator[tuple[str, Location]]:
    """The functions that read a table, as far as their source tells."""
    for file in code.project:
        for function in _functions(file):
            called = {
                part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
                for part in ast.walk(function)
                if isinstance(part, ast.Call)
            }
            if called & _READERS:
                yield function.name, Location(file.path, line=function.lineno)


PROBES = (data_access, parameters)
