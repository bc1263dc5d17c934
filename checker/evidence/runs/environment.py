"""The environment that a project declares, the packages that it uses, and the run of main in that environment."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatch
from itertools import islice
from types import MappingProxyType

from packaging.utils import canonicalize_name

from checker.absences import NotDoneYet, UnavailableHere
from checker.course import Course
from checker.environment_folders import own_paths
from checker.evidence.packages.command_output import FOR_CONDA
from checker.evidence.packages.conda import read_conda
from checker.evidence.packages.distributions import (
    STANDARD,
    admits,
    closure,
    distributions_of,
    installed_name,
    may_give,
    megabytes,
    names_of,
    pip_names,
    python_here,
    shown_name,
    version_here,
)
from checker.evidence.packages.requirements import MOST_PACKAGES, read_lock, read_project, read_requirements, read_text
from checker.evidence.project.code import Resolver, notebook_paths, script_job
from checker.evidence.results.printed_results import parse_results
from checker.evidence.runs.notebook import read_notebook
from checker.evidence.runs.student_runs import StudentRuns
from checker.evidence.source.python import cell_trees, imports_by_line
from checker.facts.code import Code, ImportedName, PythonFile
from checker.facts.environment import (
    Declared,
    DeclaredEnvironment,
    EnvironmentFile,
    EnvironmentUse,
    FilteredRun,
    Package,
    Required,
    Unmet,
    Unneeded,
)
from checker.facts.environment_needs import SERVICE_MODULES
from checker.facts.job import Finished
from checker.facts.main_script import MainRun
from checker.facts.notebook import NotebookFile
from checker.facts.observation import observation_of
from checker.facts.options import RunEnvironment
from checker.facts.tree import Tree
from checker.model import Location, Text, Unavailable, known, text
from checker.sandbox.environments.spec import EnvironmentUnavailable

_VIRTUAL = frozenset({".venv", "venv"})
_CONDA = re.compile(r"(environment|environnement|env|conda)[\w.-]*\.ya?ml", re.IGNORECASE)
_AS_CODE = re.compile(r"\.(?:py|ipynb|md|csv)$")
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "conda-lock.yml", "Pipfile.lock")
_REQUIREMENTS = re.compile(r"requirements?[\w.-]*\.txt", re.IGNORECASE)
_DEEPEST = 2
_LONGEST_NAME = 60
_MISNAMED_BYTES = 100_000
_MOST_LESS = 5
_REFUSED = 400
_READING = 2_000
"""The cost in bytes of reading any file at all."""
_CONDA_BYTES = 300_000
_LOCK_BYTES = 8_000_000
_LIST_BYTES = 4_000_000
"""The bytes read in all, by kind: the first file in any case, further files as far as the rest allows."""
_USUAL = RunEnvironment()
_ELSEWHERE = text("Judge it on a machine where this environment can be made.")
_DOCUMENTS = (".qmd", ".rmd")
_CHUNK = re.compile(r"```\s*\{\s*python[^}]*\}", re.IGNORECASE)
_LARGEST_DOCUMENT = 5_000_000
_WITHOUT_WHICH_IT_WORKS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"pandas": frozenset({"pyarrow", "numexpr", "bottleneck"}), "narwhals": frozenset({"pyarrow"})}
)
"""Packages that a library uses where they are installed, and works without otherwise."""
_UNSEEN = re.compile(
    r"arrow|parquet|feather|\borc\b|subprocess|multiprocessing|runpy|os\.(?:system|popen|exec|spawn)", re.IGNORECASE
)
"""Words in code that may need pyarrow itself, or import in a way that is not analysed."""
_MOST_DOCUMENTS = 50
_OPENERS = {"fsspec": "s3fs"}
"""The package to install where pandas asks for its URL opener: the course's data are on S3."""
_LACKING = (
    re.compile(r"No module named '([\w.]+)'"),
    re.compile(r"[Mm]issing optional dependency '([\w.-]+)'"),
    re.compile(r"Install ([\w-]+) to (?:access|use)"),
    re.compile(r"tried using: '([\w-]+)'"),
    re.compile(r"`Import ([\w-]+)` failed"),
    re.compile(r"requires? (?:the )?'?([\w-]+)'? (?:package|library|to be installed)"),
)


