"""What environment a project declares, what it uses of it, and whether main finds all it needs there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatch
from types import MappingProxyType

from checker.absences import NotDoneYet, UnavailableHere
from checker.course import Course
from checker.evidence.code import Resolver
from checker.evidence.conda import read_conda
from checker.evidence.distributions import (
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
from checker.evidence.notebook import notebook_paths, read_notebook
from checker.evidence.requirements import MOST_PACKAGES, read_lock, read_project, read_requirements, read_text
from checker.evidence.source import imports_by_line
from checker.evidence.student_runs import StudentRuns
from checker.evidence.worlds import ordinary_world
from checker.facts.code import Code, ImportedName
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
    normal,
)
from checker.facts.notebook import NotebookFile
from checker.facts.options import RunEnvironment
from checker.facts.program import MainRun
from checker.facts.running import Finished, Job, Limits, Script
from checker.facts.tree import TooLarge, Tree
from checker.model import Location, Unavailable, known, text
from checker.sandbox.environments.wanted import Unmade

_CONDA = re.compile(r"(environment|environnement|env|conda)[\w.-]*\.ya?ml", re.IGNORECASE)
_AS_CODE = re.compile(r"\.(?:py|ipynb|md|csv)$")
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "conda-lock.yml", "Pipfile.lock")
_REQUIREMENTS = re.compile(r"requirements?[\w.-]*\.txt", re.IGNORECASE)
_DEEPEST = 2
_LONGEST_NAME = 60
_MISNAMED_BYTES = 100_000
_READING = 2_000
"""Bytes that reading any file at all is worth."""
_CONDA_BYTES = 300_000
_LOCK_BYTES = 8_000_000
_LIST_BYTES = 4_000_000
"""How many bytes of each kind are read in all: the first file in any case, of the others as many as that leaves."""
_USUAL = RunEnvironment()
_ELSEWHERE = text("Judge it on a machine where this environment can be made.")
_DOCUMENTS = (".qmd", ".rmd")
_CHUNK = re.compile(r"```\s*\{\s*python[^}]*\}", re.IGNORECASE)
_LARGEST_DOCUMENT = 5_000_000
_WITHOUT_WHICH_IT_WORKS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"pandas": frozenset({"pyarrow", "numexpr", "bottleneck"}), "narwhals": frozenset({"pyarrow"})}
)
"""What a library takes where it is there, and does without where it is not."""
_UNSEEN = re.compile(
    r"arrow|parquet|feather|\borc\b|subprocess|multiprocessing|runpy|os\.(?:system|popen|exec|spawn)", re.IGNORECASE
)
"""Words of code that may need pyarrow itself, or import where nobody looks."""
_MOST_DOCUMENTS = 50
_OPENERS = {"fsspec": "s3fs"}
"""What to install where pandas asks for its opener of addresses: the data of the course are on S3."""
_LACKING = (
    re.compile(r"No module named '([\w.]+)'"),
    re.compile(r"[Mm]issing optional dependency '([\w.-]+)'"),
    re.compile(r"Install ([\w-]+) to (?:access|use)"),
    re.compile(r"tried using: '([\w-]+)'"),
    re.compile(r"`Import ([\w-]+)` failed"),
    re.compile(r"requires? (?:the )?'?([\w-]+)'? (?:package|library|to be installed)"),
)


def declared(tree: Tree, course: Course, here: RunEnvironment = _USUAL) -> Declared:
    """The files that declare the environment, and the declared versions that this machine does not have."""
    files = tuple(_files(tree, course)) or tuple(_misnamed(tree, course))
    if not files:
        raise NotDoneYet(text("No file declares an environment yet."))
    return Declared(files, tuple(_unmet(files, course, here)))


def _files(tree: Tree, course: Course) -> Iterator[EnvironmentFile]:
    """Conda's files of the root, then locks, requirements and ``pyproject.toml``, then conda's files elsewhere."""
    paths = [path for path, entry in sorted(tree.entries.items()) if entry.is_file and path.count("/") <= _DEEPEST]
    usual = (course.names.environment_file, course.names.environment_file.replace(".yml", ".yaml"))
    root = [path for path in paths if "/" not in path]
    own = tuple(course.names.environment + suffix for suffix in (".yml", ".yaml"))
    conda = [path for path in root if (_CONDA.fullmatch(path) or path in own) and path not in _LOCKS]
    conda.sort(key=lambda path: (usual.index(path) if path in usual else len(usual), path))
    found = [read_conda(tree, path) for path in _within(_CONDA_BYTES, conda, tree)]
    yield from found
    yield from (read_lock(tree, path) for path in _within(_LOCK_BYTES, [one for one in _LOCKS if one in root], tree))
    included = {path for file in found for path in file.included}
    texts = [path for path in root if _REQUIREMENTS.fullmatch(path) and path not in included]
    texts.sort(key=lambda path: (path != "requirements.txt", path))
    left, packages = _LIST_BYTES, MOST_PACKAGES
    for path in texts:
        if path in included or left <= 0 or packages <= 0:
            continue
        file = read_requirements(tree, path)
        included |= set(file.included)
        left -= _READING + sum(tree.entries[read].size for read in (path, *file.included))
        packages -= file.packages
        yield file
    if "pyproject.toml" in root and (project := read_project(tree, "pyproject.toml")) is not None:
        yield project
    if not found:
        virtual = {path.split("/")[-2] for path in paths if path.endswith("/pyvenv.cfg")}
        hidden = virtual | {".venv", "venv", "site-packages", "node_modules"}
        elsewhere = [path for path in paths if "/" in path and _CONDA.fullmatch(path.rpartition("/")[2])]
        elsewhere = [path for path in elsewhere if not hidden.intersection(path.split("/"))]
        yield from (read_conda(tree, path) for path in _within(_CONDA_BYTES, elsewhere, tree))


def _misnamed(tree: Tree, course: Course) -> Iterator[EnvironmentFile]:
    """The file at the root that lists packages under a name that no tool looks for (``environment.yml.txt``)."""
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


def _within(most: int, paths: Iterable[str], tree: Tree) -> Iterator[str]:
    """Those of *paths* that have *most* bytes together; the first in any case."""
    left = most
    for path in paths:
        if left > 0:
            yield path
        left -= _READING + tree.entries[path].size


def _unmet(files: Iterable[EnvironmentFile], course: Course, here: RunEnvironment) -> Iterator[Unmet]:
    seen: set[str] = set()
    versions, python = here.versions, here.python or python_here()
    for file in files:
        if file.python is not None and not admits(file.python, python) and "python" not in seen:
            seen.add("python")
            yield Unmet(file.python, python)
        for package in file.declared:
            if package.key in seen:
                continue
            name = installed_name(package.key, course, versions)
            found = ((version_here(name) if versions is None else versions[name]) or "") if name else ""
            if not found or not admits(package, found):
                seen.add(package.key)
                yield Unmet(package, found)


def third_party(code: Code, paths: Iterable[str]) -> Iterator[ImportedName]:
    """The imports of some files that are neither Python's own nor the project's."""
    return foreign(code, (imported for path in paths for imported in code.files[path].imports))


def foreign(code: Code, imports: Iterable[ImportedName]) -> Iterator[ImportedName]:
    """Those of *imports* that are neither Python's own nor the project's, nor meant to be."""
    resolver = Resolver.of(code.files, code.roots)
    lacking = {imported.package for imported in code.missing}
    for imported in imports:
        package = imported.package
        if not package or package in STANDARD or package in lacking or package == "__future__":
            continue
        folder = imported.where.path.rpartition("/")[0]
        beside = f"{folder}/{package}.py" if folder else f"{package}.py"
        if resolver.file(package) is not None or beside in code.files:
            continue
        if resolver.is_folder(package) and not _installed(package):
            continue
        yield imported


def _installed(package: str) -> bool:
    from importlib.util import find_spec  # noqa: PLC0415  only asked where a folder has the name of a library

    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def environment_use(
    tree: Tree, code: Code, declared: Declared, course: Course, notebook: NotebookFile | None
) -> EnvironmentUse:
    """What is imported and what declares it; what is declared and nothing needs."""
    project = tuple(file.path for file in code.project)
    by_scripts = list(third_party(code, project))
    by_notebook = list(foreign(code, notebook.imports if notebook else ()))
    by_others = [
        *third_party(code, (path for path in code.files if path not in project)),
        *foreign(code, _other_notebooks(tree, notebook)),
        *foreign(code, (imported for path in _documents(tree) for imported in _chunks(tree, path))),
    ]
    brought = closure([package.key for package in declared.main.declared], course)
    required = tuple(_required([*by_scripts, *by_notebook], by_scripts, declared, brought, course))
    imported = {one.package for one in (*by_scripts, *by_notebook, *by_others)}
    unneeded = sorted(
        _unneeded(declared, imported, _words(code, notebook), course),
        key=lambda one: (-one.megabytes, one.package.key),
    )
    unknown = {package for package in imported if not _here(package, course)}
    return EnvironmentUse(required, tuple(unneeded), tuple(sorted(unknown)), tuple(_standard(declared, course)))


def _standard(declared: Declared, course: Course) -> Iterator[Package]:
    """What is declared of Python itself; libraries in C that have such a name for conda aside."""
    libraries = tuple(normal(pattern) for pattern in course.environment.runtime_libraries)
    for package in declared.main.declared:
        if package.name in STANDARD and not any(fnmatch(package.key, pattern) for pattern in libraries):
            yield package


def _here(package: str, course: Course) -> bool:
    return any(installed_name(name, course) for name in distributions_of(package, course))


def _required(
    imports: Iterable[ImportedName],
    by_scripts: list[ImportedName],
    declared: Declared,
    brought: Mapping[str, str],
    course: Course,
) -> Iterator[Required]:
    of_scripts = {imported.package for imported in by_scripts}
    places: dict[str, list[ImportedName]] = {}
    for imported in imports:
        places.setdefault(imported.package, []).append(imported)
    main, *others = [(file, _by_name(file.declared)) for file in declared.files]
    for package, found in sorted(places.items()):
        wanted = distributions_of(package, course)
        own = _first(main[1], wanted)
        if own is None and not _here(package, course):
            own = next((one for _, one in main[1].values() if may_give(one.key, package)), None)
        other = next((file for file, names in others if not names.keys().isdisjoint(wanted)), None)
        via = next((brought[name] for name in wanted if name in brought), None)
        yield Required(
            package=package,
            distribution=shown_name(package, course),
            where=tuple(dict.fromkeys(imported.where for imported in found))[:5],
            declared=own or next((first for _, names in others if (first := _first(names, wanted))), None),
            via=via,
            scripts=package in of_scripts,
            optional=all(imported.guarded for imported in found),
            elsewhere=other.path if other is not None and own is None else None,
        )


def _by_name(packages: Iterable[Package]) -> Mapping[str, tuple[int, Package]]:
    """The packages by each name that they answer to, with their place in the file: the first of a name counts."""
    found: dict[str, tuple[int, Package]] = {}
    for number, package in enumerate(packages):
        for name in names_of(package.key):
            found.setdefault(name, (number, package))
    return found


def _first(packages: Mapping[str, tuple[int, Package]], wanted: Iterable[str]) -> Package | None:
    """The package that stands first of those that answer to one of the names *wanted*."""
    found = [packages[name] for name in wanted if name in packages]
    return min(found, key=lambda one: one[0])[1] if found else None


def _unneeded(declared: Declared, imported: set[str], words: frozenset[str], course: Course) -> Iterator[Unneeded]:
    """Of the file that counts, what is neither needed nor brought along by what is, nor welcome anyway."""
    environment = course.environment
    file = declared.main
    welcome = {normal(name) for name in environment.allowed_unneeded}
    keys = [package.key for package in file.declared]
    asked = {name for package in imported for name in distributions_of(package, course)}
    unknown = [package for package in imported if not _here(package, course)]
    needed = {
        key
        for key in keys
        if key in words or not asked.isdisjoint(names_of(key)) or any(may_give(key, package) for package in unknown)
    }
    roots = [*needed, *asked, *(key for key in keys if key in welcome)]
    brought = closure(roots, course)
    patterns = tuple(normal(name) for name in environment.runtime_libraries)
    for package in file.declared:
        key = package.key
        if key in needed or key in welcome or any(name in brought or name in needed for name in pip_names(key, course)):
            continue
        if file.direct is not None and key not in file.direct:
            continue
        if package.conda and any(fnmatch(key, pattern) for pattern in patterns):
            continue
        known = next((megabytes(name) for name in pip_names(key, course) if megabytes(name)), 0)
        yield Unneeded(package, environment.heavy.get(package.key, known))


def _words(code: Code, notebook: NotebookFile | None) -> frozenset[str]:
    """The quoted words of the code: an engine of pandas is named so, and never imported."""
    sources = [file.source for file in code.files.values()] + list(notebook.cells if notebook else ())
    return frozenset(
        normal(word) for source in sources for word in re.findall(r"[\"']([A-Za-z][\w.-]{2,40})[\"']", source[:500_000])
    )


def _documents(tree: Tree) -> Iterator[str]:
    found = (
        path for path, entry in sorted(tree.entries.items()) if entry.is_file and path.lower().endswith(_DOCUMENTS)
    )
    return (path for path, _ in zip(found, range(_MOST_DOCUMENTS), strict=False))


def _chunks(tree: Tree, path: str) -> Iterator[ImportedName]:
    try:
        source = tree.read(path, limit=_LARGEST_DOCUMENT).decode("utf-8", "replace")
    except TooLarge:
        return
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
            yield from read_notebook(tree, path).imports


def declared_environment(here: RunEnvironment, runs: StudentRuns) -> DeclaredEnvironment:
    """The environment that is made of what is declared, where that was asked for and anything is declared."""
    if here.kind != "declared":
        raise NotDoneYet(text("No environment was asked for but the checker's own."))
    try:
        made = runs.declared.made()
    except Unmade as unmade:
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
    """Main once more, with nothing importable but what is declared: where it runs at all and imports nothing else.

    Where it was seen to import nothing but that, libraries on its behalf included, it does not run again; nor where it
    ran in an environment of its own, which holds nothing else. What is missing from the file, or wrong in it, is told
    whether main was run or not. Raises UnavailableHere where that environment, or a run of main, cannot be had here.
    """
    ran = known(main)
    path = ran.path if ran is not None else course.names.main
    undeclared = next(
        (one for one in use.required if one.scripts and not one.optional and one.declared is None and one.via is None),
        None,
    )
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
    finished = runs.run(
        Job(
            tree=tree,
            action=Script(main.path),
            variables=course.data.variables,
            world=ordinary_world(course),
            limits=Limits(seconds=course.limits.main),
            distributions=frozenset(names.values()),
        ),
    )
    return _judged(finished, path, declared, course, names)


def _judged(finished: Finished, path: str, declared: Declared, course: Course, names: Mapping[str, str]) -> FilteredRun:
    if finished.succeeded:
        return FilteredRun(True, path, distributions=names)
    package = _lacking(finished, declared, course)
    if package is None:
        return FilteredRun(True, path, message=_last_line(finished), distributions=names)
    where = finished.error.where if finished.error is not None else (Location(path),)
    wanted = shown_name(_OPENERS.get(package, package), course)
    return FilteredRun(True, path, wanted, package, _last_line(finished), where, names)


def _imports_nothing_else(main: MainRun, code: Code, declared: Declared, course: Course) -> bool:
    """Whether all that was imported while main ran is declared, or brought along by what is."""
    seen = main.observation
    if seen is None or seen.cut or not seen.asked:
        return False
    sources = [file.source for file in code.files.values()] + [read.source for read in seen.reads]
    if any(_UNSEEN.search(source[:500_000]) for source in sources):
        return False
    keys = {name for package in declared.packages for name in pip_names(package.key, course)}
    there = keys | {name for key in closure(keys, course) for name in pip_names(key, course)}
    own = {path.partition("/")[0].removesuffix(".py") for path in code.files}
    return all(
        package in own
        or package in _WITHOUT_WHICH_IT_WORKS.get(requester, ())
        or not there.isdisjoint(distributions_of(package, course))
        for requester, package in seen.asked
    )


def _lacking(finished: Finished, declared: Declared, course: Course) -> str | None:
    """The undeclared package that a run asked for in vain, by its import name; None where it failed otherwise."""
    said = f"{finished.error.name}: {finished.error.message}\n" if finished.error else ""
    said += finished.errors[-20_000:]
    for pattern in _LACKING:
        for found in pattern.findall(said):
            package = found.partition(".")[0]
            wanted = distributions_of(package, course)
            if _first(_by_name(declared.packages), wanted) is None and package not in STANDARD:
                return str(package)
    return None


def _last_line(finished: Finished) -> str:
    if finished.error is not None:
        return f"{finished.error.name}: {finished.error.message}".partition("\n")[0][:300]
    lines = [line for line in finished.errors.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


PROBES = (declared, environment_use, declared_environment, filtered_run)
