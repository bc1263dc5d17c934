"""Which Python files a project has, and the part that each of them plays."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from checker.course import Course
from checker.evidence.distributions import STANDARD
from checker.evidence.installed import providers
from checker.evidence.source import (
    cell_imports,
    cell_trees,
    dotted,
    is_main_guard,
    python_file,
    scripts_run,
    too_large,
)
from checker.evidence.worlds import ordinary_world
from checker.facts.code import Code, ImportedName, PythonFile
from checker.facts.notebook import NotebookFile
from checker.facts.observation import observation_of
from checker.facts.running import Job, Limits, Script
from checker.facts.tree import TooLarge, Tree
from checker.sandbox.base import Sandbox

_MOST_FILES = 2_000
"""More files than any project of the course has: beyond it, a repository holds something else than a project."""
_LARGEST_READ = 5_000_000
_APART = frozenset({"notebooks", "notebook", "tests", "test", "docs", "doc", "pages"})
_MOST_CANDIDATES = 4
_TESTS = frozenset({"tests", "notebooks"})
_NO_MODULES = frozenset({"setup.py", "conftest.py"})
_APPLICATIONS = frozenset({"application.py", "app.py", "streamlit_app.py"})
_ADDING = frozenset({"sys.path.insert", "sys.path.append", "sys.path.extend", "path.insert", "path.append", "os.chdir"})
_STREAMLIT = "streamlit"


def environment_folders(tree: Tree) -> frozenset[str]:
    """The folders of virtual environments: where a ``pyvenv.cfg`` lies."""
    return frozenset(path.rpartition("/")[0] for path in tree.entries if path.endswith("/pyvenv.cfg"))


def own_python_files(tree: Tree) -> tuple[str, ...]:
    """The paths of all ``.py`` files that are no part of an installed environment."""
    environments = environment_folders(tree)

    def own(path: str) -> bool:
        parts = path.split("/")
        if "site-packages" in parts or "dist-packages" in parts or "node_modules" in parts:
            return False
        return not any("/".join(parts[:depth]) in environments for depth in range(1, len(parts)))

    paths = sorted((entry.path for entry in tree.files(".py") if own(entry.path)), key=lambda p: (p.count("/"), p))
    return tuple(sorted(paths[:_MOST_FILES]))


def read_files(tree: Tree) -> Mapping[str, PythonFile]:
    """The project's ``.py`` files, parsed where that is possible."""
    files: dict[str, PythonFile] = {}
    for path in own_python_files(tree):
        try:
            files[path] = python_file(path, tree.read(path, limit=_LARGEST_READ))
        except TooLarge:
            files[path] = too_large(path, tree.entries[path].size)
    return MappingProxyType(files)


@dataclass(frozen=True, slots=True)
class Resolver:
    """Finds the file that an import means, by the folders from which imports are resolved."""

    files: Mapping[str, PythonFile]
    roots: tuple[str, ...]
    folders: frozenset[str]
    """Every folder that holds a ``.py`` file at some depth: a package, with or without ``__init__.py``."""

    @classmethod
    def of(cls, files: Mapping[str, PythonFile], roots: Iterable[str]) -> Resolver:
        folders = {str(parent) for path in files for parent in PurePosixPath(path).parents if str(parent) != "."}
        return cls(files, tuple(dict.fromkeys(roots)), frozenset(folders))

    def file(self, module: str) -> str | None:
        """The path of a module of that absolute name."""
        for root in self.roots:
            base = _join(root, module.replace(".", "/"))
            for candidate in (f"{base}.py", f"{base}/__init__.py"):
                if candidate in self.files:
                    return candidate
        return None

    def is_folder(self, module: str) -> bool:
        return any(_join(root, module.replace(".", "/")) in self.folders for root in self.roots)

    def is_local(self, module: str) -> bool:
        """Whether a name means something of the project."""
        return self.file(module) is not None or self.is_folder(module)

    def reached(self, imported: ImportedName) -> Iterator[str]:
        """The files that an import runs: packages on the way, the module, and the sub-module that a name may be."""
        parts = imported.module.split(".") if imported.module else []
        for depth in range(1, len(parts) + 1):
            path = self.file(".".join(parts[:depth]))
            if path is not None:
                yield path
        if imported.name and imported.name != "*":
            path = self.file(".".join([*parts, imported.name]))
            if path is not None:
                yield path

    def lacks(self, imported: ImportedName, usual: frozenset[str]) -> bool:
        """Whether an import asks for a module of the project that is not in the repository.

        *usual* are names of modules of which no library of this course has one.
        """
        module, name = imported.module, imported.name
        if not module or imported.guarded:
            return False
        from_package = name not in (None, "*") and not self.is_local(f"{module}.{name}")
        if path := self.file(module):
            return from_package and path.endswith("/__init__.py") and not _binds(self.files[path], name or "")
        if self.file(imported.package) is None and is_known(imported.package):
            return False
        if self.is_folder(module):
            return from_package
        if self.is_folder(imported.package):
            return True
        return self.file(imported.package) is None and imported.package in usual