def declared(tree: Tree, course: Course, here: RunEnvironment = _USUAL) -> Declared:
    """The files that declare the environment, and the declared versions that this machine lacks."""
    files = tuple(_files(tree, course)) or tuple(_misnamed(tree, course))
    if not files:
        raise NotDoneYet(text("No file declares an environment yet."))
    return Declared(files, tuple(_unmet(files, course, here)))


def _files(tree: Tree, course: Course) -> Iterator[EnvironmentFile]:
    """Conda's files of the root, then locks, requirements and ``pyproject.toml``, then conda's files elsewhere."""
    paths = [path for path, entry in sorted(tree.entries.items()) if entry.is_file and path.count("/") <= _DEEPEST]
    usual = (course.names.environment_file, course.names.environment_file.replace(".yml", ".yaml"))
    root = [path for path in paths if "/" not in path]
    named = tuple(course.names.environment + suffix for suffix in (".yml", ".yaml"))
    conda = [path for path in root if (_CONDA.fullmatch(path) or path in named) and path not in _LOCKS]
    conda.sort(key=lambda path: (usual.index(path) if path in usual else len(usual), path))
    conda_files = [read_conda(tree, path) for path in _within(_CONDA_BYTES, conda, tree)]
    yield from conda_files
    yield from (read_lock(tree, path) for path in _within(_LOCK_BYTES, [lock for lock in _LOCKS if lock in root], tree))
    included = {path for file in conda_files for path in file.included}
    texts = [path for path in root if _REQUIREMENTS.fullmatch(path) and path not in included]
    texts.sort(key=lambda path: (path != "requirements.txt", path))
    bytes_left, packages = _LIST_BYTES, MOST_PACKAGES
    for path in texts:
        if path in included or bytes_left <= 0 or packages <= 0:
            continue
        file = _exported(tree, read_requirements(tree, path))
        included |= set(file.included)
        bytes_left -= _READING + sum(tree.entries[read].size for read in (path, *file.included))
        packages -= file.packages
        yield file
    if "pyproject.toml" in root and (project := read_project(tree, "pyproject.toml")) is not None:
        yield project
    if not conda_files:
        nested = [path for path in paths if "/" in path and _CONDA.fullmatch(path.rpartition("/")[2])]
        nested = [path for path in own_paths(nested, paths) if _VIRTUAL.isdisjoint(path.split("/"))]
        yield from (read_conda(tree, path) for path in _within(_CONDA_BYTES, nested, tree))


def _exported(tree: Tree, file: EnvironmentFile) -> EnvironmentFile:
    """A requirements file; where it is a conda environment, with the packages that this declares."""
    exported = tuple(problem for problem in file.problems if problem.command == FOR_CONDA)[:1]
    return replace(file, declared=read_conda(tree, file.path).declared, problems=exported) if exported else file


def _misnamed(tree: Tree, course: Course) -> Iterator[EnvironmentFile]:
    """The file at the root that lists packages under a name that no installer looks for (``environment.yml.txt``)."""
    usual = (course.names.environment_file, "requirements.txt")
    for path, entry in sorted(tree.entries.items()):
        if "/" in path or not entry.is_file or len(path) > _LONGEST_NAME or entry.size > _MISNAMED_BYTES:
            continue
        name = path.lower()
        if _AS_CODE.search(name) or not get_close_matches(name.replace(".yml.txt", ".yml"), usual, n=1, cutoff=0.75):
            continue
        conda = re.search(r"^dependencies[ \t]*:", read_text(tree, path, entry.size)[0], re.MULTILINE)
        file = read_conda(tree, path) if conda else read_requirements(tree, path)
        if file.packages > len(file.problems):
            yield file
            return


def _within(limit: int, paths: Iterable[str], tree: Tree) -> Iterator[str]:
    """Those of *paths* that have at most *limit* bytes together; the first in any case."""
    bytes_left = limit
    for path in paths:
        if bytes_left > 0:
            yield path
        bytes_left -= _READING + tree.entries[path].size


