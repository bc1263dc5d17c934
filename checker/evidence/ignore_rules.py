"""What a repository's ignore files do, by git's own rules (:mod:`checker.ignore_patterns`).

The ignore files of the submission alone have a say: neither ``.git/info/exclude`` nor anybody's personal rules.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from types import MappingProxyType

from checker.course import Course
from checker.facts.code import Code, ImportedName
from checker.facts.hygiene import IgnoreRules, Rule, Swallowed
from checker.facts.tree import Tree
from checker.ignore_patterns import Pattern, lines_of, pattern_of
from checker.repository import Repository

NAME = ".gitignore"
_LARGEST = 200_000
_LARGEST_KEPT = 50_000
_MOST_FILES = 200
_MOST_RULES = 5_000
"""In one file; of all files together, those nearest to the root come first."""
_ENVIRONMENT = re.compile(r"(^|/)(site-packages|node_modules)/")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


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
    """The rules of one file, with what they say to git."""
    numbered = islice(lines_of(file.content), _MOST_RULES)
    return tuple(
        (Rule(file.path, number, line.decode("utf-8", "surrogateescape")), pattern_of(line))
        for number, line in numbered
    )


def decisions(whole: Tree, paths: Iterable[str]) -> Mapping[str, Rule | None]:
    """For each of *paths*, from the repository's root: the rule that ignores it, or None. Existence plays no part."""
    files = _ignore_files(whole)
    wanted = tuple(dict.fromkeys(paths))
    small = sum(len(file.content) for file in files) <= _LARGEST_KEPT
    deciding = (_decided_once if small else _decided)(files, wanted)
    return MappingProxyType({path: deciding.get(path) for path in wanted})


def _ignore_files(whole: Tree) -> tuple[_File, ...]:
    found: list[_File] = []
    for path, entry in sorted(whole.entries.items()):
        folder, _, name = path.rpartition("/")
        if name == NAME and entry.is_file and entry.size <= _LARGEST and not _ENVIRONMENT.search(f"{path}/"):
            found.append(_File(path, folder, whole.read(path)))
    return tuple(found[:_MOST_FILES])


@dataclass(frozen=True, slots=True)
class _Stated:
    """A rule with the folder that it holds in, as the parts of its path."""

    rule: Rule
    pattern: Pattern
    folder: tuple[bytes, ...]
    order: int

    def speaks_of(self, parts: tuple[bytes, ...], *, folder: bool) -> bool:
        depth = len(self.folder)
        return parts[:depth] == self.folder and self.pattern.matches(parts[depth:], folder=folder)


def _decided(files: tuple[_File, ...], paths: tuple[str, ...]) -> Mapping[str, Rule]:
    """For each path that is ignored, the last rule, of the deepest file above it, that would ignore it alone."""
    stated = _stated(files)
    told = {path: tuple(path.encode("utf-8", "surrogateescape").split(b"/")) for path in paths}
    found: dict[str, Rule] = {}
    known: dict[tuple[tuple[bytes, ...], bool], tuple[_Stated, ...]] = {}
    for path, parts in told.items():
        places = [(parts[:depth], depth < len(parts)) for depth in range(1, len(parts) + 1)]
        for place in places:
            if place not in known:
                known[place] = tuple(one for one in stated if one.speaks_of(place[0], folder=place[1]))
        # What lies in an ignored folder cannot be taken back in.
        if any(known[place] and not known[place][-1].pattern.negated for place in places):
            positive = [one for place in places for one in known[place] if not one.pattern.negated]
            found[path] = max(positive, key=lambda one: one.order).rule
    return found


def _stated(files: Iterable[_File]) -> tuple[_Stated, ...]:
    """All rules in the order in which they have their say: the last that speaks of a path decides."""
    found: list[_Stated] = []
    for file in sorted(files, key=lambda file: file.folder.count("/") + bool(file.folder)):
        folder = tuple(file.folder.encode("utf-8", "surrogateescape").split(b"/")) if file.folder else ()
        found += [
            _Stated(rule, pattern, folder, len(found) + number)
            for number, (rule, pattern) in enumerate(_read(file))
            if pattern is not None
        ]
    return tuple(found[:_MOST_RULES])