def _binds(file: PythonFile, name: str) -> bool:
    """Whether the top level of a package's own file may give *name*."""
    if file.tree is None or any(imported.name == "*" for imported in file.imports):
        return True
    bound: set[str] = set()
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name.partition(".")[0])
    return name in bound or "__getattr__" in bound


def is_known(package: str) -> bool:
    """Whether an import name belongs to Python itself or to a library of this machine."""
    return package in STANDARD or package in providers()


def _join(root: str, path: str) -> str:
    return f"{root}/{path}" if root else path


def search_roots(
    tree: Tree,
    files: Mapping[str, PythonFile],
    notebook: NotebookFile | None,
) -> tuple[str, ...]:
    """The folders from which imports are resolved: the root first, then what code and notebook put on the path."""
    roots = [""]
    for path, file in files.items():
        if file.tree is not None:
            roots += _path_additions(file.tree, path.rpartition("/")[0])
    if notebook is not None:
        for _, cell in cell_trees(notebook.cells):
            roots += _path_additions(cell, notebook.folder)
        roots.append(notebook.folder)
    if any(name in tree for name in ("setup.py", "setup.cfg", "pyproject.toml")):
        roots.append("src")
    return tuple(dict.fromkeys(roots))


def _path_additions(tree: ast.Module, folder: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and dotted(node.func) in _ADDING:
            yield from _places(node, folder)


def _places(call: ast.Call, folder: str) -> Iterator[str]:
    """The folders inside the project that the arguments of *call* may mean, read from the constants in them."""
    for argument in call.args:
        words = [
            node.value
            for node in ast.walk(argument)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value
        ]
        up = sum(
            (isinstance(node, ast.Attribute) and node.attr in ("parent", "pardir"))
            or (isinstance(node, ast.Call) and dotted(node.func).endswith("dirname"))
            for node in ast.walk(argument)
        )
        from_file = any(isinstance(node, ast.Name) and node.id == "__file__" for node in ast.walk(argument))
        if not words and not up:
            continue
        # From ``__file__`` the first step up leaves the file itself.
        parts = [".."] * (up - 1 if from_file and up else up) + words
        place = _normal(folder, parts)
        if place is not None:
            yield place


def _normal(folder: str, parts: list[str]) -> str | None:
    """The folder reached from *folder* by *parts*, or None where it lies outside of the project."""
    steps = folder.split("/") if folder else []
    for part in "/".join(parts).split("/"):
        if part == "..":
            if not steps:
                return None
            steps.pop()
        elif part not in ("", "."):
            steps.append(part)
    return "/".join(steps)


def reach(resolver: Resolver, files: Mapping[str, PythonFile], starts: Iterable[ImportedName]) -> frozenset[str]:
    """All files that *starts* run, directly or by what these import in turn."""
    found: set[str] = set()
    waiting = [path for imported in starts for path in resolver.reached(imported)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [inner for imported in files[path].imports for inner in resolver.reached(imported)]
    return frozenset(found)


def read_code(tree: Tree, course: Course, notebook: NotebookFile | None, main: str | None = None) -> Code:
    """The code of one state of a submission. *main* is the substitute of the main script, where one was found."""
    files = read_files(tree)
    script = course.names.main if course.names.main in files else main
    roots = search_roots(tree, files, notebook)
    if script is not None and "/" in script:
        roots = (*roots, script.rpartition("/")[0])
    resolver = Resolver.of(files, roots)
    from_notebook = cell_imports(notebook.path, notebook.cells) if notebook else ()
    by_main = reach(resolver, files, files[script].imports) if script else frozenset()
    by_notebook = reach(resolver, files, from_notebook) | _started(files, notebook, resolver)
    modules = tuple(
        path
        for path in files
        if path != script and (path in by_main or (path in by_notebook and _may_be_module(path, files)))
    )
    unreached = tuple(path for path in files if path not in modules and path != script and _may_be_module(path, files))
    project = [files[path] for path in (*((script,) if script else ()), *modules)]
    asked = [*(imported for file in project for imported in file.imports), *from_notebook]
    usual = frozenset(course.names.usual_modules)
    missing = tuple(imported for imported in asked if resolver.lacks(imported, usual))
    return Code(
        files=files,
        main=script,
        substitute=script is not None and script != course.names.main,
        modules=modules,
        unreached=unreached,
        missing=missing,
        roots=roots,
    )


def _started(files: Mapping[str, PythonFile], notebook: NotebookFile | None, resolver: Resolver) -> frozenset[str]:
    """What the notebook reaches by ``%run``."""
    if notebook is None:
        return frozenset()
    places = (_normal(notebook.folder, [script]) for script in scripts_run(notebook.cells))
    started = frozenset(place for place in places if place is not None and place in files)
    return started | reach(resolver, files, (i for path in started for i in files[path].imports))


def _may_be_module(path: str, files: Mapping[str, PythonFile]) -> bool:
    parts = path.split("/")
    if parts[-1] in _NO_MODULES or parts[0] in _APART or _TESTS.intersection(parts[:-1]):
        return False
    return not (len(parts) == 1 and is_application(files[path]))


def is_application(file: PythonFile) -> bool:
    """Whether a script at the root is what a visitor's browser talks to."""
    return file.path in _APPLICATIONS or any(imported.package == _STREAMLIT for imported in file.imports)


def candidates(code: Code) -> tuple[str, ...]:
    """The scripts that may play the main script's part: nothing imports them, and they do something when started."""
    resolver = Resolver.of(code.files, code.roots)
    imported = set(code.modules) | {
        path
        for file in code.files.values()
        for name in file.imports
        for path in resolver.reached(name)
        if path != file.path
    }
    return tuple(
        path
        for path, file in code.files.items()
        if path not in imported and _may_be_module(path, code.files) and _works(file) and _speaks_of_forest(path, code)
    )


def _works(file: PythonFile) -> bool:
    """Whether a file does more than define things when it is started."""
    if file.tree is None:
        return bool(re.search(r"^(?:if\s+__name__|\w+\(|print\()", file.source, re.MULTILINE))
    passive = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return any(
        is_main_guard(node) or any(isinstance(part, ast.Call) for part in ast.walk(node))
        for node in file.tree.body
        if not isinstance(node, passive)
    )


def _speaks_of_forest(path: str, code: Code) -> bool:
    resolver = Resolver.of(code.files, (*code.roots, path.rpartition("/")[0]))
    reached = reach(resolver, code.files, code.files[path].imports) | {path}
    return any("fit" in code.files[one].source and "Forest" in code.files[one].source for one in reached)


def code(tree: Tree, course: Course, notebook: NotebookFile | None, sandbox: Sandbox) -> Code:
    """The code of the graded state. Where no file has the name of the main script, the one that plays its part."""
    found = read_code(tree, course, notebook)
    if found.main is not None:
        return found
    path = _substitute(tree, candidates(found), course, sandbox)
    return found if path is None else read_code(tree, course, notebook, main=path)


def _substitute(tree: Tree, scripts: tuple[str, ...], course: Course, sandbox: Sandbox) -> str | None:
    """The script that fits the forest when it is run. The only candidate is also taken where it does not get so far."""
    if sandbox.kind == "none" and len(scripts) == 1:
        return scripts[0]  # nothing may run: it is taken as it would be where its run fails
    for path in scripts[:_MOST_CANDIDATES]:
        finished = sandbox.run(
            Job(
                tree=tree,
                action=Script(path),
                variables=course.data.variables,
                world=ordinary_world(course),
                limits=Limits(seconds=course.limits.main),
                observe={},
            ),
        )
        observation = observation_of(finished.observation)
        if observation is not None and observation.fits:
            return path
        if len(scripts) == 1 and not finished.succeeded:
            return path
    return None


PROBES = (code,)