def _unmet(files: Iterable[EnvironmentFile], course: Course, here: RunEnvironment) -> Iterator[Unmet]:
    keys: set[str] = set()
    versions, python = here.versions, here.python or python_here()
    for file in files:
        if file.python is not None and not admits(file.python, python) and "python" not in keys:
            keys.add("python")
            yield Unmet(file.python, python)
        for package in file.declared:
            if package.key in keys:
                continue
            name = installed_name(package.key, course, versions)
            installed = ((version_here(name) if versions is None else versions[name]) or "") if name else ""
            if not installed or not admits(package, installed):
                keys.add(package.key)
                yield Unmet(package, installed)


def third_party(code: Code, paths: Iterable[str]) -> Iterator[ImportedName]:
    """The imports of some files that belong neither to the standard library nor to the project."""
    return foreign(code, (imported for path in paths for imported in code.files[path].imports))


def foreign(code: Code, imports: Iterable[ImportedName]) -> Iterator[ImportedName]:
    """Those of *imports* that belong neither to the standard library nor to the project, present or absent, and may
    run.
    """
    resolver = Resolver.of(code.files, code.roots)
    lacking = {imported.package for imported in code.missing}
    for imported in imports:
        package = imported.package
        if imported.never or not package or package in STANDARD or package in lacking or package == "__future__":
            continue
        beside = posixpath.join(posixpath.dirname(imported.where.path), f"{package}.py")
        is_own = resolver.file(package) is not None or beside in code.files
        if not is_own and (not resolver.is_folder(package) or _installed(package)):
            yield imported


def _installed(package: str) -> bool:
    from importlib.util import find_spec  # noqa: PLC0415  only asked where a folder has the name of a library

    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def environment_use(
    tree: Tree,
    code: Code,
    declared: Declared,
    course: Course,
    notebook: NotebookFile | None,
    here: RunEnvironment = _USUAL,
) -> EnvironmentUse:
    """The imported packages with their declarations, and the declared packages that nothing needs."""
    project = tuple(file.path for file in code.project)
    by_scripts = list(third_party(code, project))
    by_notebook = list(foreign(code, notebook.imports if notebook else ()))
    by_others = [
        *third_party(code, (path for path in code.files if path not in project and path not in code.unreached)),
        *foreign(code, (entry for path in code.unreached for entry in _made_use_of(code.files[path]))),
        *foreign(code, _other_notebooks(tree, notebook)),
        *foreign(code, (imported for path in _documents(tree) for imported in _chunks(tree, path))),
    ]
    brought = closure([package.key for package in declared.main.declared], course)
    nowhere = frozenset(_nowhere(by_scripts, course)) if code.main and here.versions is None else frozenset[str]()
    required = tuple(_required([*by_scripts, *by_notebook], by_scripts, declared, brought, course, nowhere))
    imported = {entry.package for entry in (*by_scripts, *by_notebook, *by_others)}
    unneeded = sorted(
        _unneeded(declared, imported, _words(code, notebook), course),
        key=lambda entry: (-entry.megabytes, entry.package.key),
    )
    unknown = {package for package in imported if not _here(package, course)}
    return EnvironmentUse(required, tuple(unneeded), tuple(sorted(unknown)), tuple(_standard(declared, course)))


def _standard(declared: Declared, course: Course) -> Iterator[Package]:
    """The declared packages named like standard modules, without conda's C libraries of such a name."""
    libraries = tuple(canonicalize_name(pattern) for pattern in course.environment.runtime_libraries)
    for package in declared.main.declared:
        if package.name in STANDARD and not any(fnmatch(package.key, pattern) for pattern in libraries):
            yield package


def _here(package: str, course: Course) -> bool:
    return any(installed_name(name, course) for name in distributions_of(package, course))


def _nowhere(imports: Iterable[ImportedName], course: Course) -> Iterator[str]:
    """The packages that no library here or in the course provides, each imported unconditionally.

    Packages of a notebook service count even where the import is conditional.
    """
    for package, imported_at in _by_package(imports).items():
        if package in course.environment.distributions or _here(package, course) or _installed(package):
            continue
        if all(_of_service(one) for one in imported_at) or any(one.top and not one.guarded for one in imported_at):
            yield package


def _by_package(imports: Iterable[ImportedName]) -> Mapping[str, list[ImportedName]]:
    by_package: dict[str, list[ImportedName]] = {}
    for imported in imports:
        by_package.setdefault(imported.package, []).append(imported)
    return by_package


