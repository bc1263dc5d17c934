"""The Python files of a project, and the part that each of them plays."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from checker.course import Course, Model
from checker.environment_folders import own_paths
from checker.evidence.datasets.served import ordinary_data
from checker.evidence.packages.distributions import STANDARD
from checker.evidence.packages.installed import providers
from checker.evidence.packages.own_packages import own_packages
from checker.evidence.source.paired_script import is_paired
from checker.evidence.source.python import (
    cell_imports,
    cell_trees,
    dotted,
    is_main_guard,
    python_file,
    scripts_run,
    string_constants,
    too_large,
)
from checker.facts.absent_modules import AbsentModules
from checker.facts.actions import Script
from checker.facts.code import Code, ImportedName, PythonFile
from checker.facts.job import Job, RunLimits, ServedData
from checker.facts.notebook import NotebookFile
from checker.facts.observation import observation_of
from checker.facts.tree import Kind, TooLarge, Tree, path_from
from checker.model import Json
from checker.sandbox.base import Sandbox

_MOST_FILES = 2_000
"""The maximum number of files: a larger repository holds something else than a project of the course."""
_LARGEST_READ = 5_000_000
_MOST_BROKEN = 20
"""The maximum number of unparsable files for which newer versions of Python are tried."""
_APART = frozenset({"notebooks", "notebook", "tests", "test", "docs", "doc", "pages"})
_MOST_CANDIDATES = 4
_TESTS = frozenset({"tests", "notebooks"})
_NO_MODULES = frozenset({"setup.py", "conftest.py"})
_APPLICATIONS = frozenset({"application.py", "app.py", "streamlit_app.py"})
_ADDING = frozenset({"sys.path.insert", "sys.path.append", "sys.path.extend", "path.insert", "path.append", "os.chdir"})
_STREAMLIT = "streamlit"


def own_python_files(tree: Tree) -> tuple[str, ...]:
    """The paths of all ``.py`` files outside of installed environments."""
    paths = own_paths((entry.path for entry in tree.files(".py")), tree.entries)
    return tuple(sorted(sorted(paths, key=lambda path: (path.count("/"), path))[:_MOST_FILES]))


def notebook_paths(tree: Tree) -> tuple[str, ...]:
    """All notebooks, without checkpoints and installed environments, by path."""
    paths = (entry.path for entry in tree.files(".ipynb") if ".ipynb_checkpoints" not in entry.path.split("/")[:-1])
    return tuple(own_paths(paths, tree.entries))


def read_files(tree: Tree) -> Mapping[str, PythonFile]:
    """The project's ``.py`` files, parsed where that is possible."""
    files: dict[str, PythonFile] = {}
    broken = 0
    for path in own_python_files(tree):
        try:
            files[path] = python_file(path, tree.read(path, limit=_LARGEST_READ), newer=broken < _MOST_BROKEN)
        except TooLarge:
            files[path] = too_large(path, tree.entries[path].size)
        broken += files[path].tree is None
    return MappingProxyType(files)


