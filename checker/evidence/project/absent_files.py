"""The reasons why a run does not find a file, and the project with the course's data lent in its place.

Data that git ignores are on the disk of the program's author, and another check charges for them. So a run without them
goes on with the course's own data, with one result in the author's folder, in a clone, and in a class.
"""

from __future__ import annotations

import ast
import gzip
import posixpath
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from checker.course import Course
from checker.evidence.datasets.on_disk import role_of
from checker.evidence.datasets.served import ordinary_data, tables_by_role
from checker.evidence.project.code import notebook_paths, read_files
from checker.evidence.repository.ignore_rules import decisions
from checker.evidence.source.python import LARGEST, cell_trees, string_constants, string_of
from checker.evidence.text.json_text import TooManyValues, read_json
from checker.facts.absent_files import AbsentFile, FileCause
from checker.facts.code import called_name
from checker.facts.hygiene import Rule
from checker.facts.job import Finished, ServedData, StudentError
from checker.facts.table_roles import ANY, TRAIN
from checker.facts.tree import TooLarge, Tree, folders_above, path_from
from checker.model import Location
from checker.repository.repository import Repository

_NAMED = re.compile(r"['\"]([^'\"\n]{1,300})['\"]")
_OUTWARD = re.compile(r"^(?:/|~|[A-Za-z]:[\\/]|\w+://)")
_POINTER = b"version https://git-lfs.github.com/spec/"
_LARGEST_POINTER = 1_000
_MOST_NOTEBOOKS = 20
_LARGEST_NOTEBOOK = 20_000_000
_DATA = (".csv", ".tsv", ".csv.gz", ".parquet", ".feather", ".xlsx", ".xls")
_WRITING = frozenset(
    {
        "to_csv", "to_parquet", "to_feather", "to_pickle", "to_excel", "to_json", "write_csv", "write_parquet",
        "write_text", "write_bytes", "savetxt", "save", "dump", "urlretrieve", "download_file", "get_file", "copyfile",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lending:
    """The project with tables of the course at the paths that a run opened in vain, and the absent files."""

    tree: Tree
    files: tuple[AbsentFile, ...]


def absent_file(
    repository: Repository, tree: Tree, course: Course, finished: Finished, folder: str = ""
) -> AbsentFile | None:
    """The file whose absence ended a run started in *folder*; None where the reason for the absence is not known."""
    path = wanted_path(finished.error, folder)
    if path is None or path in tree:
        return None
    same_letters = next((entry for entry in tree.entries if entry.casefold() == path.casefold()), None)
    if same_letters is not None:
        return AbsentFile(path, FileCause.LETTER_CASE, there=same_letters)
    tables = tuple(_tables_at(path, course))
    rule = next((rule for place in tables or (path,) if (rule := _rule(repository, place)) is not None), None)
    held = (path, *reversed(folders_above(path)))
    pointer = next((candidate for place in held if (candidate := f"{place}.dvc") in tree), "")
    if pointer:
        return AbsentFile(path, FileCause.POINTER, there=pointer, rule=rule)
    reading = {place for place, _ in finished.error.frames} if finished.error is not None else set()
    makers = (place for place in _writers(tree, path.rpartition("/")[2]) if place not in reading)
    if maker := next(makers, None):
        return AbsentFile(path, FileCause.MADE, maker=maker, rule=rule)
    return AbsentFile(path, FileCause.IGNORED, rule=rule) if rule is not None else None


def lending(repository: Repository, tree: Tree, course: Course, finished: Finished, folder: str = "") -> Lending | None:
    """The tables that a failed run lacks for a reason that another check charges for, put in their place.

    None where it lacks none, or where nothing shows that the author has them.
    """
    served_data = ordinary_data(course)
    pointers = {
        path: content
        for path in _lfs_pointers(tree, course)
        if (content := _table(path, served_data, course)) is not None and finished.error is not None
    }
    if pointers:
        files = tuple(AbsentFile(path, FileCause.POINTER, there=path, lent=True) for path in pointers)
        return Lending(tree.with_(pointers), files)
    absent = absent_file(repository, tree, course, finished, folder)
    if absent is None or absent.cause is FileCause.LETTER_CASE:
        return None
    edits: dict[str, bytes | None] = {}
    if absent.cause is not FileCause.MADE and absent.path.lower().endswith(_DATA):
        with suppress(KeyError):  # a clone or a class run has no working folder
            edits[absent.path] = repository.ignored_file(absent.path)
    for path in _tables_at(absent.path, course):
        is_known = absent.cause is not FileCause.IGNORED or _rule(repository, path) is not None
        if path not in tree and is_known and (content := _table(path, served_data, course)) is not None:
            edits.setdefault(path, content)
    return Lending(tree.with_(edits), (replace(absent, lent=True),)) if edits else None


def wanted_path(error: StudentError | None, folder: str) -> str | None:
    """The path, from the root of the project, of the file that an error reports as not found; None outside of it."""
    if error is None or error.name.rpartition(".")[2] != "FileNotFoundError":
        return None
    paths = _NAMED.findall(error.message)
    if not paths or _OUTWARD.match(paths[-1]):
        return None
    return path_from(folder, paths[-1].replace("\\", "/")) or None


def _tables_at(path: str, course: Course) -> Iterator[str]:
    """The course's tables that *path* and its neighbouring reads denote; for a folder, the tables expected in it."""
    name = path.rpartition("/")[2]
    if role_of(path, course) is not None:
        yield path
        ending = name[name.index(".") :]
        stem = name.removesuffix(ending).lower()
        known = course.data.beginnings
        stems = [one for one in known if one != stem] if stem in known else []
        yield from (posixpath.join(posixpath.dirname(path), f"{stem_beside}{ending}") for stem_beside in stems)
    elif "." not in name:
        yield from (posixpath.join(path, f"{stem}.csv") for stem in course.data.beginnings)


def _table(path: str, served_data: ServedData, course: Course) -> bytes | None:
    """The course's table for a file of that name, in its format; None for formats other than text."""
    name = path.rpartition("/")[2].lower()
    role = role_of(path, course)
    alias_table = next((table for stem, table in served_data.named.items() if name.startswith(f"{stem}.")), None)
    if role is None:
        return None
    tables = tables_by_role(course, served_data)
    table = alias_table if alias_table is not None else tables[TRAIN if role == ANY else role]
    if name.endswith((".csv.gz", ".csv.gzip")):
        return gzip.compress(table, mtime=0)
    return table if name.endswith((".csv", ".txt", ".data")) else None


def _rule(repository: Repository, path: str) -> Rule | None:
    prefix = f"{repository.folder}/" if repository.folder else ""
    return decisions(repository.whole(), [prefix + path])[prefix + path]


def _lfs_pointers(tree: Tree, course: Course) -> Iterator[str]:
    """The paths of the course's tables whose content is a Git LFS pointer."""
    for path, entry in tree.entries.items():
        small = entry.is_file and len(_POINTER) < entry.size <= _LARGEST_POINTER
        if small and role_of(path, course) is not None and tree.read(path).startswith(_POINTER):
            yield path


def _writers(tree: Tree, name: str) -> Iterator[Location]:
    """The lines of the project's programs that write a file of that name."""
    for path, file in read_files(tree).items():
        if file.tree is not None and name in file.source:
            yield from (Location(path, line=line) for line in _writing_lines(file.tree, name))
    remaining = LARGEST
    for path in notebook_paths(tree)[:_MOST_NOTEBOOKS]:
        cells = tuple(cell if name in cell else "" for cell in _cells(tree, path))
        remaining -= sum(map(len, cells))
        for number, cell in cell_trees(cells if remaining > 0 else ()):
            yield from (Location(path, number, line) for line in _writing_lines(cell, name))


def _cells(tree: Tree, path: str) -> tuple[str, ...]:
    """The sources of the code cells of a notebook; empty for any other file."""
    try:
        cells = read_json(tree.read(path, limit=_LARGEST_NOTEBOOK))["cells"]
        return tuple("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (TooLarge, TooManyValues, KeyError, TypeError, ValueError, RecursionError):
        return ()


def _writing_lines(tree: ast.Module, name: str) -> Iterator[int]:
    """The lines of calls that write a file of that name, given in the call or by a variable."""
    variables = _named_paths(tree, name)
    telling: set[ast.AST] = set()
    for node in reversed([*ast.walk(tree)]):  # inner nodes before the nodes that hold them
        names_file = (
            _ends_with(string_of(node) or "", name)
            or (isinstance(node, ast.Name) and node.id in variables)
            or any(part in telling for part in ast.iter_child_nodes(node))
        )
        if names_file:
            telling.add(node)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node in telling:
            called = called_name(node)
            if called in _WRITING or (called == "open" and _for_writing(node)):
                yield node.lineno


def _named_paths(tree: ast.Module, name: str) -> frozenset[str]:
    """The variables to which a path to a file of that name is assigned."""
    assignments = (node for node in ast.walk(tree) if isinstance(node, ast.Assign))
    naming = (node for node in assignments if any(_ends_with(word, name) for word, _ in string_constants(node.value)))
    return frozenset(target.id for node in naming for target in node.targets if isinstance(target, ast.Name))


def _ends_with(value: str, name: str) -> bool:
    return value.replace("\\", "/").rpartition("/")[2] == name


def _for_writing(call: ast.Call) -> bool:
    modes = [*call.args[:2], *(word.value for word in call.keywords if word.arg == "mode")]
    return any(isinstance(mode, ast.Constant) and str(mode.value)[:1] in ("w", "a", "x") for mode in modes)