def _of_service(imported: ImportedName) -> bool:
    """True where a module exists in the notebooks of one service only."""
    module = f"{imported.module}.{imported.name}." if imported.name else f"{imported.module}."
    return module.startswith(tuple(f"{name}." for name in SERVICE_MODULES))


def _required(
    imports: Iterable[ImportedName],
    by_scripts: list[ImportedName],
    declared: Declared,
    brought: Mapping[str, str],
    course: Course,
    nowhere: frozenset[str],
) -> Iterator[Required]:
    of_scripts = {imported.package for imported in by_scripts}
    main, *other_files = [(file, _by_name(file.declared)) for file in declared.files]
    for package, imported_at in sorted(_by_package(imports).items()):
        names_wanted = distributions_of(package, course)
        declaration = _first(main[1], names_wanted)
        if declaration is None and not _here(package, course):
            declaration = next((one for _, one in main[1].values() if may_give(one.key, package)), None)
        other_file = next((file for file, names in other_files if not names.keys().isdisjoint(names_wanted)), None)
        via = next((brought[name] for name in names_wanted if name in brought), None)
        yield Required(
            package=package,
            distribution=shown_name(package, course),
            where=tuple(dict.fromkeys(imported.where for imported in imported_at))[:5],
            declared=declaration
            or next((first for _, names in other_files if (first := _first(names, names_wanted))), None),
            via=via,
            scripts=package in of_scripts,
            optional=all(imported.guarded for imported in imported_at),
            elsewhere=other_file.path if other_file is not None and declaration is None else None,
            nowhere=package in nowhere,
        )


def _by_name(packages: Iterable[Package]) -> Mapping[str, tuple[int, Package]]:
    """The packages by each of their names, with their position in the file; the first of a name counts."""
    by_name: dict[str, tuple[int, Package]] = {}
    for number, package in enumerate(packages):
        for name in names_of(package.key):
            by_name.setdefault(name, (number, package))
    return by_name


def _first(packages: Mapping[str, tuple[int, Package]], candidates: Iterable[str]) -> Package | None:
    """The first package in the file that has one of the names *candidates*."""
    matches = [packages[name] for name in candidates if name in packages]
    return min(matches, key=lambda match: match[0])[1] if matches else None


def _unneeded(declared: Declared, imported: set[str], words: frozenset[str], course: Course) -> Iterator[Unneeded]:
    """The packages of the main file that are neither needed, nor dependencies of a needed one, nor always accepted."""
    environment = course.environment
    file = declared.main
    welcome = {canonicalize_name(name) for name in environment.allowed_unneeded}
    keys = [package.key for package in file.declared]
    names_imported = {name for package in imported for name in distributions_of(package, course)}
    unknown = [package for package in imported if not _here(package, course)]
    needed = {
        key
        for key in keys
        if key in words
        or not names_imported.isdisjoint(names_of(key))
        or any(may_give(key, package) for package in unknown)
    }
    roots = [*needed, *names_imported, *(key for key in keys if key in welcome)]
    brought = closure(roots, course)
    patterns = tuple(canonicalize_name(name) for name in environment.runtime_libraries)
    for package in file.declared:
        key = package.key
        if key in needed or key in welcome or any(name in brought or name in needed for name in pip_names(key, course)):
            continue
        if file.direct is not None and key not in file.direct:
            continue
        if package.conda and any(fnmatch(key, pattern) for pattern in patterns):
            continue
        size = next((megabytes(name) for name in pip_names(key, course) if megabytes(name)), 0)
        yield Unneeded(package, environment.heavy.get(package.key, size))


def _words(code: Code, notebook: NotebookFile | None) -> frozenset[str]:
    """The string constants of the code: an engine of pandas is named in a string and never imported."""
    sources = [file.source for file in code.files.values()] + list(notebook.cells if notebook else ())
    return frozenset(
        canonicalize_name(word)
        for source in sources
        for word in re.findall(r"[\"']([A-Za-z][\w.-]{2,40})[\"']", source[:500_000])
    )


def _documents(tree: Tree) -> Iterator[str]:
    entries = (entry for suffix in _DOCUMENTS for entry in tree.files(suffix))
    return islice(sorted(entry.path for entry in entries), _MOST_DOCUMENTS)