@dataclass(frozen=True, slots=True)
class Resolver:
    """Finds the file that an import denotes, by the folders from which imports are resolved."""

    files: Mapping[str, PythonFile]
    roots: tuple[str, ...]
    folders: frozenset[str]
    """Every folder with a ``.py`` file at any depth: a package, with or without ``__init__.py``."""

    @classmethod
    def of(cls, files: Mapping[str, PythonFile], roots: Iterable[str], nested: Iterable[str] = ()) -> Resolver:
        """The resolver of *files*; *nested* are nested repositories, whose files are not known."""
        folders = {*nested} | {
            str(parent) for path in files for parent in PurePosixPath(path).parents if str(parent) != "."
        }
        return cls(files, tuple(dict.fromkeys(roots)), frozenset(folders))

    def file(self, module: str) -> str | None:
        """The path of the module with that absolute name; None for none."""
        for root in self.roots:
            base = _join(root, module.replace(".", "/"))
            for candidate in (f"{base}.py", f"{base}/__init__.py"):
                if candidate in self.files:
                    return candidate
        return None

    def is_folder(self, module: str) -> bool:
        return any(_join(root, module.replace(".", "/")) in self.folders for root in self.roots)

    def is_local(self, module: str) -> bool:
        """True where a name denotes something of the project."""
        return self.file(module) is not None or self.is_folder(module)

    def reached(self, imported: ImportedName) -> Iterator[str]:
        """The files that an import runs: the packages above the module, the module, and the sub-module that a name may
        be.
        """
        parts = imported.module.split(".") if imported.module else []
        modules = [".".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        if imported.name and imported.name != "*":
            modules.append(".".join([*parts, imported.name]))
        yield from (path for module in modules if (path := self.file(module)) is not None)

    def lacks(self, imported: ImportedName, usual: frozenset[str]) -> bool:
        """True where an import asks for a module of the project that is not in the repository.

        *usual* are module names that no library of this course has.
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
    """True where the top level of a package's ``__init__.py`` may define *name*."""
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
    """True where an import name belongs to the standard library or to an installed library."""
    return package in STANDARD or package in providers()


def _join(root: str, path: str) -> str:
    return f"{root}/{path}" if root else path


def search_roots(tree: Tree, files: Mapping[str, PythonFile], notebook: NotebookFile | None) -> tuple[str, ...]:
    """The folders from which imports are resolved: the root, then those that code and notebook add to the path."""
    roots = [""]
    for path, file in files.items():
        if file.tree is not None:
            roots += _path_additions(file.tree, path.rpartition("/")[0])
    if notebook is not None:
        for _, cell in cell_trees(notebook.cells):
            roots += _path_additions(cell, notebook.folder)
        roots.append(notebook.folder)
    roots += own_packages(tree).folders
    return tuple(dict.fromkeys(roots))


def _path_additions(tree: ast.Module, folder: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and dotted(node.func) in _ADDING:
            yield from _places(node, folder)


def _places(call: ast.Call, folder: str) -> Iterator[str]:
    """The folders inside the project that the arguments of *call* may denote, from the constants in them."""
    for argument in call.args:
        segments = [word for word, _ in string_constants(argument) if word]
        up = sum(
            (isinstance(node, ast.Attribute) and node.attr in ("parent", "pardir"))
            or (isinstance(node, ast.Call) and dotted(node.func).endswith("dirname"))
            for node in ast.walk(argument)
        )
        from_file = any(isinstance(node, ast.Name) and node.id == "__file__" for node in ast.walk(argument))
        if not segments and not up:
            continue
        # The first step up from ``__file__`` gives the folder of the file.
        parts = [".."] * (up - 1 if from_file and up else up) + segments
        place = path_from(folder, "/".join([".", *parts]))
        if place is not None:
            yield place


def reach(resolver: Resolver, files: Mapping[str, PythonFile], starts: Iterable[ImportedName]) -> frozenset[str]:
    """All files that *starts* run, directly or through further imports."""
    reached: set[str] = set()
    waiting = [path for imported in starts for path in resolver.reached(imported)]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += [inner for imported in files[path].imports for inner in resolver.reached(imported)]
    return frozenset(reached)


def read_code(
    tree: Tree,
    course: Course,
    notebook: NotebookFile | None,
    main: str | None = None,
    absent: AbsentModules | None = None,
) -> Code:
    """The code of one state of a submission. *main* is the substitute of the main script, where there is one.

    *absent* gives the reasons for modules that main fails to import.
    """
    files = read_files(tree)
    script = course.names.main_among(files) or main
    roots = search_roots(tree, files, notebook)
    if script is not None and "/" in script:
        roots = (*roots, script.rpartition("/")[0])
    nested = [path for path, entry in tree.entries.items() if entry.kind is Kind.SUBMODULE]
    resolver = Resolver.of(files, roots, nested)
    from_notebook = cell_imports(notebook.path, notebook.cells) if notebook else ()
    by_main = reach(resolver, files, files[script].imports) if script else frozenset()
    by_notebook = reach(resolver, files, from_notebook) | _started(files, notebook, resolver)
    modules = tuple(
        path
        for path in files
        if path != script and (path in by_main or (path in by_notebook and may_be_module(path, files)))
    )
    unreached = tuple(path for path in files if path not in modules and path != script and may_be_module(path, files))
    project = [files[path] for path in (*((script,) if script else ()), *modules)]
    imports = [*(imported for file in project for imported in file.imports), *from_notebook]
    usual = frozenset(course.names.usual_modules)
    missing = tuple(imported for imported in imports if resolver.lacks(imported, usual))
    explained = {one.imported.where for one in absent.modules} if absent is not None else set()
    return Code(
        files=files,
        main=script,
        substitute=script is not None and script not in course.names.scripts,
        modules=modules,
        unreached=unreached,
        missing=missing,
        roots=roots,
        explained=tuple(imported for imported in missing if imported.where in explained),
    )


def _started(files: Mapping[str, PythonFile], notebook: NotebookFile | None, resolver: Resolver) -> frozenset[str]:
    """The files that the notebook reaches by ``%run``."""
    if notebook is None:
        return frozenset()
    places = (path_from(notebook.folder, f"./{script}") for script in scripts_run(notebook.cells))
    started = frozenset(place for place in places if place is not None and place in files)
    return started | reach(resolver, files, (i for path in started for i in files[path].imports))


def may_be_module(path: str, files: Mapping[str, PythonFile]) -> bool:
    *folders, name = path.split("/")
    apart = path.partition("/")[0] in _APART or not _TESTS.isdisjoint(folders)
    application = not folders and is_application(files[path])
    return not (apart or application or name in _NO_MODULES or is_paired(files[path].source))


def is_application(file: PythonFile) -> bool:
    """True where a script at the root is a web application."""
    return file.path in _APPLICATIONS or any(imported.package == _STREAMLIT for imported in file.imports)


def candidates(code: Code, model: Model) -> tuple[str, ...]:
    """The scripts that may be the main script: no file imports them, and starting them has an effect.

    Their source, or that of a module that they reach, fits the *model* of the course.
    """
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
        if path not in imported and may_be_module(path, code.files) and _works(file)
        if any("fit" in source and model.is_named(source) for source in _sources_reached(path, code))
    )


def _works(file: PythonFile) -> bool:
    """True where starting a file does more than define names."""
    if file.tree is None:
        return bool(re.search(r"^(?:if\s+__name__|\w+\(|print\()", file.source, re.MULTILINE))
    passive = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return any(
        is_main_guard(node) or any(isinstance(part, ast.Call) for part in ast.walk(node))
        for node in file.tree.body
        if not isinstance(node, passive)
    )


def speaks_of_training(path: str, code: Code) -> bool:
    """True where the source of a script, or of a module that it imports, trains a model."""
    return any(".fit" in source or "cross_val" in source for source in _sources_reached(path, code))


def _sources_reached(path: str, code: Code) -> Iterator[str]:
    resolver = Resolver.of(code.files, (*code.roots, path.rpartition("/")[0]))
    reached = reach(resolver, code.files, code.files[path].imports) | {path}
    return (code.files[path_reached].source for path_reached in reached)


def code(
    tree: Tree, course: Course, notebook: NotebookFile | None, sandbox: Sandbox, absent: AbsentModules | None = None
) -> Code:
    """The code of the graded state. Where no file has a name of the main script, a substitute is searched."""
    first_reading = read_code(tree, course, notebook, absent=absent)
    if first_reading.main is not None:
        return first_reading
    path = _substitute(tree, candidates(first_reading, course.model), course, sandbox)
    return first_reading if path is None else read_code(tree, course, notebook, main=path)


def script_of(tree: Tree, path: str) -> Script:
    """The command that starts the script *path* from the root: as a module where its imports need that, else by its
    path.

    A script at the root is always started by its path.
    """
    folder = path.rpartition("/")[0]
    if not folder or not all(part.isidentifier() for part in folder.split("/")):
        return Script(path)
    content = tree.read_if_small(path, _LARGEST_READ)
    source = python_file(path, content).tree if content is not None else None
    return Script(path, as_module=source is not None and _needs_package(source, folder, tree))


def script_job(
    tree: Tree,
    path: str,
    course: Course,
    served_data: ServedData | None = None,
    *,
    observe: Mapping[str, Json] | None = None,
    attempt: int = 0,
) -> Job:
    """The job ``python PATH`` in the root of *tree*, with the course's variables and limit.

    *served_data* is on the network, by default the course's own. *observe* are options of the observer beside those of
    the course; None: no observer.
    """
    return Job(
        tree=tree,
        action=script_of(tree, path),
        variables=course.data.variables,
        served_data=served_data or ordinary_data(course),
        limits=RunLimits(seconds=course.limits.main),
        observe=None if observe is None else {**course.observer_options, **observe},
        attempt=attempt,
    )


def _needs_package(source: ast.Module, folder: str, tree: Tree) -> bool:
    """True where a script of *folder* imports relatively, or imports a package of the root that is not beside it."""
    packages = {str(parent) for path in own_python_files(tree) for parent in PurePosixPath(path).parents}
    for node in ast.walk(source):
        if isinstance(node, ast.ImportFrom) and node.level:
            return True
        names = [node.module] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for package in {name.partition(".")[0] for name in names if name}:
            if package in packages and f"{folder}/{package}" not in packages:
                return True
    return False


def _substitute(tree: Tree, scripts: tuple[str, ...], course: Course, sandbox: Sandbox) -> str | None:
    """The script whose run fits the model of the course. An only candidate is chosen without that."""
    if sandbox.kind == "none" and len(scripts) == 1:
        return scripts[0]  # nothing may run here: the first one, as after a failed run
    for path in scripts[:_MOST_CANDIDATES]:
        finished = sandbox.run(script_job(tree, path, course, observe={}))
        observation = observation_of(finished.observation)
        if observation is not None and observation.fits:
            return path
        if len(scripts) == 1 and not finished.succeeded:
            return path
    return None


PROBES = (code,)
