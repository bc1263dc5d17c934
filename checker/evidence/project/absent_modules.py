"""The reasons why an import of the main script finds no module of the project, and the project with the module in
place.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from checker.course import Course
from checker.evidence.project.code import Resolver, is_known, may_be_module, read_files, search_roots
from checker.evidence.repository.ignore_rules import decisions
from checker.facts.absent_modules import AbsentModule, AbsentModules, Cause
from checker.facts.code import ImportedName, PythonFile
from checker.facts.tree import Kind, TooLarge, Tree, folders_above
from checker.repository.repository import Repository

_MOST_ABSENT = 100
_MOST_LOOKED_FOR = 500
"""The number of failed imports that are examined; imports of libraries that are not installed are among them."""
_MOST_ASKED = 400
"""The number of paths passed to the ignore rules, each of which may test thousands of rules."""


def absent_modules(repository: Repository, tree: Tree, course: Course) -> AbsentModules:
    """The modules that the main script of *tree* fails to import, and *tree* with all of them in place.

    A project without a main script has none: there the step that creates the module charges for it.
    """
    files = read_files(tree)
    script = course.names.main_among(files)
    if script is None:
        return AbsentModules(tree, tree)
    search = _Search(repository, tree, files, course)
    modules = tuple(search.absent(files[script]))
    if not modules:
        return AbsentModules(tree, tree)
    edits = _edits(repository, tree, files, modules)
    return AbsentModules(tree, tree.with_(edits) if edits else tree, modules)


class _Search:
    """Follows the imports of a script, and finds the reason for each that fails."""

    def __init__(self, repository: Repository, tree: Tree, files: Mapping[str, PythonFile], course: Course) -> None:
        self._repository = repository
        self._files = files
        self._usual = frozenset(course.names.usual_modules)
        self._libraries = frozenset(course.environment.distributions)
        self._resolver = Resolver.of(files, search_roots(tree, files, None))
        self._nested = frozenset(path for path, entry in tree.entries.items() if entry.kind is Kind.SUBMODULE)
        self._looked_for = 0
        self._asked = 0
        places = [*self._resolver.folders, *files]
        self._by_letters = {place.casefold(): place for place in sorted(places, reverse=True)}
        self._by_name: dict[str, list[str]] = {}
        for path in files:
            if may_be_module(path, files):
                self._by_name.setdefault(path.rpartition("/")[2], []).append(path)

    def absent(self, main: PythonFile) -> Iterator[AbsentModule]:
        waiting, visited, number = [main.path], {main.path}, 0
        while waiting:
            file = self._files[waiting.pop()]
            moved = self._moved_packages(file)
            for imported in file.imports:
                reached = list(self._resolver.reached(imported))
                absence = self._absence(imported, moved)
                if absence is not None:
                    number += 1
                    yield absence
                    reached += [absence.there] if absence.there in self._files else []
                if number >= _MOST_ABSENT:
                    return
                waiting += [path for path in reached if path not in visited]
                visited.update(reached)

    def _moved_packages(self, file: PythonFile) -> frozenset[str]:
        """The packages of which *file* imports several modules from other folders, so that no library is meant."""
        counts = Counter(
            imported.package
            for imported in {replace(one, name=None, alias=None) for one in file.imports}
            if any(self._by_name.get(f"{name.rpartition('.')[2]}.py") for name in self._wanted(imported))
        )
        return frozenset(package for package, count in counts.items() if count > 1)

    def _wanted(self, imported: ImportedName) -> tuple[str, ...]:
        """The module names of which an import needs one; empty where it finds one of them."""
        module, name = imported.module, imported.name
        if not module or imported.guarded or self._resolver.file(module):
            return ()
        if self._resolver.file(imported.package) is None and is_known(imported.package):
            return ()
        if not self._resolver.is_folder(module):
            return (module,)
        if name in (None, "*") or self._resolver.is_local(f"{module}.{name}"):
            return ()
        return (f"{module}.{name}",)

    def _absence(self, imported: ImportedName, moved: frozenset[str]) -> AbsentModule | None:
        for module in self._wanted(imported):
            self._looked_for += 1
            if self._looked_for > _MOST_LOOKED_FOR:
                return None
            bases = [posixpath.join(root, module.replace(".", "/")) for root in self._resolver.roots]
            for base in bases:
                nested = next((folder for folder in (*folders_above(base), base) if folder in self._nested), None)
                if nested is not None:
                    return AbsentModule(imported, f"{base}.py", Cause.NESTED, nested)
            for base in bases:
                for path in (f"{base}.py", f"{base}/__init__.py", base):
                    there = self._by_letters.get(path.casefold())
                    if there is not None and there != path:
                        return AbsentModule(imported, *_differing(path, there))
            return self._ignored(imported, bases) or self._elsewhere(imported, module, moved)
        return None

    def _ignored(self, imported: ImportedName, bases: list[str]) -> AbsentModule | None:
        prefix = f"{self._repository.folder}/" if self._repository.folder else ""
        paths = [path for base in bases for path in (f"{base}.py", f"{base}/__init__.py")]
        self._asked += len(paths)
        if self._asked > _MOST_ASKED:
            return None
        rules = decisions(self._repository.whole(), [prefix + path for path in paths])
        ignored = [path for path in paths if rules[prefix + path]]
        on_disk = [path for path in ignored if self._repository.ignored_here(path)]
        for path in on_disk or (ignored if self._resolver.lacks(imported, self._usual) else ()):
            return AbsentModule(imported, path, Cause.IGNORED, rule=rules[prefix + path], on_disk=bool(on_disk))
        return None

    def _elsewhere(self, imported: ImportedName, module: str, moved: frozenset[str]) -> AbsentModule | None:
        """The only file of that name in another folder, where the import means no library."""
        package = imported.package
        path = f"{module.replace('.', '/')}.py"
        paths = [one for one in self._by_name.get(path.rpartition("/")[2], ()) if one != path]
        if "/" not in path:
            paths = [one for one in paths if all(map(str.isidentifier, one.removesuffix(".py").split("/")))]
        is_project = package in self._usual or package in moved or self._resolver.is_folder(package)
        if len(paths) != 1 or not is_project or package in self._libraries:
            return None
        return AbsentModule(imported, path, Cause.ELSEWHERE, paths[0])


def _differing(path: str, there: str) -> tuple[str, Cause, str]:
    """The two paths, cut after the first part that differs, or whole where that is the last part."""
    parts, parts_there = path.split("/"), there.split("/")
    depth = next(number for number, pair in enumerate(zip(parts, parts_there, strict=True)) if pair[0] != pair[1])
    return "/".join(parts[: depth + 1]), Cause.LETTER_CASE, "/".join(parts_there[: depth + 1])


def _edits(
    repository: Repository, tree: Tree, files: Mapping[str, PythonFile], absences: Iterable[AbsentModule]
) -> dict[str, bytes | None]:
    """The edits that make the modules importable: files moved into place, or imports changed to the existing names."""
    edits: dict[str, bytes | None] = {}
    sources: dict[str, str] = {}
    for absence in {(named.imported.where, named.imported.module, named.path): named for named in absences}.values():
        match absence.cause:
            case Cause.NESTED:
                inner = repository.nested_files(absence.there) if absence.there not in edits else {}
                edits |= {absence.there: None, **inner} if inner else {}
            case Cause.IGNORED if absence.on_disk:
                with suppress(KeyError):  # a link, which git would not follow either
                    edits[absence.path] = repository.ignored_file(absence.path)
            case Cause.ELSEWHERE if "/" in absence.path:
                with suppress(TooLarge):
                    edits |= {absence.path: tree.read(absence.there), absence.there: None}
            case Cause.ELSEWHERE | Cause.LETTER_CASE:
                place = absence.imported.where.path
                sources[place] = _renamed(sources.get(place, files[place].source), absence)
            case _:
                continue
    changed = {path: source.encode("utf-8", "surrogatepass") for path, source in sources.items()}
    return edits | {path: source for path, source in changed.items() if edits.get(path, b"") is not None}


def _renaming(absence: AbsentModule) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parts of a module's dotted name as an import writes it, and of the correct one."""
    imported = absence.imported
    written = tuple(absence.path.removesuffix(".py").split("/"))
    right = tuple(absence.there.removesuffix(".py").split("/"))
    full = imported.module if imported.name in (None, "*") else f"{imported.module}.{imported.name}"
    parts = tuple(full.split("."))
    # A root of imports other than the root of the tree is part of the path, and not of the import.
    start = next((at for at in range(len(written)) if parts[: len(written) - at] == written[at:]), 0)
    return written[start:], right[start:] if absence.cause is Cause.LETTER_CASE else right


def _renamed(source: str, absence: AbsentModule) -> str:
    """*source* with its import, and all uses of the imported name, changed to the module's real name."""
    written_parts, right_parts = _renaming(absence)
    lines = source.split("\n")
    number = (absence.imported.where.line or 1) - 1
    if number >= len(lines):
        return source
    if absence.imported.alias is None and len(written_parts) > len(absence.imported.module.split(".")):
        # In `from src import Data` the name is the module.
        return re.sub(rf"\b{re.escape(written_parts[-1])}\b", right_parts[-1], source)
    for start in range(len(written_parts)):
        # A relative import omits the first parts.
        written, right = ".".join(written_parts[start:]), ".".join(right_parts[start:])
        if re.search(rf"\b{re.escape(written)}\b", lines[number]):
            if absence.imported.name is None and absence.imported.alias is None:
                return re.sub(rf"\b{re.escape(written)}\b", right, source)
            lines[number] = re.sub(rf"\b{re.escape(written)}\b", right, lines[number], count=1)
            break
        if absence.cause is not Cause.LETTER_CASE:
            break
    return "\n".join(lines)