def _chunks(tree: Tree, path: str) -> Iterator[ImportedName]:
    source = (tree.read_if_small(path, _LARGEST_DOCUMENT) or b"").decode("utf-8", "replace")
    chunk: list[str] | None = None
    for line in source.splitlines():
        written = line.strip()
        if chunk is None:
            chunk = [] if written.startswith("```") and _CHUNK.fullmatch(written) else None
        elif written == "```":
            yield from imports_by_line("\n".join(chunk), path)
            chunk = None
        else:
            chunk.append(line)


def _other_notebooks(tree: Tree, notebook: NotebookFile | None) -> Iterator[ImportedName]:
    for path in notebook_paths(tree)[:_MOST_DOCUMENTS]:
        if notebook is None or path != notebook.path:
            notebook_file = read_notebook(tree, path)
            cells = [cell for _, cell in cell_trees(notebook_file.cells)]
            is_parsed = len(cells) == len(notebook_file.cells)
            yield from _used(notebook_file.imports, cells) if is_parsed else notebook_file.imports


def _made_use_of(file: PythonFile) -> Iterable[ImportedName]:
    return _used(file.imports, [file.tree]) if file.tree is not None else file.imports


def _used(imports: Iterable[ImportedName], trees: Iterable[ast.Module]) -> Iterator[ImportedName]:
    """The imports of a file that is not run whose names occur elsewhere in it; the other imports have no effect."""
    names = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for imported in imports:
        bound = imported.alias or imported.name or imported.package
        if bound == "*" or bound in names:
            yield imported


def declared_environment(here: RunEnvironment, runs: StudentRuns) -> DeclaredEnvironment:
    """The environment built from the declaration, where this was requested and anything is declared."""
    if here.kind != "declared":
        raise NotDoneYet(text("No environment was asked for but the checker's own."))
    try:
        made = runs.declared.made()
    except EnvironmentUnavailable as unmade:
        return DeclaredEnvironment(unmade=unmade.reason, remedy=unmade.remedy, certain=unmade.certain)
    if made is None:
        raise NotDoneYet(text("No file declares an environment yet."))
    return DeclaredEnvironment(made.versions, made.python, made.asked, made.left_out)


def filtered_run(
    tree: Tree,
    course: Course,
    declared: Declared,
    use: EnvironmentUse,
    code: Code,
    main: MainRun | Unavailable | None,
    runs: StudentRuns,
    here: RunEnvironment = _USUAL,
    made: DeclaredEnvironment | None = None,
) -> FilteredRun:
    """A run of main with only the declared packages importable, where main runs at all and imports nothing else.

    Main does not run again where it was observed to import only declared packages, libraries' imports included, or
    where it ran in an environment of its own, which holds nothing else. Missing and wrong declarations are reported
    whether main was run or not. Raises UnavailableHere where that environment, or a run of main, is not possible here.
    """
    ran = known(main)
    path = ran.path if ran is not None else course.names.main_for(code.main)
    undeclared = next((required for required in use.required if required.is_undeclared), None)
    if undeclared is not None:
        return FilteredRun(False, path, undeclared.distribution, undeclared.package, where=undeclared.where)
    if made is not None and made.unmade is not None:
        if not made.certain:
            raise UnavailableHere(made.unmade, made.remedy or _ELSEWHERE)
        return FilteredRun(ran=False, path=path, made=made)
    if isinstance(main, Unavailable):
        raise UnavailableHere(main.what, main.remedy)
    if main is not None and main.finished.environment == "declared":
        names = {package.key: package.name for package in declared.main.declared}
        return replace(_judged(main.finished, path, declared, course, names), made=made)
    if main is None or not main.succeeded:
        return FilteredRun(ran=False, path=path)
    names = {
        package.key: name
        for package in declared.packages
        if (name := installed_name(package.key, course, here.versions)) is not None
    }
    if _imports_nothing_else(main, code, declared, course):
        return FilteredRun(True, path, distributions=names)
    job = script_job(main.lent or tree, main.path, course, observe={})
    finished = runs.run(replace(job, distributions=frozenset(names.values())))
    judged = _judged(finished, path, declared, course, names)
    lacking = _done_without(main, use, declared, course) if finished.succeeded else None
    if lacking is None or not (less := _less(main, finished, course)):
        return judged
    where = lacking.where[:1] or (Location(path),)
    return replace(judged, lacking=lacking.distribution, package=lacking.package, less=less, where=where)


