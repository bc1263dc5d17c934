"""The effect of a repository's ignore files, by git's own rules (:mod:`checker.ignore_patterns`).

Only the submission's ignore files count, not ``.git/info/exclude`` or a user's global rules.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import islice
from types import MappingProxyType

from checker.course import Course
from checker.environment_folders import is_installed
from checker.evidence.source.paired_script import is_paired
from checker.evidence.text.encodings import in_utf16, marked
from checker.facts.absent_modules import AbsentModules, Cause
from checker.facts.code import Code, ImportedName
from checker.facts.hygiene import IgnoredSources, IgnoreRules, Rule
from checker.facts.tree import Tree
from checker.ignore_patterns import Pattern, lines_of, pattern_of
from checker.repository.repository import Repository

NAME = ".gitignore"
_LARGEST = 200_000
_LARGEST_KEPT = 50_000
_MOST_FILES = 200
_MOST_RULES = 5_000
"""The maximum number of rules in one file; over all files, those nearest to the root come first."""


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    folder: str
    content: bytes

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for rule, _ in _read(self))


@functools.lru_cache(maxsize=256)
def _read(file: _File) -> tuple[tuple[Rule, Pattern | None], ...]:
    """The rules of one file, each with its pattern for git."""
    numbered = islice(lines_of(file.content), _MOST_RULES)
    return tuple(
        (Rule(file.path, number, line.decode("utf-8", "surrogateescape")), pattern_of(line))
        for number, line in numbered
    )


def decisions(whole: Tree, paths: Iterable[str]) -> Mapping[str, Rule | None]:
    """The rule that ignores each of *paths* (from the repository's root), or None. The paths need not exist."""
    files = _ignore_files(whole)
    unique = tuple(dict.fromkeys(paths))
    small = sum(len(file.content) for file in files) <= _LARGEST_KEPT
    deciding = (_decided_once if small else _decided)(files, unique)
    return MappingProxyType({path: deciding.get(path) for path in unique})


def _ignore_files(whole: Tree) -> tuple[_File, ...]:
    entries = (entry for entry in whole.files(NAME) if entry.name == NAME and entry.size <= _LARGEST)
    paths = islice((entry.path for entry in entries if not is_installed(entry.path)), _MOST_FILES)
    return tuple(_File(path, path.rpartition("/")[0], whole.read(path)) for path in paths)


@dataclass(frozen=True, slots=True)
class _Stated:
    """A rule with the folder that it applies to, as the parts of its path."""

    rule: Rule
    pattern: Pattern
    folder: tuple[bytes, ...]
    order: int

    def speaks_of(self, parts: tuple[bytes, ...], *, folder: bool) -> bool:
        depth = len(self.folder)
        return parts[:depth] == self.folder and self.pattern.matches(parts[depth:], folder=folder)


def _decided(files: tuple[_File, ...], paths: tuple[str, ...]) -> Mapping[str, Rule]:
    """For each ignored path, the last rule of the deepest ignore file above it that matches."""
    stated = _stated(files)
    path_parts = {path: tuple(path.encode("utf-8", "surrogateescape").split(b"/")) for path in paths}
    rules: dict[str, Rule] = {}
    matching: dict[tuple[tuple[bytes, ...], bool], tuple[_Stated, ...]] = {}
    for path, parts in path_parts.items():
        places = [(parts[:depth], depth < len(parts)) for depth in range(1, len(parts) + 1)]
        for place in places:
            if place not in matching:
                matching[place] = tuple(one for one in stated if one.speaks_of(place[0], folder=place[1]))
        # A file in an ignored folder cannot be re-included.
        if any(matching[place] and not matching[place][-1].pattern.negated for place in places):
            positive = (one for place in places for one in matching[place] if not one.pattern.negated)
            rules[path] = max(positive, key=lambda one: one.order).rule
    return rules


def _stated(files: Iterable[_File]) -> tuple[_Stated, ...]:
    """All rules in order of precedence: the last that matches a path decides."""
    rules: list[_Stated] = []
    for file in sorted(files, key=lambda file: file.folder.count("/") + bool(file.folder)):
        folder = tuple(file.folder.encode("utf-8", "surrogateescape").split(b"/")) if file.folder else ()
        rules += [
            _Stated(rule, pattern, folder, len(rules) + number)
            for number, (rule, pattern) in enumerate(_read(file))
            if pattern is not None
        ]
    return tuple(rules[:_MOST_RULES])


_decided_once = functools.lru_cache(maxsize=32)(_decided)


def ignore_rules(repository: Repository, course: Course) -> IgnoreRules:
    """The ignore files of the repository, and their answers for the course's sample paths."""
    samples = course.samples
    paths = (*samples.bytecode, *samples.data, *samples.advised.values())
    return rules_of(repository.whole(), repository.folder, paths)


def rules_of(whole: Tree, folder: str, paths: Iterable[str]) -> IgnoreRules:
    """The fact of :func:`ignore_rules`, for *paths* relative to the project's *folder*."""
    prefix = f"{folder}/" if folder else ""
    files = _ignore_files(whole)
    full_paths = {path: prefix + path for path in paths}
    answers = decisions(whole, full_paths.values())
    misspelt = tuple(path for path in sorted(whole.entries) if _means_ignore(path))
    corrected = _as_meant(whole, files, misspelt)
    decided = _decided(corrected, tuple(full_paths.values())) if corrected != files else answers
    return IgnoreRules(
        files=tuple(_shown(file.path, prefix) for file in files),
        misspelt=tuple(_shown(path, prefix) for path in misspelt),
        ignored_once_mended=frozenset(path for path, place in full_paths.items() if decided.get(place) is not None),
        unreadable=tuple(_shown(file.path, prefix) for file in files if _unreadable(file)),
        rules=tuple(_moved(rule, prefix) for file in files for rule in file.rules),
        answers=MappingProxyType(
            {path: _moved(rule, prefix) if (rule := answers[place]) else None for path, place in full_paths.items()},
        ),
    )


def _as_meant(whole: Tree, files: tuple[_File, ...], misspelt: tuple[str, ...]) -> tuple[_File, ...]:
    """The ignore files as their author meant them: in UTF-8, and under git's name where no file has it."""
    if not files:
        entries = ((path, whole.entries[path]) for path in misspelt[:_MOST_FILES])
        files = tuple(
            _File(path, path.rpartition("/")[0], whole.read(path))
            for path, entry in entries
            if entry.is_file and entry.size <= _LARGEST
        )
    return tuple(
        replace(file, content=(in_utf16(file.content) or "").encode("utf-8", "replace")) if _unreadable(file) else file
        for file in files
    )


def _unreadable(file: _File) -> bool:
    """True where a byte-order mark of UTF-16 precedes the first rule."""
    return marked(file.content)[0].startswith("utf-16")


def _shown(path: str, prefix: str) -> str:
    """A path as the report shows it: relative to the project's folder, or above it."""
    return path.removeprefix(prefix) if path.startswith(prefix) else "../" * prefix.count("/") + path


def _moved(rule: Rule, prefix: str) -> Rule:
    return Rule(_shown(rule.path, prefix), rule.line, rule.pattern)


def _means_ignore(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    if name == NAME or is_installed(path) or not 6 <= len(name) <= 20:
        return False
    bare = name.removesuffix(".txt").removesuffix(".md").lstrip("._ ")
    return bare == "gitignore" or SequenceMatcher(None, bare, "gitignore").ratio() > 0.84


def ignored_sources(
    repository: Repository, tree: Tree, code: Code, course: Course, absent: AbsentModules | None
) -> IgnoredSources:
    """Files of the project that the ignore rules exclude, or would exclude."""
    prefix = f"{repository.folder}/" if repository.folder else ""
    lacking = absent.modules if absent is not None else ()
    ignored = [(module.imported, module.path) for module in lacking if module.cause is Cause.IGNORED]
    return ignored_sources_of(repository.whole(), prefix, tree, code, course, ignored)


def ignored_sources_of(
    whole: Tree,
    prefix: str,
    tree: Tree,
    code: Code,
    course: Course,
    ignored: Iterable[tuple[ImportedName, str]] = (),
) -> IgnoredSources:
    """The fact of :func:`ignored_sources`, for a project whose paths start with *prefix* in the *whole* repository.

    *ignored* are imports of modules that are known to be ignored, with their paths.
    """
    names = course.names
    candidates = [*ignored, *((name, path) for name in code.missing for path in _places(name, code.roots))]
    asked_for = [*(() if names.main_among(tree.entries) else names.scripts), names.environment_file]
    if not any(is_paired(file.source) for file in code.files.values()):  # otherwise generated from its script
        asked_for.append(f"{names.notebook_folder}/{names.notebook}")
    followed = [file.path for file in code.project]
    expected = [*followed, *names.modules]
    paths = (*(path for _, path in candidates), *asked_for, *expected)
    answers = decisions(whole, [prefix + path for path in paths])

    def rule_of(path: str) -> Rule | None:
        rule = answers[prefix + path]
        return _moved(rule, prefix) if rule else None

    modules: dict[str, tuple[ImportedName, str, Rule]] = {}
    for name, path in candidates:
        if rule := rule_of(path):
            modules.setdefault(name.module, (name, path, rule))
    missing = {path for _, path, _ in modules.values()}
    return IgnoredSources(
        modules=tuple(modules.values()),
        named=tuple((path, rule) for path in asked_for if path not in tree and (rule := rule_of(path))),
        threatened=tuple(
            (path, rule) for path in dict.fromkeys(expected) if path not in missing and (rule := rule_of(path))
        ),
    )


def _places(name: ImportedName, roots: tuple[str, ...]) -> tuple[str, ...]:
    """The possible paths of the module that an import names."""
    modules = [name.module]
    if name.name is not None and name.name != "*":
        modules.append(f"{name.module}.{name.name}")
    stems = [module.replace(".", "/") for module in modules]
    bases = [f"{root}/{stem}" if root else stem for root in roots for stem in stems]
    return tuple(f"{base}{end}" for base in bases for end in (".py", "/__init__.py"))


PROBES = (ignore_rules, ignored_sources)
