"""The data locations of main, from the gateway's log, the files that it opened, and the source."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping

from checker.course import Course
from checker.evidence.datasets.on_disk import disk_tables, role_of
from checker.evidence.datasets.urls import MOVED, address, moved_url, url_parts
from checker.evidence.project.code import script_job
from checker.evidence.project.config_files import LARGEST, is_candidate
from checker.evidence.runs.student_runs import StudentRuns
from checker.evidence.source.python import string_constants, string_of, words_of
from checker.facts.code import Code, PythonFile, called_name
from checker.facts.configuration import ConfigurationEffect
from checker.facts.data_access import DataAccess, Parameters, Part, Place
from checker.facts.job import Finished, HttpRequest
from checker.facts.main_script import MainRun
from checker.facts.observation import Observation
from checker.facts.table_roles import ANY, TRAIN
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
_QUERIES = frozenset({"sql", "query", "execute", "read_sql"})
_LAZY_READERS = frozenset({"scan_csv", "scan_parquet", "read_csv_auto", "read_ipc", "scan_ipc"})
"""Readers of DuckDB and polars, with names that no other library uses."""
_TABLE_IN_SQL = re.compile(r"\bread_(?:csv|csv_auto|parquet|json)\s*+\(|\.(?:csv|parquet)\b", re.IGNORECASE)
_DATA_ADDRESS = re.compile(r"\b(?:https?|s3a?)://[^\s\"'?]++", re.IGNORECASE)
_TABLE = re.compile(r"\.(?:csv|parquet)(?:\.gz)?\Z", re.IGNORECASE)
_OTHER_FILES = re.compile(r"\.(ya?ml|json|toml|ini|cfg|env|png|pkl|joblib)['\"]")
_GIT_HOST = re.compile(r"(^|\.)(raw\.githubusercontent\.com|github\.com|codeberg\.org|bitbucket\.org)$|git")


def data_access(tree: Tree, code: Code, course: Course, run: MainRun) -> DataAccess:
    """The tables that the run of main read, and their locations."""
    requested = tuple(_requested(run.finished.requests, course))
    disk = tuple(_from_disk(tree, course, run.observation))
    return DataAccess(
        requested=requested,
        disk=disk,
        succeeded=run.succeeded,
        broke=_broke(run.finished, requested),
        broke_at=run.finished.error.where if run.finished.error else run.finished.where,
        tracked=tuple(_tracked(tree, course, requested)),
        places=tuple(_places(tree, code)),
    )


def _requested(requests: tuple[HttpRequest, ...], course: Course) -> Iterator[tuple[str, HttpRequest]]:
    for request in requests:
        role = role_of(request.path, course)
        if role is not None:
            yield role, request


def tables_asked(requests: tuple[HttpRequest, ...], course: Course) -> Mapping[str, frozenset[str]]:
    """The URLs at which each table was requested, by role."""
    addresses: dict[str, set[str]] = {}
    for role, request in _requested(requests, course):
        addresses.setdefault(role, set()).add(address(request))
    return {role: frozenset(places) for role, places in addresses.items()}


def _from_disk(
    tree: Tree, course: Course, observation: Observation | None
) -> Iterator[tuple[str, str, Location | None]]:
    """The tables that were opened: tracked ones, and absent ones (which end the run)."""
    if observation is None:
        return
    roles = {table.path: table.role for table in disk_tables(tree, course)}
    written = {opened.path for opened in observation.opened if opened.writing}
    seen = [(event.path, event.where) for event in observation.opened if event.inside and not event.writing]
    seen += [
        (posixpath.normpath(event.source), event.where) for event in observation.reads if "://" not in event.source
    ]
    reported: set[str] = set()
    for path, where in seen:
        role = roles.get(path) or role_of(path, course)
        if role is not None and path not in reported and path not in written:
            reported.add(path)
            yield (TRAIN if role == ANY else role), path, where


def _broke(finished: Finished, requested: tuple[tuple[str, HttpRequest], ...]) -> bool:
    """True where a run failed while it read data."""
    if finished.succeeded or finished.error is None:
        return False
    if requested and all(request.status >= 400 for _, request in requested):
        return True
    if not finished.error.frames:
        return False
    line = finished.error.frames[-1][1]
    context = f"{line} {finished.error.message}"
    return _READING.search(line) is not None and _OTHER_FILES.search(context) is None


def _tracked(tree: Tree, course: Course, requested: tuple[tuple[str, HttpRequest], ...]) -> Iterator[tuple[str, str]]:
    tables = [table.path for table in disk_tables(tree, course)]
    for _, request in requested:
        if _GIT_HOST.search(request.host):
            place = address(request)
            yield from ((place, path) for path in tables if place.endswith(f"/{path}"))


def _places(tree: Tree, code: Code) -> Iterator[Place]:
    """The calls in the source that read data, each with whether code or configuration reads it from the network."""
    addressed = any(_names_data(word) for file in code.project for word, _ in words_of(file))
    addressed = addressed or any(map(_names_data, _configurations(tree)))
    for file in code.project:
        if file.tree is None:
            addresses = (line for word, line in words_of(file) if _names_data(word))
            yield from (Place(Location(file.path, line=line), remote=True) for line in addresses)
            continue
        remote = addressed or is_remote(file)
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call) and (source := _source_of(node)) is not None:
                names_address = bool(_ADDRESS.search(source))
                local = source if source and not names_address else None
                where = Location(file.path, line=node.lineno)
                yield Place(where, remote=names_address or (remote and not local), local=local)


def _configurations(tree: Tree) -> Iterator[str]:
    """The texts of the configuration files at the root."""
    for path, entry in tree.entries.items():
        if "/" not in path and entry.is_file and entry.size <= LARGEST and is_candidate(path):
            yield tree.read(path).decode("utf-8", "replace")


def _source_of(call: ast.Call) -> str | None:
    """The location from which a call reads a table, if constants tell (empty: a variable); None for other calls."""
    name = called_name(call)
    source = call.args[0] if call.args else None
    if name in _READERS or name in _LAZY_READERS:
        return string_of(source) or ""
    if name not in _QUERIES or source is None:
        return None
    query = " ".join(word for word, _ in string_constants(source))
    if not _TABLE_IN_SQL.search(query):
        return None
    return next((word for word in re.findall(r"['\"]([^'\"\s]++)['\"]", query) if _TABLE.search(word)), "")


def _names_data(word: str) -> bool:
    """True where a text holds the URL of a table."""
    return any(_TABLE.search(address) for address in _DATA_ADDRESS.findall(word))


def is_remote(file: PythonFile) -> bool:
    """True where a file imports a network client or contains a URL."""
    if any(imported.package in _CLIENTS or imported.module.startswith("pyarrow.fs") for imported in file.imports):
        return True
    return any(_ADDRESS.search(word) for word, _ in string_constants(file.tree))


def parameters(
    tree: Tree,
    code: Code,
    course: Course,
    run: MainRun,
    access: DataAccess,
    effect: ConfigurationEffect | None,
    runs: StudentRuns,
) -> Parameters:
    """The parts of each table's URL that change with an argument or with the configuration.

    One run replaces, at the call, every string argument of the project's functions that is part of a URL.
    """
    requests: dict[str, HttpRequest] = {role: asked[-1] for role in course.data.roles if (asked := access.asked(role))}
    if not requests:
        return Parameters(ran=False, written=tuple(_written_addresses(code)), loaders=tuple(_loaders(code)))
    names = frozenset(name for request in requests.values() for name, _ in url_parts(request, course))
    rules, by = _rules(run.observation, names)
    changed: Mapping[str, frozenset[str]] = {}
    if rules:
        observe: dict[str, Json] = {"replace": rules, "tables": False}
        varied = runs.run(script_job(run.lent or tree, run.path, course, observe=observe))
        changed = tables_asked(varied.requests, course)
    parts = {
        role: tuple(
            Part(
                name=name,
                kind=kind,
                moved_by=_mover(name, role, changed, by) or _by_configuration(name, role, effect),
                written=tuple(_written(code, name)),
            )
            for name, kind in url_parts(request, course)
        )
        for role, request in requests.items()
    }
    return Parameters(parts=parts, loaders=tuple(_loaders(code)), runs=1 if rules else 0)


def _rules(observation: Observation | None, names: frozenset[str]) -> tuple[list[Json], dict[str, str]]:
    """The replacements at the calls, and for each part of a URL the argument that holds it."""
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
                    "value": moved_url(argument.value, names),
                }
                for name in held:
                    by.setdefault(name, f"{call.function.name}({argument.name})")
    return list(rules.values()), by


def _mover(name: str, role: str, requested: Mapping[str, frozenset[str]], by: Mapping[str, str]) -> str | None:
    """The argument that changes a part of a table's URL; None for none."""
    places = requested.get(role, frozenset()) | requested.get(ANY, frozenset())
    changed = re.compile(rf"(?:^|/){re.escape(MOVED + name)}(?:/|\.|$)")
    return by.get(name) if any(changed.search(place) for place in places) else None