def _done_without(main: MainRun, use: EnvironmentUse, declared: Declared, course: Course) -> Required | None:
    """The undeclared package that main imports where it is installed, and works without otherwise."""
    lacking = [
        required for required in use.required if required.scripts and required.declared is None and required.via is None
    ]
    requested = {
        package
        for requester, package in (main.observation.asked if main.observation is not None else ())
        if package not in _WITHOUT_WHICH_IT_WORKS.get(requester, ())
    }
    if lacking:
        return next((required for required in lacking if required.package in requested), lacking[0])
    names = _by_name(declared.packages)
    dependencies = closure(list(names), course)
    for package in sorted(requested):
        candidates = distributions_of(package, course)
        if _here(package, course) and _first(names, candidates) is None and dependencies.keys().isdisjoint(candidates):
            return Required(package, shown_name(package, course), (), None)
    return None


def _less(full: MainRun, finished: Finished, course: Course) -> tuple[Text, ...]:
    """The parts of the work that main does with all libraries, and not with the declared ones alone."""
    observation, filtered = full.observation, observation_of(finished.observation)
    tables, printed = served_tables(full.finished), parse_results(full.finished, course)
    losses = [text("it reads {name}", name=name) for name in sorted(tables - served_tables(finished))]
    if observation is not None and observation.fits and filtered is not None and not filtered.fits:
        losses.append(text("it trains the forest"))
    if printed.matrices and not parse_results(finished, course).matrices:
        losses.append(text("it prints the confusion matrix"))
    return tuple(losses[:_MOST_LESS])


def served_tables(finished: Finished) -> frozenset[str]:
    """The names of the files that the gateway served, whatever the protocol."""
    names = (request.path.rpartition("/")[2] for request in finished.requests if request.status < _REFUSED)
    return frozenset(name for name in names if "." in name)


def _judged(finished: Finished, path: str, declared: Declared, course: Course, names: Mapping[str, str]) -> FilteredRun:
    if finished.succeeded:
        return FilteredRun(True, path, distributions=names)
    package = _lacking(finished, declared, course)
    if package is None:
        return FilteredRun(True, path, message=_last_line(finished), distributions=names)
    where = finished.error.where if finished.error is not None else (Location(path),)
    name = shown_name(_OPENERS.get(package, package), course)
    return FilteredRun(True, path, name, package, _last_line(finished), where, names)


def _imports_nothing_else(main: MainRun, code: Code, declared: Declared, course: Course) -> bool:
    """True where all packages imported while main ran are declared, or dependencies of declared ones."""
    observation = main.observation
    if observation is None or observation.cut or not observation.asked:
        return False
    sources = [file.source for file in code.files.values()] + [read.source for read in observation.reads]
    if any(_UNSEEN.search(source[:500_000]) for source in sources):
        return False
    keys = {name for package in declared.packages for name in pip_names(package.key, course)}
    available = keys | {name for key in closure(keys, course) for name in pip_names(key, course)}
    own_modules = {path.partition("/")[0].removesuffix(".py") for path in code.files}
    return all(
        package in own_modules
        or package in _WITHOUT_WHICH_IT_WORKS.get(requester, ())
        or not available.isdisjoint(distributions_of(package, course))
        for requester, package in observation.asked
    )


def _lacking(finished: Finished, declared: Declared, course: Course) -> str | None:
    """The import name of the undeclared package that a run failed to import; None where it failed otherwise."""
    messages = f"{finished.error.name}: {finished.error.message}\n" if finished.error else ""
    messages += finished.errors[-20_000:]
    names = _by_name(declared.packages).keys()
    packages = (module.partition(".")[0] for pattern in _LACKING for module in pattern.findall(messages))
    lacking = (one for one in packages if names.isdisjoint(distributions_of(one, course)) and one not in STANDARD)
    return next(lacking, None)


def _last_line(finished: Finished) -> str:
    if finished.error is not None:
        return f"{finished.error.name}: {finished.error.message}".partition("\n")[0][:300]
    return next((line[:300] for line in reversed(finished.errors.splitlines()) if line.strip()), "")


PROBES = (declared, environment_use, declared_environment, filtered_run)