@functools.lru_cache(maxsize=32)
def _decided_once(files: tuple[_File, ...], paths: tuple[str, ...]) -> Mapping[str, Rule]:
    return _decided(files, paths)


def ignore_rules(repository: Repository, course: Course) -> IgnoreRules:
    """The ignore files of the repository, and what they say of the course's sample paths."""
    samples = course.samples
    paths = (*samples.bytecode, *samples.data, *samples.advised.values())
    return rules_of(repository.whole(), repository.folder, paths)


def rules_of(whole: Tree, folder: str, paths: Iterable[str]) -> IgnoreRules:
    """As the probe, for *paths* that are relative to the project's *folder*."""
    prefix = f"{folder}/" if folder else ""
    files = _ignore_files(whole)
    asked = {path: prefix + path for path in paths}
    answers = decisions(whole, asked.values())
    return IgnoreRules(
        files=tuple(_shown(file.path, prefix) for file in files),
        misspelt=tuple(_shown(path, prefix) for path in sorted(whole.entries) if _means_ignore(path)),
        unreadable=tuple(_shown(file.path, prefix) for file in files if file.content.startswith(_UTF16)),
        rules=tuple(_moved(rule, prefix) for file in files for rule in file.rules),
        answers=MappingProxyType(
            {path: _moved(rule, prefix) if (rule := answers[place]) else None for path, place in asked.items()},
        ),
    )


def _shown(path: str, prefix: str) -> str:
    """A path as the report shows it: from the project's folder, or above it."""
    if path.startswith(prefix):
        return path.removeprefix(prefix)
    return "../" * prefix.count("/") + path


def _moved(rule: Rule, prefix: str) -> Rule:
    return Rule(_shown(rule.path, prefix), rule.line, rule.pattern)


def _means_ignore(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    if name == NAME or _ENVIRONMENT.search(f"{path}/") or not 6 <= len(name) <= 20:
        return False
    bare = name.removesuffix(".txt").removesuffix(".md").lstrip("._ ")
    return bare == "gitignore" or SequenceMatcher(None, bare, "gitignore").ratio() > 0.84


def swallowed(repository: Repository, tree: Tree, code: Code, course: Course) -> Swallowed:
    """Files of the project that the ignore rules keep out, or would keep out."""
    prefix = f"{repository.folder}/" if repository.folder else ""
    return swallowed_of(repository.whole(), prefix, tree, code, course)


def swallowed_of(whole: Tree, prefix: str, tree: Tree, code: Code, course: Course) -> Swallowed:
    """As the probe, for a project whose paths start with *prefix* in the *whole* repository."""
    names = course.names
    candidates = [(name, path) for name in code.missing for path in _places(name, code.roots)]
    asked_for = [names.main, names.environment_file, f"{names.notebook_folder}/{names.notebook}"]
    followed = [file.path for file in code.project]
    expected = [*followed, *names.modules]
    paths = (*(path for _, path in candidates), *asked_for, *expected)
    answers = decisions(whole, [prefix + path for path in paths])

    def rule_of(path: str) -> Rule | None:
        rule = answers[prefix + path]
        return _moved(rule, prefix) if rule else None

    modules: dict[str, tuple[ImportedName, str, Rule]] = {}
    for name, path in candidates:
        rule = rule_of(path)
        if rule and name.module not in modules:
            modules[name.module] = (name, path, rule)
    missing = {path for _, path, _ in modules.values()}
    return Swallowed(
        modules=tuple(modules.values()),
        named=tuple((path, rule) for path in asked_for if path not in tree and (rule := rule_of(path))),
        threatened=tuple(
            (path, rule) for path in dict.fromkeys(expected) if path not in missing and (rule := rule_of(path))
        ),
    )


def _places(name: ImportedName, roots: tuple[str, ...]) -> tuple[str, ...]:
    """Where the module that an import names could lie."""
    modules = [name.module]
    if name.name is not None and name.name != "*":
        modules.append(f"{name.module}.{name.name}")
    stems = [module.replace(".", "/") for module in modules]
    return tuple(
        f"{root}/{stem}{end}" if root else f"{stem}{end}"
        for root in roots
        for stem in stems
        for end in (".py", "/__init__.py")
    )


PROBES = (ignore_rules, swallowed)