def _by_configuration(name: str, role: str, effect: ConfigurationEffect | None) -> str | None:
    """The value of the configuration that changes a part of a table's URL; None for none."""
    if effect is None:
        return None
    for trial in effect.trials:
        for place in trial.places.get(role, ()):
            if name not in re.split(r"[/.:]", place) and name not in place.split("/"):
                return f"{effect.file}: {trial.leaf.key}"
    return None


def _written(code: Code, name: str) -> Iterator[Location]:
    """The constants that hold a part of a URL: in modules, inside functions or as global names, else inside functions
    of the main script. Defaults and arguments of the main script are left out.
    """
    modules = [file for file in code.project if file.path != code.main]
    places = [place for file in modules for place in _constants(file, name, globally=True)]
    main = code.main_file
    yield from places or (_constants(main, name, globally=False) if main is not None else ())


def _constants(file: PythonFile, name: str, *, globally: bool) -> Iterator[Location]:
    words = list(_words_in_functions(file))
    if globally and file.tree is not None:
        assignments = (node for node in file.tree.body if isinstance(node, ast.Assign | ast.AnnAssign))
        words += [word for node in assignments for word in string_constants(node)]
    yield from (Location(file.path, line=line) for word, line in words if name in word.split("/"))


def _functions(file: PythonFile) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(file.tree) if file.tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _words_in_functions(file: PythonFile) -> Iterator[tuple[str, int]]:
    """The string constants in the bodies of functions with their lines, without docstrings."""
    for function in _functions(file):
        is_documented = ast.get_docstring(function, clean=False) is not None
        for statement in function.body[is_documented:]:
            yield from string_constants(statement)


def _written_addresses(code: Code) -> Iterator[Location]:
    """The constants inside functions that are a URL, or a path with folders to a table."""
    for file in code.project:
        for word, line in _words_in_functions(file):
            if re.search(r"^s3://\w|^https?://[^/]+/\w|^[\w.-]+/[\w./-]*\.(csv|parquet)\b", word):
                yield Location(file.path, line=line)


def _loaders(code: Code) -> Iterator[tuple[str, Location]]:
    """The functions that read a table, as far as their source tells."""
    for file in code.project:
        for function in _functions(file):
            calls = (part for part in ast.walk(function) if isinstance(part, ast.Call))
            if any(_source_of(call) is not None for call in calls):
                yield function.name, Location(file.path, line=function.lineno)


PROBES = (data_access, parameters)
